import { expect, test } from "vitest";
import { standing } from "./Detectors";

const fine = { problem: "", paused_s: 0, failures: 0, error: "", runs: true, runs_total: 40 } as unknown as Parameters<typeof standing>[0];

test("a detector is broken, paused, failing now and then, running or off, and says why", () => {
  expect(standing(fine)).toEqual({ word: "runs", tone: "ok", why: "" });
  expect(standing({ ...fine, runs: false }).word).toBe("off");
  expect(standing({ ...fine, problem: "no module named torch" })).toEqual({ word: "broken", tone: "bad", why: "no module named torch" });
  const failed = { ...fine, failures: 3, error: "ValueError: empty" };
  expect(standing({ ...failed, paused_s: 90 })).toEqual({ word: "paused", tone: "warn", why: "after 3 failures; tried again in 1 min 30 s. ValueError: empty" });
  expect(standing(failed).why).toBe("failed 3 times of 43, last: ValueError: empty");
});
