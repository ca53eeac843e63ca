import { expect, test } from "vitest";
import { agent, agents, compare, fleet, pageAt, trace } from "./pages";
import { createAppRouter } from "./router";

test("given every address of the router, when a page is opened there, then its script is known before the router is", () => {
  const paths = Object.keys(createAppRouter().routesByPath);
  expect(paths.length).toBeGreaterThan(15);
  for (const path of paths) expect(pageAt(path.replaceAll(/\$\w+/g, "x")), path).toBeTypeOf("function");
});

test.each([
  ["/", fleet],
  ["/agents", agents],
  ["/agents/", agents],
  ["/agents/a.b", agent],
  ["/traces/compare", compare],
  ["/traces/abc", trace],
  ["/nowhere", undefined],
  ["/constructor", undefined],
  ["/__proto__/x", undefined],
])("given %s, when its page is looked up, then it is the router's", (path, page) => {
  expect(pageAt(path)).toBe(page);
});
