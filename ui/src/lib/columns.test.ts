import { describe, expect, test } from "vitest";
import { packed, spansOf, stepsOf, type Sent } from "./columns";

const texts = ["name", "status_message", "service", "agent", "agent_name", "session", "workflow", "peer_agent", "operation", "provider", "model", "tool", "kind", "status"] as const;
const numbers = ["input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "ttft_ns", "cost_usd", "offset_ns", "duration_ns", "self_ns", "depth"] as const;

function sent(): Sent {
  const made = { span_id: ["a1", "b2"], parent_span_id: [null, "a1"], pending: [false, true], critical: [true, false], orphan: [false, false], path: { at: [0, 1, 0], offset_ns: [0, 5, 9], duration_ns: [5, 4, 1] } } as Record<string, unknown>;
  for (const name of texts) made[name] = { values: [`${name} of all`, `${name} of b`], at: [0, 1] };
  for (const [i, name] of numbers.entries()) made[name] = [i, i + 0.5];
  return made as unknown as Sent;
}

describe("a large trace as columns", () => {
  test("each row is a span of its own, with what it has not brought left empty", () => {
    const { columns } = packed(sent());
    const [one, other] = spansOf(columns, "trace", 0, 2) as Record<string, unknown>[];
    expect(one).toMatchObject({ trace_id: "trace", span_id: "a1", parent_span_id: null, name: "name of all", pending: false, critical: true, input_tokens: 0, ttft_ns: 4, messages: [], attributes: {} });
    expect(other).toMatchObject({ span_id: "b2", parent_span_id: "a1", status: "status of b", pending: true, critical: false, cost_usd: 5.5, depth: 9.5 });
    expect(spansOf(columns, "trace", 1, 2)).toEqual([other]);
  });

  test("steps of the critical path name their spans", () => {
    const { columns } = packed(sent());
    expect(stepsOf(columns, 1, 3)).toEqual([{ span_id: "b2", offset_ns: 5, duration_ns: 4 }, { span_id: "a1", offset_ns: 9, duration_ns: 1 }]);
  });

  test("all numbers lie in memory that a worker can hand over, each once", () => {
    const { columns, buffers } = packed(sent());
    expect(new Set(buffers).size).toBe(buffers.length);
    expect(buffers).toContain((columns.name.at as Uint32Array).buffer);
    const moved = structuredClone(columns, { transfer: buffers as ArrayBuffer[] });
    expect(spansOf(moved, "trace", 0, 2)).toHaveLength(2);
  });
});
