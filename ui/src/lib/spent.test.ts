import { expect, it } from "vitest";
import { begins, monthly, spentHours } from "./spent";

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

it("given little that was seen when asked for a month then it is not told, or with what it does not know", () => {
  expect(monthly(0.5, 1 / 60)).toEqual({ usd: null, about: "Choose a time range of an hour or more" });
  expect(monthly(0.5, 1 / 60, true).about).toBe("Told after an hour of spending; so far it is 1 min");
  expect(monthly(0.5, 1 / 360, true).about).toContain("it is 10 s");
  expect(monthly(2, 2)).toEqual({ usd: 730, about: "At the pace of 2 h; no whole day was seen: nights may cost less" });
  expect(monthly(48, 48)).toEqual({ usd: 730, about: "At the pace of 2 d; no whole week was seen: weekends may cost less" });
  expect(monthly(240, 240)).toEqual({ usd: 730, about: "At the pace of 10 d" });
});

it("who pauses for a moment at the beginning of a range spent before it", () => {
  expect([begins(null, 0, 900), begins(3, 0, 900), begins(120, 0, 900)]).toEqual([false, false, true]);
});
