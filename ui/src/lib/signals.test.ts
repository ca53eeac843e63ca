import { expect, test } from "vitest";
import { signalFormat, signalMeaning, signalName, unitWords } from "./signals";

test("signals that the platform counts have names, an agent's own keep theirs", () => {
  expect(["latency_p95", "cached_tokens", "agent.queue.depth"].map(signalName)).toEqual(["Latency, p95", "Cached tokens", "agent.queue.depth"]);
});

test("what the platform counts says what it is and over which time", () => {
  expect(signalMeaning("error_ratio", "minute")).toBe("Spans that failed, of all spans: each point over the minute before it");
  expect(signalMeaning("agent.queue.depth", "1 min")).toBe("");
});

test("units become words where the values do not say them", () => {
  expect(["1/s", "tokens/s", "USD/h", "ms", "1", "{token}", "{request}/min", ""].map(unitWords)).toEqual(["a second", "tokens a second", "an hour", "", "", "token", "request a minute", ""]);
});

test("values are written as their unit wants", () => {
  expect(signalFormat("ms")(5000)).toBe("5 s");
  expect(signalFormat("USD/h")(0.574164)).toBe("$0.57");
  expect(signalFormat("1", "error_ratio")(0.05)).toBe("5 %");
  expect(signalFormat("1", "queue")(0.05)).toBe("0.05");
  expect(signalFormat("By")(2048)).toBe("2 KiB");
  expect(signalFormat("1/s", "spans")(0.27123)).toBe("0.271");
});
