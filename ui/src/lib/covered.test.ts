import { expect, test } from "vitest";
import { around, Covered, toName } from "./covered";

test("no text over a dot or over another text; beside them there is room", () => {
  const covered = new Covered();
  covered.dot({ x: 100, y: 100, radius: 10 });
  expect(covered.take(60, 100, 35, 14)).toBe(false);
  expect(covered.take(50, 100, 39, 14)).toBe(true);
  expect(covered.take(20, 110, 39, 14)).toBe(false);
  expect(covered.take(20, 115, 39, 14)).toBe(true);
  // The corner of a box beside a disc is free.
  expect(covered.take(108, 115, 40, 14)).toBe(true);
  covered.clear();
  expect(covered.take(60, 100, 80, 14)).toBe(true);
});

test("a dot that reaches over many places is found from each of them", () => {
  const covered = new Covered();
  covered.dot({ x: 0, y: 0, radius: 200 });
  for (const [x, y] of [[-150, 0], [120, 40], [0, 190], [-5, -150]] as const) expect(covered.take(x, y, 10, 10)).toBe(false);
  expect(covered.take(150, 150, 10, 10)).toBe(true);
});

test("no place for a name touches its own dot", () => {
  const disc = { x: 50, y: 60, radius: 12 };
  const places = around(disc, 80, 14, 4);
  expect(places.length).toBe(8);
  for (const [x, y] of places) {
    const covered = new Covered();
    covered.dot(disc);
    expect(covered.take(x, y, 80, 14)).toBe(true);
  }
});

test("names take their places by the size of their dots, the one that is looked at first; what is out of sight, or has no name, takes none", () => {
  const dot = (key: string, size: number, more = {}) => ({ key, label: key, x: 10, y: 10, size, ...more });
  const dots = [dot("small", 2), dot("b", 5), dot("a", 5), dot("large", 9), dot("beyond", 9, { x: 101 }), dot("nameless", 9, { label: "" }), dot("looked at", 1)];
  expect(toName(dots, "looked at", { wide: 100, high: 50 }).map((one) => one.key)).toEqual(["looked at", "large", "a", "b", "small"]);
});
