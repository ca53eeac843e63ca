import { expect, it } from "vitest";
import { spentHours } from "./spent";

const H = 3_600_000;

it("given data that begins late in the range when asked for hours then they count from its begin", () => {
  const times = [0, H, 2 * H, 3 * H];
  expect(spentHours(times, [[0, 0, 5, 1], [0, null, 0, 2]], 0, 4 * H)).toBe(2);
  expect(spentHours(times, [[3, 0, 0, 0]], H / 2, 4 * H)).toBe(3.5);
  expect(spentHours(times, [[0, 0, 0, 0]], 0, 4 * H)).toBe(4);
});
