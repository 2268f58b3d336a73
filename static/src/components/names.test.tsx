import { render } from "@testing-library/preact";
import { describe, expect, test } from "vitest";
import type { Port } from "../protocol/messages.gen.ts";
import { containerView } from "../stores/testing/test-stores.ts";
import { ContainerName, shortImage } from "./container-name.tsx";
import { publishedPorts } from "./ports.tsx";

describe("an image's name", () => {
  const digest = "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945";
  test.each([
    ["nginx:1.29", "nginx:1.29"],
    ["library/nginx", "library/nginx"],
    ["ghcr.io/acme/web:2", "acme/web:2"],
    ["registry.example.com:5000/team/web:2", "team/web:2"],
    ["localhost:5000/web", "web"],
    [`ghcr.io/acme/web@sha256:${digest}`, "acme/web@4f53cda18c2b"],
    [`sha256:${digest}`, "4f53cda18c2b"],
  ])("%s is shown as %s", (image, shown) => expect(shortImage(image)).toBe(shown));
});

test("a compose container's name is whole, with its service in front of the eyes", () => {
  const web = containerView({ name: "shop-web-1", project: "shop", service: "web" });
  const { container } = render(<ContainerName container={web} />);
  expect(container.textContent).toBe("shop-web-1");
  expect([...container.querySelectorAll(".muted")].map((part) => part.textContent)).toEqual(["shop-", "-1"]);
});

describe("published ports", () => {
  function portsOf(...ports: Partial<Port>[]) {
    const full = ports.map((port): Port => ({ private: 80, protocol: "tcp", public: null, ip: null, ...port }));
    return publishedPorts(containerView({ ports: full }));
  }

  test("are one for both versions of IP, and only those that can be reached", () => {
    const shown = portsOf({ public: 8080, ip: "0.0.0.0" }, { public: 8080, ip: "::" }, { private: 9000 });
    expect(shown.map(({ label }) => label)).toEqual(["8080→80"]);
  });

  test.each<[string, Partial<Port>, string | null]>([
    ["HTTP", { private: 80, public: 8080 }, "http://localhost:8080/"],
    ["HTTPS", { private: 443, public: 8443 }, "https://localhost:8443/"],
    ["a database", { private: 5432, public: 5432 }, null],
    ["UDP", { private: 80, public: 80, protocol: "udp" }, null],
  ])("%s: the link is %s", (_, port, url) => expect(portsOf(port)[0]?.url ?? null).toBe(url));
});
