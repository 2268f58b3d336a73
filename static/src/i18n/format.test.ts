import { afterEach, describe, expect, test } from "vitest";
import { age, ago, bytes, bytesPerSecond, percent, span, tookMs } from "./format.ts";
import { chooseLanguage } from "./index.ts";

afterEach(() => chooseLanguage("en"));

describe("sizes", () => {
  test.each([
    [0, "0 B"],
    [812, "812 B"],
    [1000, "1.0 KiB"],
    [1536, "1.5 KiB"],
    [148 * 1024 ** 2, "148 MiB"],
    [1000 * 1024 ** 2, "1.0 GiB"],
    [5.25 * 1024 ** 3, "5.3 GiB"],
  ])("%d bytes are %s", (value, text) => expect(bytes(value)).toBe(text));

  test("a rate says that it is per second", () => expect(bytesPerSecond(2048)).toBe("2.0 KiB/s"));

  test("a percentage below ten keeps a tenth", () => {
    expect(percent(5.71)).toBe("5.7%");
    expect(percent(57.1)).toBe("57%");
  });
});

describe("times", () => {
  test.each([
    [0, "0s"],
    [59, "59s"],
    [60, "1m"],
    [3 * 3600 + 50 * 60, "3h"],
    [9 * 86_400, "9d"],
  ])("%d seconds are %s in a column", (seconds, text) => expect(age(seconds)).toBe(text));

  test("a span names the next smaller unit, and only that", () => {
    expect(span(9 * 86_400 + 5 * 3600)).toBe("9d 5h");
    expect(span(86_400 + 3)).toBe("1d");
  });

  test("a clock that runs ahead of this one does not put the past into the future", () => expect(ago(-5)).toBe("now"));

  test("how long something took changes its unit at a second", () => {
    expect(tookMs(480)).toBe("480 ms");
    expect(tookMs(1240)).toBe("1.2 sec");
  });

  test("Korean has its own words", () => {
    chooseLanguage("ko");
    expect(age(3 * 3600)).toBe("3시간");
    expect(ago(90)).toBe("1분 전");
  });
});
