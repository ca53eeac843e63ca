import { describe, expect, test } from "vitest";
import { both, selectionArea, selectionFilter, selectionLabel } from "./selection";

const area = { fromMs: Date.UTC(2026, 0, 31, 11), toMs: Date.UTC(2026, 0, 31, 11, 5), minNs: 1_500_000, maxNs: 6_000_000_000 };

describe("a rectangle as a filter", () => {
  test("comes back as it was", () => {
    expect(selectionArea(selectionFilter(area))).toEqual(area);
    expect(selectionArea(selectionFilter({ ...area, minNs: 0 }))).toEqual({ ...area, minNs: 0 });
  });
  test.each(["status:error", "duration>5ns", "", "start_time>=soon start_time<later duration<=5ns", `${selectionFilter(area)} tool:x`])("%j is none", (text) => {
    expect(selectionArea(text)).toBeUndefined();
  });
  test("is said in words", () => {
    expect(selectionLabel(selectionFilter(area))).toMatch(/Jan 31.*1\.5 ms to 6 s/);
    expect(selectionLabel("status:error")).toBe("status:error");
    expect(selectionLabel("duration>12148002000ns")).toBe("spans slower than 12.1 s");
  });
});

test("two filters hold at once, also where one is a choice", () => {
  expect(both("a:1 OR b:2", "c:3")).toBe("(a:1 OR b:2) c:3");
  expect(both("", "c:3 OR d:4")).toBe("c:3 OR d:4");
  expect(both("a:1", "")).toBe("a:1");
});
