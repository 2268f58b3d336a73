// Reads the protocol's JSON Schema (one document with `$defs`) from stdin and writes TypeScript to stdout.
// `make generate` feeds it from `python -m server schema`.
import { text } from "node:stream/consumers";
import { compile } from "json-schema-to-typescript";

const BANNER = "// Generated from the server's message types by `make generate`. Do not edit.";

// The generator says over every definition where it came from; the name stands in the next line anyway.
const ORIGIN = /(?: \*\n)? \* This interface was referenced by .*\n \* via the `definition` ".*"\.\n/g;

const schema = JSON.parse(await text(process.stdin));
const types = await compile(schema, schema.title ?? "Messages", {
  additionalProperties: false,
  bannerComment: BANNER,
  unreachableDefinitions: true,
  style: { printWidth: 120 },
});
process.stdout.write(types.replace(ORIGIN, "").replaceAll("/**\n */\n", ""));
