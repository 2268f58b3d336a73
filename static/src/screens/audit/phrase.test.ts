import { describe, expect, test } from "vitest";
import type { AuditData } from "../../protocol/messages.gen.ts";
import { auditPhrase } from "./phrase.ts";

function data(fields: Partial<AuditData>): AuditData {
  return {
    actor: "ann",
    action: "permission_decided",
    outcome: "ok",
    target: "web",
    address: null,
    agent: null,
    code: null,
    detail: {},
    repeated: 0,
    ...fields,
  };
}

describe("what an agent asked for is told as", () => {
  test.each([
    [{ action: "permission_requested", outcome: "requested" }, "An agent asked to act on web"],
    [{ detail: { decision: "allowed" } }, "Allowed an agent to act on web"],
    [{ detail: { decision: "denied" } }, "Did not allow an agent to act on web"],
    [
      { outcome: "failed", code: "permission_expired" },
      "Decision on an agent's request to act on web failed: nobody decided in time",
    ],
    [
      { outcome: "refused", code: "already_decided" },
      "Decision on an agent's request to act on web refused: somebody else was first",
    ],
    [{ action: "grant_used" }, "An agent acted on web, as it was allowed"],
    [
      { action: "grant_used", outcome: "refused", code: "grant_invalid" },
      "Use of a permission on web refused: not what was allowed",
    ],
  ] as const)("%o", (fields, words) => expect(auditPhrase(data(fields))).toBe(words));
});
