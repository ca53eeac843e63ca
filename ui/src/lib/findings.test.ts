import { expect, test } from "vitest";
import { chance, drawn, filling, lacking, moved, outside, ratio, scale, trusted } from "./findings";
import { rank } from "./severity";

test("a confidence is told as how rarely chance gives as much", () => {
  expect(chance(0.9997)).toBe("1 in 3,333");
  expect(chance(1 - 1e-9)).toBe("1 in 10⁹");
  expect(chance(1)).toBe("below 1 in 10¹⁵");
  expect(chance(0.5)).toBe("50 %");
  expect(chance(null)).toBe("not known");
});

test("a ratio is told where it says something", () => {
  expect(ratio(900, 200)).toBe("4.5 times as much");
  expect(ratio(10, 100)).toBe("10 % of it");
  expect(ratio(0, 3)).toBe("none at all");
  expect([ratio(1, 1), ratio(1, 0), ratio(null, 3), ratio(1, null)]).toEqual(["", "", "", ""]);
});

test("what a verdict moved is told in words", () => {
  expect(moved({ moves: true, decades: 2, said_true: 0, said_false: 1 })).toMatch(/100 times rarer/);
  expect(moved({ moves: true, decades: -0.5, said_true: 1, said_false: 0 })).toMatch(/3.16 times less rare/);
  expect(moved({ moves: true, decades: 0, said_true: 4, said_false: 1 })).toMatch(/cancels out/);
  expect(moved({ moves: true, decades: 0, said_true: 0, said_false: 0 })).toMatch(/Nobody/);
  expect(moved({ moves: false, decades: 2, said_true: 0, said_false: 1 })).toMatch(/moves nothing/);
});

test("only what lies outside of the band is marked, and unknown ends hide nothing", () => {
  const band = { values: [1, 9, null, 9, 0], lower: [0.5, 0.5, 0.5, null, 0.5], upper: [2, 2, 2, null, 2] };
  expect(outside(band)).toEqual([null, 9, null, null, 0]);
});

test("a band of a young agent is not drawn, and nothing lies outside of what is not known", () => {
  const band = { values: [1, 9], lower: [0, 0], expected: [1, 1], upper: [2, 2], known: 3.2 };
  expect([lacking(3.2), lacking(14.5), lacking(15), lacking(400)]).toEqual([12, 1, 0, 0]);
  expect(outside(trusted(band))).toEqual([null, null]);
  expect(drawn(trusted(band)).high).toEqual([null, null]);
  expect(trusted({ ...band, known: 15 }).upper).toEqual([2, 2]);
});

test("a band far above all values is cut, so that these can be read", () => {
  const { low, high } = drawn({ values: [1, 2], lower: [0, 500], upper: [1000, 1000], expected: [0, null] });
  expect(high).toEqual([3.2, 3.2]);
  expect(low).toEqual([0, 3.2]);
  expect(drawn({ values: [null, null], lower: [1, null], upper: [2, null], expected: [null, null] })).toEqual({ low: [1, null], high: [2, null] });
});

test("a band that would fill the whole chart says so with its end", () => {
  const band = { values: [0.1, 0.2], lower: [0, 0], expected: [0.03, 0.03], upper: [0.9, 0.8] };
  expect(filling(band)).toBe(0.8);
  expect(filling({ ...band, lower: [0, 0.01] })).toBeUndefined();
  expect(filling({ ...band, upper: [0.9, 0.25] })).toBeUndefined();
  expect(filling({ ...band, upper: [null, null] })).toBeUndefined();
});

test("what is expected lies in the band that is drawn, however far above the values it is", () => {
  const { low, high } = drawn({ values: [3.5, 3], lower: [5, 6], expected: [10.3, 9], upper: [90, 12] });
  expect(high[0]).toBeGreaterThan(10.3);
  expect(high[1]).toBe(12);
  expect(low).toEqual([5, 6]);
});

test("a scale holds everything between its ends", () => {
  const places = scale(10, 2, 1, 3);
  expect(places.observed).toBeCloseTo(1 / 1.08);
  expect([places.lower, places.expected, places.upper].every((p, i, all) => p !== null && p > 0 && (i === 0 || p > (all[i - 1] ?? 0)))).toBe(true);
  expect(scale(0, null, null, null).observed).toBe(0);
  expect(scale(-5, 0, null, null).observed).toBe(0);
});

test("severities have an order", () => {
  expect(["critical", "high", "medium", "low", "info", "other"].map(rank)).toEqual([5, 4, 3, 2, 1, 0]);
});
