import { expect, test } from "vitest";
import { recordOf, told } from "./Versions";

test("what is certain is a number, what chance explains is not", () => {
  const change = { figure: "cost", difference: 0.35, low: 0.2, high: 0.5, verdict: "more" } as const;
  expect(told(change)).toEqual({ text: "+35 %", tone: "bad", range: "between +20 % and +50 %" });
  expect(told({ ...change, low: -0.05, verdict: "same" })).toEqual({ text: "no certain change", tone: "neutral", range: "between −5.0 % and +50 %" });
  expect(told({ ...change, verdict: "unknown" }).text).toBe("too few to judge");
});

test("failures differ by points", () => {
  expect(told({ figure: "failed", difference: -0.02, low: -0.03, high: -0.01, verdict: "less" })).toEqual({ text: "−2.0 points", tone: "ok", range: "between −3.0 points and −1.0 points" });
});

test("a download has a column for each figure and for each end of each difference", () => {
  const change = { figure: "failed", difference: 0.1, low: 0.05, high: 0.15, verdict: "more" } as const;
  const version = { version: "2", first_time: "a", last_time: "b", agents: 1, turns: 9, failed_share: 0.2, duration_p50_ns: 1, duration_p95_ns: 2, tokens: 3, cost_usd: 4, spans: 5, against: "1", changes: [change] };
  expect(recordOf(version)).toEqual({ version: "2", first_time: "a", last_time: "b", agents: 1, turns: 9, failed_share: 0.2, duration_p50_ns: 1, duration_p95_ns: 2, tokens: 3, cost_usd: 4, spans: 5, against: "1", failed_difference: 0.1, failed_low: 0.05, failed_high: 0.15, failed_verdict: "more" });
});
