import { expect, test } from "vitest";
import { attackName, summed, threat } from "./attacks";

const patterns = [
  { kind: "xss", severity: "medium", count: 3, counts: [1, 2] },
  { kind: "sql_injection", severity: "high", count: 4, counts: [4, 0] },
  { kind: "sql_injection", severity: "medium", count: 1, counts: [0, 1] },
];

test("patterns are summed up by kind, most frequent first, and by severity, worst first", () => {
  expect(summed(patterns, "kind")).toEqual([
    { key: "sql_injection", count: 5, counts: [4, 1] },
    { key: "xss", count: 3, counts: [1, 2] },
  ]);
  expect(summed(patterns, "severity").map((s) => [s.key, s.counts])).toEqual([
    ["high", [4, 0]],
    ["medium", [1, 3]],
  ]);
  expect(patterns[0]?.counts).toEqual([1, 2]);
  expect(summed([], "kind")).toEqual([]);
});

test("a score has a word", () => {
  expect([0, 0.1, 0.3, 0.7, 0.95].map((s) => threat(s).word)).toEqual(["calm", "low", "guarded", "high", "severe"]);
});

test("attacks are called by their names", () => {
  expect([attackName("sql_injection"), attackName("path_traversal")]).toEqual(["SQL injection", "Path traversal"]);
});
