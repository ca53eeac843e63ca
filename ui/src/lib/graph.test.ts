import { expect, test } from "vitest";
import { communityNames, joined, layered, parted, spread, startOf, type Positions } from "./graph";

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

/** Numbers that look random and are the same each time (Park and Miller 1988). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

test("no two nodes are nearer than their sizes and the gap allow, once all are fitted into the canvas", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const next = numbers(seed);
    const positions: Positions = {};
    const radius = new Map<string, number>();
    const clumps = 1 + Math.floor(next() * 9);
    for (let i = 0; i < 4 + seed * 6; i += 1) {
      const clump = Math.floor(next() * clumps);
      const wide = next() < 0.2 ? 0 : 5; // some stand at one place
      positions[`n${i}`] = { x: clump * 40 + next() * wide, y: (clump % 3) * 40 + next() * wide };
      radius.set(`n${i}`, 2 + next() * 8);
    }
    const canvas = { wide: 340 + Math.round(next() * 900), high: 300 + Math.round(next() * 500), padding: 46 };
    const found = spread(positions, (id) => radius.get(id) ?? 0, 6, canvas);
    expect(found).toEqual(spread(positions, (id) => radius.get(id) ?? 0, 6, canvas));
    const ids = Object.keys(found.positions);
    let least = Infinity;
    ids.forEach((a, i) =>
      ids.slice(i + 1).forEach((b) => {
        const [p, q] = [found.positions[a], found.positions[b]];
        least = Math.min(least, Math.hypot((p?.x ?? 0) - (q?.x ?? 0), (p?.y ?? 0) - (q?.y ?? 0)) - (radius.get(a) ?? 0) - (radius.get(b) ?? 0));
      }),
    );
    expect(least).toBeGreaterThan(6 - 0.01);
    const across = (of: "x" | "y") => Math.max(...ids.map((id) => found.positions[id]?.[of] ?? 0)) - Math.min(...ids.map((id) => found.positions[id]?.[of] ?? 0));
    expect(across("x") * found.scale).toBeLessThanOrEqual(canvas.wide);
    expect(across("y") * found.scale).toBeLessThanOrEqual(canvas.high);
    expect(found.scale).toBeLessThanOrEqual(1);
  }
});

test("each community stands on ground of its own, however forces mixed them, and one of none stands apart", () => {
  const next = numbers(7);
  const [positions, community]: [Positions, Record<string, number>] = [{}, { alone: -1 }];
  for (let i = 0; i < 60; i += 1) {
    positions[`n${i}`] = { x: next() * 10, y: next() * 10 };
    community[`n${i}`] = i % 4;
  }
  positions["n0"] = { x: 500, y: 0 }; // far from its own
  positions["alone"] = { x: 5, y: 5 };
  const found = parted(positions, community);
  expect(Object.keys(found).sort()).toEqual(Object.keys(positions).sort());
  const discs = [0, 1, 2, 3, -1].map((of) => {
    const at = Object.keys(found).filter((id) => community[id] === of).map((id) => found[id] ?? { x: NaN, y: NaN });
    const [x, y] = [at.reduce((sum, p) => sum + p.x, 0) / at.length, at.reduce((sum, p) => sum + p.y, 0) / at.length];
    return { x, y, radius: Math.max(...at.map((p) => Math.hypot(p.x - x, p.y - y))) };
  });
  discs.forEach((a, i) => discs.slice(i + 1).forEach((b) => expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThan(0.9 * (a.radius + b.radius))));
});

test("a map takes the shape of its canvas", () => {
  const positions = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`n${i}`, { x: Math.cos(i), y: Math.sin(i) }]));
  const shape = (wide: number, high: number) => {
    const at = Object.values(spread(positions, () => 3, 6, { wide, high, padding: 40 }).positions);
    const size = (of: "x" | "y") => Math.max(...at.map((p) => p[of])) - Math.min(...at.map((p) => p[of]));
    return size("x") / size("y");
  };
  expect(shape(1000, 600)).toBeGreaterThan(1.4);
  expect(shape(600, 1000)).toBeLessThan(0.7);
});
