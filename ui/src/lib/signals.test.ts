import { expect, test } from "vitest";
import { course, measuredIn, signalFormat, signalMeaning, signalName, unitWords, watchedName } from "./signals";

test("signals that the platform counts have names, an agent's own keep theirs", () => {
  expect(["latency_p95", "cached_tokens", "agent.queue.depth"].map(signalName)).toEqual(["Latency, p95", "Cached tokens", "agent.queue.depth"]);
});

test("what detectors watch by the name of another figure has a name of its own", () => {
  expect(["latency_p95", "error_ratio"].map(watchedName)).toEqual(["Latency, p95 of 10 s", "Failed share of spans"]);
});

test("a trend is told as long as its newest value bears it", () => {
  expect(course({ direction: "rising", values: [0, 1, 3, null] })).toBe("rising");
  expect(course({ direction: "rising", values: [0, 0, 9, 0] })).toBe("");
  expect(course({ direction: "falling", values: [9, 1, 9] })).toBe("");
  expect(course({ direction: "steady", values: [2, 2, 3] })).toBe("steady");
  expect([course({ direction: "unknown", values: [1] }), course({ direction: "rising", values: [null] })]).toEqual(["", ""]);
});

test("what the platform counts says what it is and over which time", () => {
  expect(signalMeaning("error_ratio", "minute")).toBe("Spans that failed, of all spans: each point over the minute before it");
  expect(signalMeaning("agent.queue.depth", "1 min")).toBe("");
});

test("units become words where the values do not say them", () => {
  expect(["1/s", "tokens/s", "USD/h", "ms", "1", "{token}", "{request}/min", ""].map(unitWords)).toEqual(["a second", "tokens a second", "an hour", "", "", "tokens", "requests a minute", ""]);
});

test("a chart that has only a query for a name says what its values are", () => {
  expect(["USD/h", "{token}/s", "By/s", "1/s", "{query}", "{error}/{request}", "USD/{call}", "s", "ratio", "%", "Cel", ""].map(measuredIn)).toEqual(["in dollars an hour", "in tokens a second", "in bytes a second", "in times a second", "in queries", "in errors a request", "in dollars a call", "", "", "", "", ""]);
});

test("values are written as their unit wants", () => {
  expect(signalFormat("ms")(5000)).toBe("5 s");
  expect(signalFormat("USD/h")(0.574164)).toBe("$0.57");
  expect(signalFormat("1", "error_ratio")(0.05)).toBe("5 %");
  expect(signalFormat("1", "queue")(0.05)).toBe("0.05");
  expect(signalFormat("ratio")(0)).toBe("0 %");
  expect(signalFormat("Cel")(61.24)).toBe("61.2 °C");
  expect(signalFormat("By")(2048)).toBe("2 KiB");
  expect(signalFormat("1/s", "spans")(0.27123)).toBe("0.271");
});
