import { expect, test } from "vitest";
import { communityNames, joined, layered, startOf } from "./graph";

const nodes = ["a", "b", "c", "d"].map((id) => ({ id, label: id }));
const edge = (source: string, target: string, more = {}) => ({ source, target, weight: 1, ...more });

test("edges of one direction become one, loops and strangers go", () => {
  const found = joined(nodes, [edge("a", "b", { label: "x" }), edge("a", "b", { error: true, label: "y" }), edge("a", "a"), edge("a", "nobody")]);
  expect(found).toEqual([{ source: "a", target: "b", weight: 2, error: true, label: "x · y" }]);
});

test("who calls stands left of whom it calls, also round a circle", () => {
  const at = layered(nodes, [edge("a", "b"), edge("b", "c"), edge("a", "c"), edge("c", "a"), edge("c", "d")]);
  expect(at["a"]?.x).toBeLessThan(at["b"]?.x ?? NaN);
  expect(at["b"]?.x).toBeLessThan(at["c"]?.x ?? NaN);
  expect(at["c"]?.x).toBeLessThan(at["d"]?.x ?? NaN);
});

test("those of one layer do not cover each other", () => {
  const at = layered(nodes, [edge("a", "b"), edge("a", "c"), edge("a", "d")]);
  expect(new Set(["b", "c", "d"].map((id) => at[id]?.y)).size).toBe(3);
});

test("on a tall panel those of one layer stand further from each other than on a wide one", () => {
  const gap = (aspect?: number) => {
    const at = layered(nodes, [edge("a", "b"), edge("a", "c"), edge("a", "d")], aspect);
    return Math.abs((at["b"]?.y ?? NaN) - (at["c"]?.y ?? NaN)) / Math.abs((at["b"]?.x ?? NaN) - (at["a"]?.x ?? NaN));
  };
  expect(gap(0.7)).toBeGreaterThan(2 * gap());
  expect(gap(0.1)).toBe(gap(0.6));
  expect(gap(9)).toBe(gap());
});

test("one row of layers is wider than high on any canvas, as the drawing takes a height of nothing for one", () => {
  const at = layered(nodes.slice(0, 2), [edge("a", "b")], 0.6);
  expect(Math.abs((at["b"]?.x ?? 0) - (at["a"]?.x ?? 0))).toBeGreaterThan(1);
});

test("a lone node has a place too", () => {
  expect(layered([{ id: "a", label: "" }], [])["a"]).toEqual({ x: 0, y: -0 });
});

test("a node begins at the same place each time, within the circle", () => {
  expect(startOf("agent-1")).toEqual(startOf("agent-1"));
  for (let i = 0; i < 500; i += 1) expect(Math.hypot(startOf(`a${i}`).x, startOf(`a${i}`).y)).toBeLessThanOrEqual(1.0001);
});

test("a community is called after its best-connected member", () => {
  const names = communityNames(["a", "b", "c", "d"], { a: 0, b: 0, c: 1 }, { a: 1, b: 2, c: 1 }, (id) => id.toUpperCase());
  expect(names).toEqual(["around B", "around B", "around C", ""]);
});
