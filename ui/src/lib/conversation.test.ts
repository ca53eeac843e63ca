import { expect, test } from "vitest";
import { conversationMarkdown } from "./conversation";

const summary = { session: "s-1", title: "Where is <b>order</b> 7?", outcome: "fine", turns: 1, agents: ["planner"], input_tokens: 10, output_tokens: 2, cost_usd: 0.5 };
const turn = { index: 0, trace_id: "ab".repeat(16), name: "turn", start_time: "2026-01-31T12:00:00.000000001Z", duration_ns: 2e9, spans: 3, errors: 1, cost_usd: 0.5 };
const say = (text: string, more = {}) => ({ key: "gen_ai.input.messages", role: "user", direction: "input" as const, text, raw: text, missing: false, turn: 0, time: "2026-01-31T12:00:01.5Z", agent: "planner", model: "m", tool: "", ...more });
const written = (...conversation: ReturnType<typeof say>[]) => conversationMarkdown({ summary, turns: [turn], conversation, truncated: false });

test("a session reads turn by turn: who said what and when, and what a turn took", () => {
  expect(written(say("Where is it?\nTell me."), say("On its way.", { role: "assistant", direction: "output" }))).toBe(`# Where is \\<b\\>order\\</b\\> 7?

- Session s-1
- 1 turn
- fine
- agents planner
- 12 tokens
- $0.50

## Turn 1

2026-01-31T12:00:00Z, 2 s, 3 spans, 1 failed, $0.50, trace ${turn.trace_id}

**user** (planner, m), 2026-01-31T12:00:01Z

> Where is it?
> Tell me.

**assistant** (planner, m), 2026-01-31T12:00:01Z

> On its way.
`);
});

test.each(["<script>alert(1)</script>", "![x](https://evil.example/pixel)", "```\n# Turn 9\n````", "~~~\nopen"])("what agents wrote draws and loads nothing: %j", (text) => {
  const after = written(say(text)).split("12:00:01Z\n\n")[1] ?? "";
  const fence = after.split("text\n")[0] ?? "";
  expect(fence).toMatch(/^`{3,}$/);
  expect(after).toBe(`${fence}text\n${text}\n${fence}\n`);
  expect(text.includes(fence)).toBe(false);
});

test("what was erased is said to be, and what belongs to no turn that is shown is there", () => {
  expect(written(say("", { missing: true }))).toContain("*The text was erased or has expired.*");
  expect(written(say("lost", { turn: -1 }))).toContain("## Of other turns\n\n**user** (planner, m), 2026-01-31T12:00:01Z\n\n> lost");
});
