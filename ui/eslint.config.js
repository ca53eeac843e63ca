import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Rooms from the ground up: a file may import from its own room and from those before it. */
const rooms = ["lib", "api", "components", "pages", "app"];

/** What a room may not import: the rooms above it; pages do not know each other either. */
const forbidden = (room, level) => [
  ...rooms.slice(level + 1).map((above) => ({ group: [`@/${above}/*`, `**/../${above}/*`], message: `${room} is below ${above}: imports go lib ← api ← components ← pages ← app.` })),
  ...(room === "pages" ? [{ group: ["@/pages/*", "../*"], message: "A page never imports another page; what both need belongs to components." }] : []),
];

const layers = rooms.map((room, level) => ({
  files: [`src/${room}/**/*.{ts,tsx}`],
  rules: {
    "no-restricted-imports": ["error", { patterns: forbidden(room, level) }],
  },
}));

export default tseslint.config(
  { ignores: ["node_modules", "src/api/schema.ts"] },
  ...tseslint.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    files: ["src/**/*.{ts,tsx}"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: false }],
      // TanStack Virtual hands out functions that the compiler cannot memoize; the rows are cheap by design.
      "react-hooks/incompatible-library": "off",
      "max-lines": ["error", { max: 500, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
    },
  },
  ...layers,
);
