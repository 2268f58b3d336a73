import { render } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { Reason } from "../components/reason.tsx";
import { reasonOf } from "./errors.ts";
import { chooseLanguage } from "./index.ts";

afterEach(() => chooseLanguage("en"));

test("a known code is told in the chosen language", () => {
  chooseLanguage("ko");
  const reason = reasonOf({ code: "container_not_found", message: "There is no such container any more." });
  expect(reason).toEqual({ sentence: "그 컨테이너는 더 이상 없습니다.", words: null });
});

test("what only the server can know follows, marked as English", () => {
  chooseLanguage("ko");
  const { container } = render(<Reason of={{ code: "engine_error", message: "Port 80 of the host is taken." }} />);
  expect(container.textContent).toBe("Docker 엔진이 오류를 알렸습니다. Port 80 of the host is taken.");
  expect(container.querySelector("[lang=en]")?.textContent).toBe("Port 80 of the host is taken.");
});

test("an unknown code falls back to the sentence that came with it", () => {
  expect(reasonOf({ code: "of_a_newer_server", message: "It is Sunday." })?.sentence).toBe("It is Sunday.");
});

test.each(["constructor", "toString"])("%s is no code", (code) => {
  expect(reasonOf({ code, message: "No." })).toEqual({ sentence: "No.", words: null });
});

test("nothing known is nothing said", () => expect(reasonOf({ code: null, message: null })).toBeNull());
