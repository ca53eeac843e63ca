import { expect, test } from "vitest";
import { CATEGORIES, categoryOf, categoryToken, isHollow, REST_TOKEN } from "./palette";

const look = (index: number) => `${categoryToken(index)} ${isHollow(index)}`;

test("no two of many categories look alike, and none like the rest", () => {
  const looks = Array.from({ length: 2 * CATEGORIES }, (_, i) => look(i));
  expect(new Set(looks).size).toBe(looks.length);
  expect(looks.filter((one) => one.startsWith(`${REST_TOKEN} `))).toEqual([]);
});

test("a name has one category, wherever it is shown", () => {
  expect(categoryOf("planner")).toBe(categoryOf("planner"));
  expect(["", "planner", "‮"].map(categoryOf).every((one) => one >= 0 && one < CATEGORIES)).toBe(true);
});
