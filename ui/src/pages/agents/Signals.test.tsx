import { screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { answering, placed } from "@/components/testing";
import { Signals } from "./Signals";

beforeEach(() => {
  const pen = new Proxy({}, { get: () => () => ({ width: 0 }), set: () => true });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => pen) as never);
  vi.stubGlobal("Path2D", class { moveTo() {} lineTo() {} rect() {} arc() {} closePath() {} });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

test("the value that a chart of a signal tells, which may be one of the past, is not called that of now", async () => {
  answering({
    "GET /api/v1/agents/a/metrics": { signals: [{ signal: "queue_depth" }] },
    "GET /api/v1/agents/a/trends": { times_ms: [0, 60_000], trends: [{ signal: "queue_depth", unit: "", labels: {}, direction: "unknown", values: [1, 2] }] },
  });
  await placed(<Signals agent="a" />);
  const chart = await screen.findByRole("figure", { name: "queue_depth" });
  expect(chart.querySelector("button[aria-pressed]")?.textContent).toMatch(/^value/);
});
