import { expect, test } from "vitest";
import { OUTCOME, statusWord } from "./outcomes";

test("a span's status is told in the words of outcomes; one that was never set is no outcome", () => {
  expect(["ok", "error", "unset"].map(statusWord)).toEqual([OUTCOME.ok, OUTCOME.failed, "no status"]);
});
