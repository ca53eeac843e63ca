import { expect, test } from "vitest";
import { durationSteps, markPlace, uncut } from "./Plot";

test("the last label of time is whole, or absent", () => {
  const labels = ["14:03", "14:04", "14:05"];
  expect(uncut(labels, [0, 100, 180], 214, 6.4)).toEqual(labels);
  expect(uncut(labels, [0, 100, 200], 214, 6.4)).toEqual(["14:03", "14:04", ""]);
});

test("an axis of durations goes by seconds, minutes and hours: half a minute is a step, 50 s is none", () => {
  const seconds = (durationSteps("ms") ?? []).map((ms) => ms / 1000);
  expect(seconds.filter((s) => s >= 1 && s <= 600)).toEqual([1, 2, 5, 10, 15, 30, 60, 120, 300, 600]);
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  expect([durationSteps("USD/h"), durationSteps("")]).toEqual([undefined, undefined]);
});

test("a mark beyond what is drawn is told from one at its edge", () => {
  expect(markPlace(50, 10, 200, 4)).toEqual({ y: 50, above: false });
  expect(markPlace(11, 10, 200, 4)).toEqual({ y: 14, above: false });
  expect(markPlace(-900, 10, 200, 4)).toEqual({ y: 14, above: true });
  expect(markPlace(200, 10, 200, 4)).toEqual({ y: 196, above: false });
});
