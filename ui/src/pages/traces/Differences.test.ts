import { expect, test } from "vitest";
import { points } from "./Differences";

test("shares differ by points, in words", () => {
  expect([0.123, -0.5, 0.01, 0].map(points)).toEqual(["+12.3 points", "−50 points", "+1 point", "0 points"]);
});
