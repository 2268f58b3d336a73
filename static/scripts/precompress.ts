import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = new Set([".css", ".js", ".json", ".svg"]);

// Below this the response headers weigh more than what compression saves.
const SMALLEST_B = 1024;

/** Write `.br` and `.gz` beside every text file over 1 KiB in `dir`, and return the files compressed. */
export async function precompressFolder(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && TEXT.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name));
  const compressed: string[] = [];
  for (const file of files) {
    const plain = await readFile(file);
    if (plain.byteLength <= SMALLEST_B) continue;
    const br = await promisify(brotliCompress)(plain, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: plain.byteLength,
      },
    });
    await writeFile(`${file}.br`, br);
    await writeFile(`${file}.gz`, await promisify(gzip)(plain, { level: constants.Z_BEST_COMPRESSION }));
    compressed.push(file);
  }
  return compressed;
}

/** Vite plugin: the server holds assets in memory and sends them as they lie here, so compress once, at its best. */
export function precompress(): Plugin {
  return {
    name: "pilothouse:precompress",
    apply: "build",
    writeBundle: {
      order: "post",
      sequential: true,
      async handler({ dir }) {
        if (dir) await precompressFolder(dir);
      },
    },
  };
}
