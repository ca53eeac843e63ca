import { expect, test } from "vitest";
import { healthLook, HEALTHY, PARTIAL } from "./states";

test("health looks the same wherever it stands: well, not well, and bad", () => {
  expect(healthLook(HEALTHY)).toEqual({ bad: false, warn: false });
  expect(healthLook(0.37)).toEqual({ bad: false, warn: true });
  expect(healthLook(PARTIAL - 0.01)).toEqual({ bad: true, warn: false });
  expect(healthLook(undefined)).toEqual({ bad: false, warn: false });
});
