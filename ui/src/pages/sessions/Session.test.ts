import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import { askedAgain } from "./Session";

test("a session that does not exist is not asked for again, one that could not be answered is", () => {
  expect(askedAgain(new ApiError(404, "NotFound", "no such session", false))).toBe(false);
  expect(askedAgain(new ApiError(503, "Busy", "", true))).toBeGreaterThan(0);
  expect(askedAgain(null)).toBeGreaterThan(0);
});
