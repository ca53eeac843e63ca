import { expect, test } from "vitest";
import { told } from "./Versions";

test("what is certain is a number, what chance explains is not", () => {
  const change = { figure: "cost", difference: 0.35, low: 0.2, high: 0.5, verdict: "more" } as const;
  expect(told(change)).toEqual({ text: "+35 %", tone: "bad", range: "+20 % to +50 %" });
  expect(told({ ...change, low: -0.05, verdict: "same" })).toEqual({ text: "no certain change", tone: "neutral", range: "−5.0 % to +50 %" });
  expect(told({ ...change, verdict: "unknown" }).text).toBe("too few to judge");
});

test("failures differ by points", () => {
  expect(told({ figure: "failed", difference: -0.02, low: -0.03, high: -0.01, verdict: "less" })).toEqual({ text: "−2.0 points", tone: "ok", range: "−3.0 points to −1.0 points" });
});
