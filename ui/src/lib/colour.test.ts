import { expect, test } from "vitest";
import { mix, parts } from "./colour";

test("a colour written short is the same as written out", () => {
  expect(parts("#fff")).toEqual([255, 255, 255]);
  expect(parts("#1af")).toEqual(parts("#11aaff"));
  expect(parts("#161a25")).toEqual([22, 26, 37]);
});

test("a community's colour keeps its hue on white, however white is written", () => {
  expect(mix("#0a6b60", "#fff", 0.45)).toBe(mix("#0a6b60", "#ffffff", 0.45));
  expect(mix("#000000", "#ffffff", 0.5)).toBe("#808080");
});
