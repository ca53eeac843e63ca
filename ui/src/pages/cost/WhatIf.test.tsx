import { expect, test } from "vitest";
import { change } from "./WhatIf";

test("what is dearer or cheaper has its sign, what is as good as the same has none", () => {
  expect([change(10, 15), change(10, 1), change(10, 10)]).toEqual(["+50 %", "−90 %", "0 %"]);
  expect([change(10_000, 10_001), change(10_000, 9_999)]).toEqual(["about 0 %", "about 0 %"]);
  expect(change(0, 1)).toBe("—");
});
