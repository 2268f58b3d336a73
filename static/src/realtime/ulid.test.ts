// @vitest-environment node
import { describe, expect, it } from "vitest";
import { ULID_RANDOM_B, ulid } from "./ulid.ts";

describe("a ULID", () => {
  it("is the time and then the random part, in Crockford's base 32", () => {
    expect(ulid(1469918176385, new Uint8Array(ULID_RANDOM_B))).toBe(`01ARYZ6S41${"0".repeat(16)}`);
    expect(ulid(0, new Uint8Array(ULID_RANDOM_B).fill(255))).toBe(`${"0".repeat(10)}${"Z".repeat(16)}`);
  });

  it("is one that the server takes", () => {
    const random = crypto.getRandomValues(new Uint8Array(ULID_RANDOM_B));
    expect(ulid(Date.now(), random)).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  });
});
