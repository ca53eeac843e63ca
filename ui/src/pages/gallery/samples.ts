import type { Schema } from "@/api/client";
import type { LogRow } from "@/components/LogTable";
import type { TraceRow } from "@/components/TraceList";

/** What a hostile agent may be called: markup, a direction override, stacked marks. */
export const HOSTILE = '<img src=x onerror="alert(1)"> \u202Eevil\u202C z\u0300\u0301\u0302\u0303\u0304\u0305algo';

/** The moment that samples end at. */
export const NOW = Date.UTC(2026, 0, 31, 12);

/** A picture of 160 × 64. */
export const PNG = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAKAAAABAAgMAAADg5ZQ8AAAACVBMVEXu8PVWQPKiWQyuwvw6AAAAR0lEQVR42mNgGBDAtGpVw2BUiCw5/BUyhoY6jCyFIAHaKwTxB6NCZMnhqxA5SIaaQnRNpCnEJjmqkHiF+CRHFY4qHFWIwQYATGIm5w04arMAAAAASUVORK5CYII=";

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

export function sampleLines(): LogRow[] {
  return (["info", "debug", "warn", "error", "info", "fatal"] as const).map((level, i) => ({
    id: String(i), level, time: new Date(NOW + i * 1000).toISOString(), observed_time: new Date(NOW).toISOString(), body: i === 3 ? HOSTILE : `line ${i}`, agent: `agent-${i % 2}`,
    attributes: {}, dropped_attributes_count: 0, event_name: "", flags: 0, resource_id: "0", scope_name: "", scope_version: "", service: "", session: "", severity: 9, severity_text: "", span_id: null, template_id: "0", trace_id: null,
  }));
}

export function sampleTraces(): TraceRow[] {
  const one = (i: number, name: string, more: Partial<TraceRow> = {}): TraceRow => ({
    trace_id: String(i).repeat(32), name, agent: "planner-7", agents: ["planner-7", "researcher-2"], models: ["gpt-4o", "claude-sonnet-4"], service: "shop", services: ["shop"], session: "", workflow: "", asked: "", matched: 1,
    rooted: true, matched_time: new Date(NOW).toISOString(), start_time: new Date(NOW - 60_000 * i).toISOString(), duration_ns: 4e8 * i, spans: 3 * i, errors: 0, pending: 0, input_tokens: 900 * i, output_tokens: 80, cost_usd: 0.012 * i, unpriced: [], ...more,
  });
  return [one(1, "invoke_agent planner", { asked: "Plan three days in Lisbon for two, by train, and tell me what you are unsure about" }), one(2, "plan a journey", { errors: 3 }), one(7, "collect prices", { pending: 1 }), one(4, HOSTILE, { asked: HOSTILE, agent: HOSTILE, agents: [HOSTILE], models: [HOSTILE] })];
}

export function sampleSpanRows(): Schema<"SpanRow">[] {
  const one = (i: number, name: string, more: Partial<Schema<"SpanRow">> = {}): Schema<"SpanRow"> => ({
    trace_id: String(i).repeat(32), span_id: String(i).repeat(16), parent_span_id: null, name, kind: "internal", operation: "chat", agent: "planner-7", agent_name: "", peer_agent: "", provider: "", model: "gpt-4o", tool: "", service: "shop", session: "", workflow: "",
    start_time: new Date(NOW - 60_000 * i).toISOString(), duration_ns: 3e8 * i, ttft_ns: null, input_tokens: 0, output_tokens: 0, cached_tokens: 0, reasoning_tokens: 0, cost_usd: 0.004 * i, pending: false, status: "ok", status_message: "", ...more,
  });
  return [one(1, "chat gpt-4o"), one(2, "execute_tool search", { operation: "execute_tool", tool: "search", status: "error", status_message: "TimeoutError: no answer within 30 s" }), one(3, "invoke_agent researcher", { operation: "invoke_agent", pending: true }), one(4, HOSTILE, { model: HOSTILE, status: "error", status_message: HOSTILE })];
}

export function sampleFindings(): Schema<"Finding">[] {
  const one = (i: number, title: string, severity: Schema<"Finding">["severity"], more: Partial<Schema<"Finding">> = {}): Schema<"Finding"> => ({
    id: String(i).repeat(32), title, severity, kind: "latency", detector: "spot", subject: "planner-7", subject_kind: "agent", signal: "latency_p95", unit: "ns", start: new Date(BEGIN + 44 * 60_000).toISOString(), end: new Date(BEGIN + 46 * 60_000).toISOString(), found: new Date(BEGIN + 46 * 60_000).toISOString(),
    observed: 150, expected: 70, lower: 40, upper: 100, score: 9, confidence: 0.999, lead_ns: 0, cohort: "", explanation: "Twice what is usual at this hour.", recommendation: "Look at the slowest call.", evidence: [], features: [], participants: [], labels: {}, version: "1", ...more,
  });
  return [one(1, "Latency of planner-7 is twice what is usual", "high"), one(2, "Tokens of planner-7 rose", "low", { feedback: "false" }), one(3, HOSTILE, "critical")];
}

export function sampleBand(): Schema<"SignalBand"> {
  const usual = Array.from({ length: 60 }, (_, i) => 70 + 12 * Math.sin(i / 9));
  return { signal: "queue_depth", unit: "1", known: 60, values: usual.map((v, i) => v + 6 * Math.sin(i * 2.3) + (i > 42 && i < 47 ? 60 : 0)), expected: usual, lower: usual.map((v) => v - 20), upper: usual.map((v) => v + 20) };
}

export function sampleForecast(): Pick<Schema<"SignalForecast">, "times_ms" | "value" | "lower" | "upper" | "level"> {
  const value = Array.from({ length: 15 }, (_, i) => 70 + 12 * Math.sin((60 + i) / 9));
  return { times_ms: value.map((_, i) => BEGIN + (60 + i) * 60_000), value, lower: value.map((v, i) => v - 6 - i), upper: value.map((v, i) => v + 6 + i), level: 0.8 };
}

export const CONNECT: Schema<"Connect"> = {
  url: "https://swarmscope.example.org", key_placeholder: "swk_…", otlp_grpc_port: 4317, otlp_http_port: 4318,
  items: [
    { id: "opentelemetry", label: "OpenTelemetry", about: "Any program that speaks OpenTelemetry.", language: "shell", install: "pip install opentelemetry-distro", environment: 'export OTEL_EXPORTER_OTLP_ENDPOINT="https://swarmscope.example.org"\nexport OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer swk_…"', setup: "opentelemetry-instrument python agent.py", example: "" },
    { id: "langchain", label: "LangChain", about: "Chains, agents and tools of LangChain.", language: "python", install: "pip install openinference-instrumentation-langchain", environment: 'export OTEL_EXPORTER_OTLP_ENDPOINT="https://swarmscope.example.org"', setup: "LangChainInstrumentor().instrument()", example: "" },
  ],
};
