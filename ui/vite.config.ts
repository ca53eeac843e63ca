import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("./src", import.meta.url));
/** Where `npm run dev` finds a running Swarmscope. */
const server = process.env.SWARMSCOPE_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { "@": source } },
  server: { proxy: { "/api": server, "/health": server, "/ws": { target: server, ws: true } } },
  build: {
    outDir: "../src/swarmscope/serve/static",
    emptyOutDir: true,
    target: "es2022",
    // The content-security policy allows files of this origin only, so nothing may be inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  // A browser's document takes most of the time of a test file: only files that draw get one.
  test: {
    globals: false,
    testTimeout: 60_000, // how long a machine takes fails nothing
    projects: [
      { extends: true, test: { name: "logic", environment: "node", include: ["src/**/*.test.ts"] } },
      { extends: true, test: { name: "drawn", environment: "jsdom", include: ["src/**/*.test.tsx"], setupFiles: ["src/lib/testing.ts"] } },
    ],
  },
});
