import { expect, test } from "vitest";
import { closeUp, hit, hive, kept, place, tiles, WHOLE, within, zoomed } from "./hive";

const count = (n: number) => Array.from({ length: n }, (_, i) => i);

test.each([
  [500, 7, 640, 300],
  [15_000, 6, 1000, 420],
  [15_000, 750, 1000, 420],
  [15_000, 4, 350, 300],
  [3, 3, 350, 300],
])("%i agents in %i groups: each has a cell of its own inside the box, and pointing at it finds it", (n, kinds, width, height) => {
  const map = hive((line) => `kind ${line % kinds}`, count(n), width, height);
  const found = map.groups.flatMap((group) => Array.from(group.lines, (line, i) => ({ line, ...place(group, i) })));
  expect(found.filter(({ line, x, y }) => hit(map, x, y) !== line)).toEqual([]);
  expect(new Set(found.map(({ line }) => line)).size).toBe(n);
  const inside = (i: number) => (map.at[i * 2] ?? NaN) <= width && (map.at[i * 2 + 1] ?? NaN) <= height && (map.size[i] ?? NaN) > 1;
  expect(count(n).filter((i) => !inside(i))).toEqual([]);
});

test("the largest group comes first, and those without a name are told as others", () => {
  const names = count(100).map((i) => (i % 7 === 0 ? "rl" : i % 3 === 0 ? "" : "llm"));
  expect(hive((line) => names[line] ?? "", count(100), 640, 300).groups.map((g) => g.name)).toEqual(["llm", "other", "rl"]);
});

test("tiles fill the box and do not overlap", () => {
  const found = tiles([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, w: 6, h: 4 });
  expect(found.reduce((sum, t) => sum + t.w * t.h, 0)).toBeCloseTo(24);
  const crossing = found.some((a, i) => found.some((b, j) => i < j && a.x < b.x + b.w - 1e-6 && b.x < a.x + a.w - 1e-6 && a.y < b.y + b.h - 1e-6 && b.y < a.y + a.h - 1e-6));
  expect(crossing).toBe(false);
});

test("beside the cells there is nobody", () => {
  const map = hive(() => "a", [0], 300, 200);
  expect([hit(map, -5, 30), hit(map, 5, 9999), hit(map, 290, 190)]).toEqual([-1, -1, -1]);
});

test("a lasso takes what lies within, also in the bays of its outline not what is outside", () => {
  const map = hive(() => "a", count(400), 400, 400);
  const left = within(map, [0, 0, 200, 0, 200, 400, 0, 400]);
  expect(left.length).toBeGreaterThan(150);
  expect(left.every((line) => (map.at[line * 2] ?? 0) <= 200)).toBe(true);
  const bay = within(map, [0, 0, 400, 0, 400, 400, 200, 10, 0, 400]);
  expect(bay.some((line) => Math.abs((map.at[line * 2] ?? 0) - 200) < 5 && (map.at[line * 2 + 1] ?? 0) > 200)).toBe(false);
});

test("the camera keeps the point under the pointer, and never leaves the map", () => {
  const map = hive(() => "a", count(400), 400, 300);
  const near = zoomed(WHOLE, map, 4, 100, 100);
  expect([near.x + 100 / near.k, near.y + 100 / near.k]).toEqual([100, 100]);
  expect(zoomed(near, map, 0.01, 0, 0)).toEqual(WHOLE);
  expect(kept({ k: 2, x: -50, y: 900 }, map)).toEqual({ k: 2, x: 0, y: 150 });
  const close = closeUp(map, 0);
  expect(close.k * (map.size[0] ?? 0)).toBeGreaterThan(30);
  expect(closeUp(hive(() => "a", count(20), 900, 400), 0).k).toBeGreaterThan(1);
});
