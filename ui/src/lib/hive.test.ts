import { expect, test } from "vitest";
import { hit, hive, place } from "./hive";

test("every agent has a cell of its own, and pointing at its middle finds it", () => {
  const names = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? "rl" : i % 3 === 0 ? "" : "llm"));
  const map = hive(names, names.map((_, i) => i), 640, 300);
  const seen = new Set<number>();
  for (const group of map.groups) {
    group.lines.forEach((line, i) => {
      const { x, y } = place(map, group, i);
      expect(hit(map, x, y)).toBe(line);
      seen.add(line);
    });
  }
  expect(seen.size).toBe(500);
  expect(map.height).toBeLessThanOrEqual(300);
  expect(map.groups.map((g) => g.name)).toEqual(["llm", "other", "rl"]);
});

test("far too many agents make the map long instead of invisible", () => {
  const map = hive(Array(15_000).fill("llm"), Array.from({ length: 15_000 }, (_, i) => i), 300, 200);
  expect(map.cell).toBeGreaterThanOrEqual(5);
  expect(map.height).toBeGreaterThan(200);
});

test("beside the cells there is nobody", () => {
  const map = hive(["a"], [0], 300, 200);
  expect([hit(map, -5, 30), hit(map, 5, 9999), hit(map, 290, 30)]).toEqual([-1, -1, -1]);
});
