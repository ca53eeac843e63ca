import { screen, within } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/client";
import { answering, placed } from "@/components/testing";
import { Overview, wrongOf } from "./Agent";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const NOW = "2026-01-31T12:00:00Z";
const summary = (more: object) => ({ agent: "a", unpriced: [], name: "", kind: "llm", model: "", version: "", service: "", status: "", condition: "working", state: "working", reason: "chat is running", since: NOW, first_seen: NOW, last_seen: NOW, last_heartbeat: null, spans: 10, errors: 0, error_ratio: 0, latency_p50_ns: null, latency_p95_ns: null, input_tokens: 0, output_tokens: 0, cost_usd: 0, pending: 0, pending_ns: 0, health: 1, ...more });
const none = { capabilities: [], labels: {}, resource: {}, history: [], window: { start: NOW, end: NOW }, models: [], tools: [], operations: [], peers: [], sessions: [], pending: [], recent_errors: [], health_reasons: [], recommendations: [] };
const agent = (more: object, other: object = {}) => ({ ...none, summary: summary(more), ...other }) as unknown as Schema<"Agent">;

async function shown(data: Schema<"Agent">) {
  answering({});
  await placed(<Overview data={data} />, "/agents/a");
  return data;
}

test("what is wrong is the heading, not what the agent does meanwhile", async () => {
  await shown(agent({ health: 0.47, errors: 3, error_ratio: 0.3 }, { health_reasons: ["3 of 10 spans failed in the last minute"], recommendations: ["look at the newest errors below"] }));
  const wrong = screen.getByText("3 of 10 spans failed in the last minute");
  expect(wrong.compareDocumentPosition(screen.getByText("working")) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  expect([/big/.test(wrong.className), /big/.test(screen.getByText("working").parentElement?.className ?? "")]).toEqual([true, false]);
  expect(within(screen.getByRole("list", { name: "Why, and what to try" })).getAllByRole("listitem").map((line) => line.textContent)).toEqual(["try look at the newest errors below"]);
});

test("a state that is the trouble is the heading itself, and who is well has nothing that is wrong", async () => {
  expect(wrongOf(agent({ health: 0.2, condition: "wedged" }, { health_reasons: ["wedged: chat is running"] }))).toBe("");
  expect(wrongOf(agent({ health: 0.9 }, { health_reasons: ["1 of 20 spans failed in the last minute"] }))).toBe("");
  await shown(agent({}));
  expect(/big/.test(screen.getByText("working").parentElement?.className ?? "")).toBe(true);
  expect(screen.getByText("Nothing is wrong with it now.")).toBeTruthy();
});

test("a word of the agent's own is told as its own", async () => {
  await shown(agent({ status: "idle", last_heartbeat: NOW }));
  expect(screen.getByText("Says of itself").nextElementSibling?.textContent).toMatch(/^“idle”, /);
});

test("a span that runs took so long as it began ago", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const start_time = new Date(Date.now() - 42_000).toISOString();
  const span = { trace_id: "t", span_id: "s", name: "chat", start_time, duration_ns: 39e9, pending: true, status: "unset", status_message: "", tool: "", model: "", peer_agent: "", operation: "chat", cost_usd: 0 };
  await shown(agent({ pending: 1, pending_ns: 39e9 }, { pending: [span] }));
  const row = screen.getAllByRole("row").find((one) => /running/.test(one.textContent ?? ""));
  expect(row?.textContent).toMatch(/running42 s.*42 s ago/);
  expect(screen.getByText("Open spans").nextElementSibling?.textContent).toBe("1 oldest 42 s");
});
