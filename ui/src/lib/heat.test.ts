import { expect, test } from "vitest";
import { boxOf, selected, shade, ticks, usedRows } from "./heat";

const heat = { times_ms: [0, 1000, 2000], step_ms: 1000, bounds_ns: [10, 20, 40, 80, 160], counts: [[0, 0, 1, 0, 0], [0, 0, 5, 0, 0], [0, 0, 0, 0, 0]] };

test("rows in use get one more around them", () => {
  expect(usedRows(heat)).toEqual({ first: 1, last: 3 });
  expect(usedRows({ ...heat, counts: [[0, 0, 0, 0, 0]] })).toEqual({ first: 0, last: 4 });
});

test("round durations stand where they lie between the bounds", () => {
  const bounds_ns = [5e5, 1e6, 1e7, 1e9, 1e10];
  expect(ticks({ bounds_ns }, { first: 1, last: 4 })).toEqual([{ ns: 1e9, at: 1 }, { ns: 1e8, at: 1.5 }, { ns: 1e7, at: 2 }, { ns: 1e6, at: 3 }]);
  expect(ticks({ bounds_ns }, { first: 3, last: 3 })).toEqual([{ ns: 1e8, at: 0.5 }, { ns: 1e7, at: 1 }]);
});

test("one item is seen beside thousands", () => {
  expect(shade(0, 1000)).toBe(0);
  expect(shade(1, 100_000)).toBe(1);
  expect(shade(100_000, 100_000)).toBe(4);
});

test("a brushed rectangle covers whole cells and stays inside", () => {
  const rows = { first: 1, last: 3 };
  expect(selected(heat, { left: 0.2, right: 1.1, top: 1.2, bottom: 1.9 }, rows)).toEqual({ fromMs: 0, toMs: 2000, minNs: 20, maxNs: 40 });
  expect(selected(heat, { left: -5, right: 99, top: -5, bottom: 99 }, rows)).toEqual({ fromMs: 0, toMs: 3000, minNs: 10, maxNs: 80 });
});

test("a selection is marked where it was brushed", () => {
  const rows = { first: 1, last: 3 };
  const area = selected(heat, { left: 0, right: 2, top: 1, bottom: 1.5 }, rows);
  expect(boxOf(heat, area, rows)).toEqual({ left: 0, right: 2, top: 1, bottom: 2 });
  expect(boxOf(heat, { fromMs: -5000, toMs: 9000, minNs: 0, maxNs: 160 }, rows)).toEqual({ left: 0, right: 3, top: 0, bottom: 3 });
  expect(boxOf(heat, { ...area, fromMs: 5000, toMs: 6000 }, rows)).toBeUndefined();
});
