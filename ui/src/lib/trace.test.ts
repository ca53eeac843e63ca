import { describe, expect, test } from "vitest";
import { breakdown, descendants, gaps, growing, joined, overview, reasons, ticks, transcript, visible, waits, type CardSpan } from "./trace";

const tree = [0, 1, 2, 2, 1, 0].map((depth, i) => ({ span_id: String(i), depth }));

describe("the tree", () => {
  test("a folded span hides what is below it, and nothing else", () => {
    expect(visible(tree, new Set())).toEqual([0, 1, 2, 3, 4, 5]);
    expect(visible(tree, new Set(["1"]))).toEqual([0, 1, 4, 5]);
    expect(visible(tree, new Set(["0"]))).toEqual([0, 5]);
    expect(visible([], new Set())).toEqual([]);
  });

  test("descendants are counted", () => expect([...descendants(tree)]).toEqual([4, 2, 0, 0, 0, 0]));

  test("what is hidden and what is counted agree on any tree", () => {
    let seed = 7;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 200; round += 1) {
      let depth = 0;
      const spans = Array.from({ length: 1 + Math.floor(random() * 40) }, (_, i) => {
        depth = i === 0 ? 0 : Math.floor(random() * (depth + 2));
        return { span_id: String(i), depth };
      });
      const below = descendants(spans);
      spans.forEach((span, i) => expect(visible(spans, new Set([span.span_id])).length).toBe(spans.length - (below[i] ?? 0)));
    }
  });
});

test("a ruler has round marks inside of the range", () => {
  expect(ticks(0, 2e9, 4)).toEqual([0, 5e8, 1e9, 1.5e9, 2e9]);
  expect(ticks(0, 900e9, 6)).toEqual([0, 300e9, 600e9, 900e9]); // as clocks go, not 200 s
  expect(ticks(0, 0, 4)).toEqual([]);
});

describe("the transcript", () => {
  const span = (id: string, depth: number, offset_ns: number, more: Partial<CardSpan>): CardSpan => ({
    span_id: id, depth, offset_ns, operation: "", tool: "", model: "", peer_agent: "", agent: "", status: "ok", messages: [], ...more,
  });
  const message = (hash: string, direction = "input") => ({ key: "k", direction, role: "", text: hash, raw: hash, hash, missing: false, setting: false, repeats: false });

  test("a prompt that was said before is folded, plumbing is left out, agents nest", () => {
    const cards = transcript([
      span("root", 0, 0, { operation: "invoke_agent" }),
      span("http", 1, 1, {}),
      span("first", 2, 2, { operation: "chat", messages: [message("a"), message("b", "output")] }),
      span("second", 1, 5, { operation: "chat", messages: [message("a"), message("b"), message("c"), message("d", "output")] }),
    ]);
    expect(cards.map((c) => c.span.span_id)).toEqual(["root", "first", "second"]);
    expect(cards.map((c) => c.level)).toEqual([0, 1, 1]);
    expect(cards[2]?.seen.map((m) => m.hash)).toEqual(["a", "b"]);
    expect(cards[2]?.fresh.map((m) => m.hash)).toEqual(["c"]);
    expect(cards[2]?.output.map((m) => m.hash)).toEqual(["d"]);
  });

  test("a failed span is told even when it is plumbing", () => {
    expect(transcript([span("x", 0, 0, { status: "error" })])).toHaveLength(1);
  });
});

test("an answer that comes back in the next prompt was said before, and calls know the one before them", () => {
  const chat = (id: string, at: number, messages: CardSpan["messages"]): CardSpan => ({ span_id: id, depth: 0, offset_ns: at, operation: "chat", tool: "", model: "m", peer_agent: "", agent: "a", status: "ok", messages });
  const message = (hash: string, direction: string, text: string) => ({ key: "k", direction, role: "", text, raw: text, hash, missing: false, setting: false, repeats: false });
  const [first, second] = transcript([chat("1", 0, [message("q", "input", "q"), message("o", "output", "yes")]), chat("2", 1, [message("wrapped", "input", "yes"), message("n", "input", "and now?")])]);
  expect(second?.seen.map((m) => m.hash)).toEqual(["wrapped"]);
  expect([first?.before, second?.before?.span_id]).toEqual([undefined, "1"]);
});

test("what only repeats other messages of its span stands once", () => {
  const message = (hash: string, repeats: boolean) => ({ key: "k", direction: "input", role: "", text: hash, raw: hash, hash, missing: false, setting: false, repeats });
  const [only] = transcript([{ span_id: "1", depth: 0, offset_ns: 0, operation: "chat", tool: "", model: "m", peer_agent: "", agent: "a", status: "ok", messages: [message("sent", true), message("q", false)] }]);
  expect(only?.fresh.map((m) => m.hash)).toEqual(["q"]);
});

test("times in which nothing ran", () => {
  expect(gaps([{ offset_ns: 10, duration_ns: 20 }, { offset_ns: 40, duration_ns: 10 }], 60)).toEqual([{ from: 0, to: 10 }, { from: 30, to: 40 }, { from: 50, to: 60 }]);
  expect(gaps([], 5)).toEqual([{ from: 0, to: 5 }]);
  expect(gaps([{ offset_ns: 0, duration_ns: 5 }], 5)).toEqual([]);
});

test("a span waits while its children run", () => {
  const timed = [[0, 0, 100], [1, 10, 20], [2, 12, 90], [1, 31, 10], [1, 80, 50], [0, 0, 5]].map(([depth = 0, offset_ns = 0, duration_ns = 0], i) => ({ span_id: String(i), depth, offset_ns, duration_ns }));
  expect(waits(timed, 0, 0)).toEqual([{ from: 10, to: 30 }, { from: 31, to: 41 }, { from: 80, to: 100 }]);
  expect(waits(timed, 0, 1)).toEqual([{ from: 10, to: 41 }, { from: 80, to: 100 }]);
  expect(waits(timed, 5, 0)).toEqual([]);
});

test("where the time of the critical path went", () => {
  const of = (span_id: string, operation: string) => ({ span_id, depth: 0, operation, tool: "", model: "", peer_agent: "", agent: "", status: "ok", messages: [], offset_ns: 0 });
  expect(breakdown([of("a", "chat"), of("b", "execute_tool")], [{ span_id: "a", duration_ns: 6 }, { span_id: "b", duration_ns: 1 }, { span_id: "a", duration_ns: 1 }], 10)).toEqual([{ work: "model", ns: 7 }, { work: "idle", ns: 2 }, { work: "tool", ns: 1 }]);
});

describe("why a trace failed", () => {
  const span = (id: string, depth: number, status: string, more = {}) => ({ span_id: id, depth, status, pending: false, name: id, tool: "", model: "", agent: "a", status_message: "", offset_ns: Number(id), ...more });

  test("is told by where it began, not by who passed it on; the same said twice is one reason", () => {
    const spans = [span("0", 0, "error"), span("1", 1, "error", { tool: "web", status_message: "reset" }), span("2", 1, "ok"), span("3", 1, "error", { tool: "web", status_message: "reset" }), span("4", 1, "error"), span("5", 2, "error", { model: "m", status_message: "429" }), span("6", 2, "ok")];
    const { found, recovered } = reasons(spans);
    expect(found.map((one) => [one.span.span_id, one.times])).toEqual([["1", 2], ["5", 1]]);
    expect(recovered).toBe(false);
  });

  test("what the beginning failed with comes first, whatever failed before", () => {
    const spans = [span("0", 0, "error", { status_message: "429" }), span("1", 1, "error", { status_message: "reset" }), span("2", 1, "error", { status_message: "429" })];
    expect(reasons(spans).found.map((one) => [one.span.span_id, one.ended])).toEqual([["2", true], ["1", false]]);
    expect(reasons([span("0", 0, "error", { status_message: "429" })]).found[0]?.ended).toBe(false);
  });

  test("a trace whose beginning ended well has recovered; one that still runs has not yet", () => {
    expect(reasons([span("0", 0, "ok"), span("1", 1, "error")]).recovered).toBe(true);
    expect(reasons([span("0", 0, "unset", { pending: true }), span("1", 1, "error")]).recovered).toBe(false);
    expect(reasons([])).toEqual({ found: [], recovered: false });
  });
});

describe("what is drawn of very many spans", () => {
  test("steps with nothing visible between them are one stretch", () => {
    const steps = [0, 10, 21, 50].map((offset_ns) => ({ offset_ns, duration_ns: 10 }));
    expect(joined(steps, 1)).toEqual([{ from: 0, to: 31 }, { from: 50, to: 60 }]);
    expect(joined(steps, 0)).toHaveLength(3);
    expect(joined(undefined, 1)).toEqual([]);
  });

  test("the overview has no more parts than dots, and a failure is never painted over", () => {
    const spans = Array.from({ length: 50_000 }, (_, i) => ({ offset_ns: i, duration_ns: 1, kind: i === 777 ? "error" : "tool" }));
    const runs = overview(spans, (s) => s.kind, 50_000, 100, 30);
    expect(runs.length).toBeLessThan(100 * 30);
    expect(runs.filter((run) => run.kind === "error")).toEqual([{ kind: "error", row: 0, from: 1, to: 2 }]);
    expect(Math.max(...runs.map((run) => run.row))).toBe(29);
  });

  test("few spans have a row each, and the shortest is still to be seen", () => {
    const runs = overview([{ offset_ns: 0, duration_ns: 100, kind: "agent" }, { offset_ns: 99, duration_ns: 0, kind: "model" }], (s) => s.kind, 100, 10, 2);
    expect(runs).toEqual([{ kind: "agent", row: 0, from: 0, to: 10 }, { kind: "model", row: 1, from: 9, to: 10 }]);
  });
});

test("a trace grows while spans run, and while the parent of a young one is missing", () => {
  const trace = (pending: number, orphan: boolean) => ({ spans: [{ orphan: false }, { orphan }], summary: { pending, start_time: "2026-01-31T12:00:00Z", duration_ns: 5e9 } });
  const end = Date.UTC(2026, 0, 31, 12, 0, 5);
  expect(growing(trace(0, false), end)).toBe(false);
  expect(growing(trace(1, false), end + 3_600_000)).toBe(true);
  expect(growing(trace(0, true), end + 60_000)).toBe(true);
  expect(growing(trace(0, true), end + 3_600_000)).toBe(false);
});
