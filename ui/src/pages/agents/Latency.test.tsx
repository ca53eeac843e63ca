import { screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { answering, placed } from "@/components/testing";
import { Latency } from "./Latency";

beforeEach(() => {
  const pen = new Proxy({}, { get: () => () => ({ width: 0 }), set: () => true });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => pen) as never);
  vi.stubGlobal("Path2D", class { moveTo() {} lineTo() {} rect() {} arc() {} closePath() {} });
});

const MINUTE = 60_000;
const trend = (signal: string, values: number[]) => ({ signal, unit: "ms", labels: {}, values, mean: 0, minimum: 0, maximum: 0, last: 0, slope_per_hour: 0, direction: "steady" });

async function shown(at: string, step_ms: number) {
  const begin = Math.floor(Date.now() / step_ms) * step_ms;
  const calls = answering({ "GET /api/v1/agents/a/trends": { agent: "a", window: {}, step_ms, times_ms: [begin - 2 * step_ms, begin - step_ms, begin], trends: [trend("latency_p50", [100, 200, 1]), trend("latency_p95", [3000, 4000, 2])] } });
  await placed(<Latency agent="a" now={{ p50: 3e8, p95: 5.5e9 }} />, at);
  return calls;
}

const key = async (name: string) => (await screen.findByRole("button", { name: new RegExp(`^${name}`) })).textContent;

test("the newest point is what the figures of the last minute say, not the minute that has only begun", async () => {
  const calls = await shown("/agents/a", MINUTE);
  expect([await key("p50"), await key("p95")]).toEqual(["p50300 ms", "p955.5 s"]);
  expect(calls[0]).toMatch(/signal=latency_p50%2Clatency_p95&step=1m/);
});

test("points of longer stretches end with the last one that is over, and say how long they are", async () => {
  const calls = await shown("/agents/a?range=6h", 3 * MINUTE);
  expect([await key("p50"), await key("p95")]).toEqual(["p50200 ms", "p954 s"]);
  expect(calls[0]).toContain("step=3m");
  expect(screen.getByText("each point over 3 min")).toBeTruthy();
});
