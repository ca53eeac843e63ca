import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { answering } from "@/components/testing";
import { Watched } from "./Watched";

window.scrollTo = () => undefined; // jsdom has none

beforeEach(() => {
  const pen = new Proxy({}, { get: () => () => ({ width: 0 }), set: () => true });
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation((() => pen) as never);
  vi.stubGlobal("Path2D", class { moveTo() {} lineTo() {} rect() {} arc() {} closePath() {} });
});

const signal = (name: string, known: number) => ({ signal: name, unit: "1", values: [0.1, 0.9], lower: [0, 0], expected: [0.1, 0.1], upper: [0.2, 0.2], known });
const data = (...signals: ReturnType<typeof signal>[]) => ({ agent: "a", step_ms: 10_000, frame_ms: 60_000, times_ms: [0, 60_000], signals }) as unknown as Schema<"Bands">;

async function shown(...signals: ReturnType<typeof signal>[]) {
  return opened("/agents/a", { "GET /api/v1/agents/a/anomalies": { items: [], next: null } }, ...signals);
}

async function opened(at: string, answers: Parameters<typeof answering>[0], ...signals: ReturnType<typeof signal>[]) {
  const calls = answering(answers);
  const root = createRootRoute();
  const page = createRoute({ getParentRoute: () => root, path: "/agents/$agent", component: () => <Watched agent="a" data={data(...signals)} /> });
  const router = createRouter({ history: createMemoryHistory({ initialEntries: [at] }), routeTree: root.addChildren([page]) });
  await router.load();
  render(<QueryClientProvider client={new QueryClient()}><RouterProvider router={router as never} /></QueryClientProvider>);
  return calls;
}

test("what is usual for a young agent is not drawn: the page says how many minutes are missing, and marks nothing as unusual", async () => {
  await shown(signal("error_ratio", 3), signal("latency_p95", 5.5));
  expect(screen.getByText(/Each point covers the minute before it/).textContent).toMatch(/is not known yet: that needs 10 more minutes of its work/);
  expect(screen.queryByText(/outside/)).toBeNull();
});

test("once it is known, moments outside are counted, and a signal of which less is known says when", async () => {
  await shown(signal("error_ratio", 40), signal("latency_p95", 12));
  expect(screen.getByText(/Each point covers/).textContent).toMatch(/Shaded: what is usual for this agent/);
  expect(screen.getByText(/1 moment outside/)).toBeTruthy();
  expect(screen.getByText(/usual in 3 min/)).toBeTruthy();
});

test("a signal of which nothing can be told ahead says why, and no further than a third of what is known is asked for", async () => {
  const calls = await opened("/agents/a?ahead=true", { "GET /api/v1/agents/a/anomalies": { items: [], next: null }, "GET /api/v1/forecasts": 404 }, signal("error_ratio", 40));
  expect((await screen.findByText(/^No forecast:/)).textContent).toContain("answered 404");
  expect(calls.find((call) => call.includes("/forecasts"))).toContain("horizon=5m");
});

test("a forecast that is being made says so", async () => {
  await opened("/agents/a?ahead=true", { "GET /api/v1/agents/a/anomalies": { items: [], next: null }, "GET /api/v1/forecasts": "never" }, signal("error_ratio", 40), signal("repetition", 40));
  expect(await screen.findAllByText(/making a forecast/)).toHaveLength(1);
  expect(screen.getByText(/^No forecast: it is told from single calls/)).toBeTruthy();
});
