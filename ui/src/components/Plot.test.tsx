import { expect, test } from "vitest";
import { uncut } from "./Plot";

test("the last label of time is whole, or absent", () => {
  const labels = ["14:03", "14:04", "14:05"];
  expect(uncut(labels, [0, 100, 180], 214, 6.4)).toEqual(labels);
  expect(uncut(labels, [0, 100, 200], 214, 6.4)).toEqual(["14:03", "14:04", ""]);
});
