import { defineConfig } from "vitest/config";
import { precompress } from "./scripts/precompress.ts";

export default defineConfig(({ mode }) => ({
  // The server puts every file of the build under /assets/ and writes the page around it from the manifest.
  base: "/assets/",
  build: {
    outDir: "dist",
    assetsDir: "",
    manifest: true,
    // A data: URL or an inlined script would need holes in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: ["chrome120", "firefox121", "safari17.2"],
    sourcemap: mode === "development",
    rolldownOptions: {
      input: "src/main.tsx",
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: mode === "production" ? [precompress()] : [],
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "scripts/**/*.test.ts"],
    restoreMocks: true,
    testTimeout: 10_000,
  },
}));
