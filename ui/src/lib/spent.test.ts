import { expect, it } from "vitest";
import { spentHours } from "./spent";

const H = 3_600_000;

it("given data that begins late in the range when asked for hours then they count from its begin", () => {
  expect(spentHours(2 * H, 0, 4 * H)).toBe(2);
  expect(spentHours(0, H / 2, 4 * H)).toBe(3.5);
  expect(spentHours(null, 0, 4 * H)).toBe(4);
});

it("given the same data in ranges of any length when asked for hours then they are the same", () => {
  const [first, now] = [10.9 * H, 11 * H];
  expect([0.25, 1, 6, 72].map((back) => spentHours(first, now - back * H, now))).toEqual(Array(4).fill((now - first) / H));
});
