// @vitest-environment node
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { precompressFolder } from "./precompress.ts";

const LARGE = "let gauge = 1;\n".repeat(200);

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "precompress-"));
});

afterEach(async () => {
  await rm(dir, { recursive: true });
});

test("a large text file gets both forms, and each unpacks to what it was", async () => {
  await mkdir(join(dir, "nested"));
  const file = join(dir, "nested", "main.js");
  await writeFile(file, LARGE);

  expect(await precompressFolder(dir)).toEqual([file]);

  expect(brotliDecompressSync(await readFile(`${file}.br`)).toString()).toBe(LARGE);
  expect(gunzipSync(await readFile(`${file}.gz`)).toString()).toBe(LARGE);
});

test("small files and pictures stay alone", async () => {
  await writeFile(join(dir, "small.js"), "let gauge = 1;");
  await writeFile(join(dir, "photo.png"), LARGE);

  expect(await precompressFolder(dir)).toEqual([]);

  expect((await readdir(dir)).sort()).toEqual(["photo.png", "small.js"]);
});
