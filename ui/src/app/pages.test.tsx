import { expect, test } from "vitest";
import { agent, agents, asksAt, canvas, compare, drawsAt, fleet, pageAt, plot, trace } from "./pages";
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

test("given a page's bare address, when its first questions are looked up, then they are those of the page, not of what stands below", () => {
  expect(asksAt("/workflows")).toEqual(["/api/v1/workflows?start=-15m&sort=time&order=desc&limit=80"]);
  expect(asksAt("/workflows/x")).toEqual([]);
  expect(asksAt("/nowhere")).toEqual([]);
});

test("given a page that begins with a drawing, when what it draws with is looked up, then it comes beside its script, and with no other page", () => {
  expect(drawsAt("/emergence")).toEqual([canvas, plot]);
  expect(drawsAt("/graph")).toEqual([canvas]);
  expect(drawsAt("/agents/graph")).toEqual([]);
  expect(drawsAt("/nowhere")).toEqual([]);
});
