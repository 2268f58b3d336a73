// Reads the protocol's JSON Schema (one document with `$defs`) from stdin and writes TypeScript to stdout:
//   python -m server schema | node static/scripts/generate-types.mjs > static/src/protocol/messages.gen.ts
import { text } from "node:stream/consumers";
import { compile } from "json-schema-to-typescript";

const BANNER = `// Generated from the server's message types by \`make generate\`. Do not edit.`;

const schema = JSON.parse(await text(process.stdin));
process.stdout.write(
  await compile(schema, schema.title ?? "Messages", {
    additionalProperties: false,
    bannerComment: BANNER,
    unreachableDefinitions: true,
    style: { printWidth: 110 },
  }),
);
