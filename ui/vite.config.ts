import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("./src", import.meta.url));
/** Where `npm run dev` finds a running Swarmscope. */
const server = process.env.SWARMSCOPE_URL ?? "http://127.0.0.1:8080";

const SHARED_BY = 4;
/** All but what fetches a drawing library as soon as it is there: only pages that draw are to have it. */
const COMMON = /[\\/](?:src[\\/](?!components[\\/](?:Chart|SignalChart)\.tsx)|node_modules[\\/])/;

/** The frame's script is on its way before the one that asks for it and for the page has run. */
const frameFirst: Plugin = {
  name: "frame-first",
  transformIndexHtml: {
    order: "post",
    handler: (html, { bundle = {} }) => {
      const frame = Object.values(bundle).find((file) => file.type === "chunk" && file.facadeModuleId?.endsWith("/app/main.tsx"));
      if (frame?.type !== "chunk") return [];
      return [frame.fileName, ...frame.imports].filter((file) => !html.includes(file)).map((file) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${file}` }, injectTo: "head" }));
    },
  },
};

export default defineConfig({
  plugins: [react(), frameFirst],
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
    // What many pages share comes in one file: each small one costs a way to the server and back.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "loader", test: /preload-helper/, priority: 1 }, { name: "common", test: COMMON, minShareCount: SHARED_BY }] } } },
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
