import { describe, expect, test } from "vitest";
import { descendants, ticks, transcript, visible, type CardSpan } from "./trace";

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
  expect(ticks(0, 0, 4)).toEqual([]);
});

describe("the transcript", () => {
  const span = (id: string, depth: number, offset_ns: number, more: Partial<CardSpan>): CardSpan => ({
    span_id: id, depth, offset_ns, operation: "", tool: "", model: "", peer_agent: "", agent: "", status: "ok", messages: [], ...more,
  });
  const message = (hash: string, direction = "input") => ({ key: "k", direction, role: "", text: hash, raw: hash, hash, missing: false });

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
