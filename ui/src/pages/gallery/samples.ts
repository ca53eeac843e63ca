import type { Schema } from "@/api/client";

/** What a hostile agent may be called: markup, a direction override, stacked marks. */
export const HOSTILE = '<img src=x onerror="alert(1)"> \u202Eevil\u202C z\u0300\u0301\u0302\u0303\u0304\u0305algo';

const BEGIN = Date.UTC(2026, 0, 31, 11);

export function sampleTimes(n: number): number[] {
  return Array.from({ length: n }, (_, i) => BEGIN + i * 60_000);
}

export function wave(n: number, seed: number): number[] {
  return Array.from({ length: n }, (_, i) => Math.round(60 + 40 * Math.sin(i / 5 + seed) + 17 * Math.sin(i * seed)));
}

export function sampleHeat() {
  const bounds = Array.from({ length: 14 }, (_, j) => 1e6 * 2 ** j);
  const counts = sampleTimes(50).map((_, i) => bounds.map((__, j) => Math.max(0, Math.round(60 * Math.exp(-((j - 5 - 2 * Math.sin(i / 8)) ** 2) / 3) + (j > 10 && i % 9 === 0 ? 2 : 0)))));
  return { times_ms: sampleTimes(50), step_ms: 60_000, bounds_ns: bounds, counts };
}

type Span = Schema<"Span">;

const blank: Omit<Span, "span_id" | "parent_span_id" | "name" | "offset_ns" | "duration_ns" | "depth" | "operation" | "status"> = {
  trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", kind: "internal", start_time: "2026-01-31T11:00:00Z", pending: false, status_message: "", service: "demo", agent: "planner",
  agent_name: "", session: "", workflow: "", peer_agent: "", provider: "", model: "", tool: "", input_tokens: 0, output_tokens: 0, cached_tokens: 0, reasoning_tokens: 0, cost_usd: 0,
  ttft_ns: null, self_ns: 0, critical: false, orphan: false, trace_state: "", flags: 0, dropped_attributes_count: 0, dropped_events_count: 0, dropped_links_count: 0, scope_name: "", scope_version: "", resource_id: "", attributes: {}, events: [], links: [], messages: [],
};

export function sampleSpans(): Span[] {
  const one = (span_id: string, parent: string | null, name: string, from: number, ms: number, depth: number, operation: string, more: Partial<Span> = {}): Span => ({
    ...blank, span_id, parent_span_id: parent, name, offset_ns: from * 1e6, duration_ns: ms * 1e6, depth, operation, status: "ok", ...more,
  });
  return [
    one("1", null, "invoke_agent planner", 0, 2000, 0, "invoke_agent", { critical: true }),
    one("2", "1", "chat m-1", 20, 180, 1, "chat", { model: "m-1" }),
    one("3", "1", "invoke_agent researcher", 200, 900, 1, "invoke_agent", { agent: "researcher", critical: true }),
    one("4", "3", "execute_tool search", 240, 410, 2, "execute_tool", { tool: "search" }),
    one("5", "3", "execute_tool fetch", 660, 300, 2, "execute_tool", { tool: "fetch", status: "error" }),
    one("6", "1", HOSTILE, 1200, 640, 1, "", { pending: true }),
  ];
}

export function sampleMessages(): Schema<"Message">[] {
  const message = (role: string, raw: unknown, direction: "input" | "output" = "input"): Schema<"Message"> => ({
    key: "gen_ai.input.messages", direction, role, text: "", raw: typeof raw === "string" ? raw : JSON.stringify(raw), hash: role, missing: false, setting: false, repeats: false,
  });
  return [
    message("user", `Find the cheapest flight. ${HOSTILE}`),
    message("assistant", { role: "assistant", parts: [{ type: "reasoning", content: "I should search first." }, { type: "tool_call", id: "c1", name: "search", arguments: { from: "VIE", to: "LIS" } }] }, "output"),
    message("tool", { role: "tool", tool_call_id: "c1", content: '{"price": 84, "airline": "X"}' }),
    message("assistant", "Here it is:\n```json\n{\"price\": 84}\n```\nShall I book it?", "output"),
  ];
}
