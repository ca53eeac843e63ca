import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const source = fileURLToPath(new URL("./src", import.meta.url));
/** Where `npm run dev` finds a running Swarmscope. */
const server = process.env.SWARMSCOPE_URL ?? "http://127.0.0.1:8080";

const SHARED_BY = 4;
const EVERYWHERE = ["rolldown-runtime", "frame", "common"];
/** All but what fetches a drawing library as soon as it is there: only pages that draw are to have it. */
const COMMON = /[\\/](?:src[\\/](?!components[\\/](?:Chart|SignalChart)\.tsx)|node_modules[\\/])/;

/** What the frame and nearly every page are made of is on its way before the script that asks for it has run. */
const frameFirst: Plugin = {
  name: "frame-first",
  transformIndexHtml: {
    order: "post",
    handler: (html, { bundle = {} }) =>
      Object.values(bundle).flatMap((file) => {
        if (file.type !== "chunk" || !EVERYWHERE.includes(file.name) || html.includes(file.fileName)) return [];
        const styles = [...(file.viteMetadata?.importedCss ?? [])].filter((name) => !html.includes(name));
        return [
          { tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${file.fileName}` }, injectTo: "head" as const },
          ...styles.map((name) => ({ tag: "link", attrs: { rel: "preload", as: "style", crossorigin: true, href: `/${name}` }, injectTo: "head" as const })),
        ];
      }),
  },
};

/** What the start of the page is made of, and what the frame needs before it can draw anything: a file each, for each costs a way to the server and back. */
const parts = { start: new Set<string>(), frame: new Set<string>() };
const fewFiles: Plugin = {
  name: "few-files",
  buildEnd() {
    const known = [...this.getModuleIds()];
    for (const [part, entry] of [[parts.start, "/app/start.ts"], [parts.frame, "/app/main.tsx"]] as const) {
      for (const open = known.filter((id) => id.endsWith(entry)); open.length > 0; ) {
        const id = open.pop() ?? "";
        if (part.has(id)) continue;
        part.add(id);
        open.push(...(this.getModuleInfo(id)?.importedIds ?? []));
      }
    }
  },
};

export default defineConfig({
  plugins: [react(), fewFiles, frameFirst],
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
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "loader", test: /preload-helper/, priority: 3 }, { name: "start", test: (id) => parts.start.has(id), priority: 2 }, { name: "frame", test: (id) => parts.frame.has(id), priority: 1 }, { name: "common", test: COMMON, minShareCount: SHARED_BY }] } } },
  },
  // A browser's document takes most of the time of a test file: only files that draw get one.
  test: {
    globals: false,
    testTimeout: 60_000, // how long a machine takes fails nothing
    isolate: false, // a file leaves the document, the clock and what is global as it found them; to load the program anew for each was two thirds of the time
    unstubGlobals: true,
    projects: [
      { extends: true, test: { name: "logic", environment: "node", include: ["src/**/*.test.ts"] } },
      { extends: true, test: { name: "drawn", environment: "jsdom", include: ["src/**/*.test.tsx"], setupFiles: ["src/lib/testing.ts"] } },
    ],
  },
});
