/** Arithmetic of one trace. Spans come from the server parents first, siblings by start time. */
import { workOf, type Work } from "./palette";
import { parseTime } from "./time";

export type TreeSpan = { span_id: string; depth: number };

/** The next span that is not below `index`. */
function after(spans: readonly TreeSpan[], index: number): number {
  const depth = spans[index]?.depth ?? 0;
  let next = index + 1;
  while (next < spans.length && (spans[next]?.depth ?? 0) > depth) next += 1;
  return next;
}

/** Positions of the spans that are shown while those in `closed` are folded. */
export function visible(spans: readonly TreeSpan[], closed: ReadonlySet<string>): number[] {
  const shown: number[] = [];
  for (let i = 0; i < spans.length; ) {
    shown.push(i);
    i = closed.has(spans[i]?.span_id ?? "") ? after(spans, i) : i + 1;
  }
  return shown;
}

/** How many spans lie below each span. */
export function descendants(spans: readonly TreeSpan[]): Int32Array {
  const below = new Int32Array(spans.length);
  const open: number[] = [];
  const close = (depth: number, at: number) => {
    while (open.length > 0 && (spans[open.at(-1) ?? 0]?.depth ?? 0) >= depth) {
      const index = open.pop() ?? 0;
      below[index] = at - index - 1;
    }
  };
  spans.forEach((span, i) => {
    close(span.depth, i);
    open.push(i);
  });
  close(-1, spans.length);
  return below;
}

const SECOND_NS = 1e9;
/** What is round on a clock: of seconds, minutes, hours and days. */
const CLOCK_S = [15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Round positions for a ruler from one moment to another, in nanoseconds, at most about `wanted` of them. */
export function ticks(from: number, to: number, wanted: number): number[] {
  const span = to - from;
  if (!(span > 0)) return [];
  const rough = span / Math.max(1, wanted);
  const size = 10 ** Math.floor(Math.log10(rough));
  const round = rough > 10 * SECOND_NS ? CLOCK_S.map((s) => s * SECOND_NS) : [1, 2, 5, 10].map((f) => f * size);
  const step = round.find((s) => s >= rough) ?? size * 10;
  const found: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
  return found;
}

type Message = { key: string; direction: string; role: string; text: string; raw: string; hash: string; missing: boolean; setting: boolean; repeats: boolean };

export type CardSpan = TreeSpan & {
  operation: string;
  tool: string;
  model: string;
  peer_agent: string;
  agent: string;
  status: string;
  messages: Message[];
  offset_ns: number;
};

/** One entry of the transcript: what a span said, did, or handed over. */
export type Card<S> = {
  span: S;
  work: Work;
  /** Messages that no span before has carried. */
  fresh: Message[];
  /** How many were carried before and are folded. */
  seen: Message[];
  output: Message[];
  /** Nesting of agents, not of spans. */
  level: number;
  /** The call of a model by the same agent that came before. */
  before?: S;
};

/** The trace as people tell it: messages, tool calls and delegations in order of their start, plumbing left out. */
export function transcript<S extends CardSpan>(spans: readonly S[]): Card<S>[] {
  const known = new Set<string>();
  const levels: { depth: number; level: number }[] = [];
  const cards: (Card<S> & { order: number })[] = [];
  spans.forEach((span, order) => {
    while (levels.length > 0 && (levels.at(-1)?.depth ?? 0) >= span.depth) levels.pop();
    const level = levels.at(-1)?.level ?? 0;
    const work = workOf(span);
    if (work === "agent") levels.push({ depth: span.depth, level: level + 1 });
    if (work === "other" && span.messages.length === 0 && span.status !== "error") return;
    cards.push({ span, work, fresh: [], seen: [], output: [], level, order });
  });
  cards.sort((a, b) => a.span.offset_ns - b.span.offset_ns || a.order - b.order);
  const calls = new Map<string, S>();
  const said = new Set<string>();
  for (const card of cards) {
    if (card.work === "model") {
      card.before = calls.get(card.span.agent);
      calls.set(card.span.agent, card.span);
    }
    for (const message of card.span.messages) {
      if (message.repeats) continue;
      const isOutput = message.direction === "output";
      // An answer comes back in the next prompt, often wrapped otherwise: it was said all the same.
      const before = known.has(message.hash) || (message.text !== "" && said.has(message.text));
      if (isOutput && message.text) said.add(message.text);
      if (isOutput) card.output.push(message);
      else (before ? card.seen : card.fresh).push(message);
      known.add(message.hash);
    }
  }
  return cards;
}

export type Stretch = { from: number; to: number };

/** Stretches of a trace in which nothing on its critical path ran, the longest at most `most`, by time. */
export function gaps(steps: readonly { offset_ns: number; duration_ns: number }[], totalNs: number, most = 40): Stretch[] {
  const found: Stretch[] = [];
  let reached = 0;
  for (const step of [...steps].sort((a, b) => a.offset_ns - b.offset_ns)) {
    if (step.offset_ns > reached) found.push({ from: reached, to: step.offset_ns });
    reached = Math.max(reached, step.offset_ns + step.duration_ns);
  }
  if (totalNs > reached) found.push({ from: reached, to: totalNs });
  return found.sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, most).sort((a, b) => a.from - b.from);
}

type Timed = TreeSpan & { offset_ns: number; duration_ns: number };

/** When a span's children ran, within it, joined where nothing visible lies between them: then it waited. */
export function waits(spans: readonly Timed[], index: number, finestNs: number): Stretch[] {
  const span = spans[index];
  if (!span) return [];
  const end = span.offset_ns + span.duration_ns;
  const found: Stretch[] = [];
  for (let i = index + 1; i < spans.length && (spans[i]?.depth ?? 0) > span.depth; i += 1) {
    const child = spans[i];
    if (!child || child.depth !== span.depth + 1) continue;
    const from = Math.max(child.offset_ns, span.offset_ns);
    const to = Math.min(child.offset_ns + child.duration_ns, end);
    const last = found.at(-1);
    if (to <= from) continue;
    if (last && from <= last.to + finestNs) last.to = Math.max(last.to, to);
    else found.push({ from, to });
  }
  return found;
}

/** Steps by time as stretches, joined where nothing visible lies between them. */
export function joined(steps: readonly { offset_ns: number; duration_ns: number }[] = [], finestNs: number): Stretch[] {
  const found: Stretch[] = [];
  for (const { offset_ns: from, duration_ns } of steps) {
    const last = found.at(-1);
    if (last && from <= last.to + finestNs) last.to = Math.max(last.to, from + duration_ns);
    else found.push({ from, to: from + duration_ns });
  }
  return found;
}

export type Run = { kind: string; row: number; from: number; to: number };

/**
 * A picture of all spans in `rows` rows of `columns` dots: spans in order from top to bottom, each at least one dot wide.
 * Where several fall on a dot, failed ones stay in sight, else the last one.
 */
export function overview<S extends { offset_ns: number; duration_ns: number }>(spans: readonly S[], kindOf: (span: S) => string, totalNs: number, columns: number, rows: number): Run[] {
  const kinds: string[] = ["", "error"];
  const dots = new Uint8Array(columns * rows);
  spans.forEach((span, i) => {
    const name = kindOf(span);
    let kind = kinds.indexOf(name);
    if (kind < 0) kind = kinds.push(name) - 1;
    const row = Math.min(rows - 1, Math.floor((i * rows) / spans.length));
    const from = Math.max(0, Math.min(columns - 1, Math.floor((span.offset_ns / totalNs) * columns)));
    const to = Math.min(columns, Math.max(from + 1, Math.round(((span.offset_ns + span.duration_ns) / totalNs) * columns)));
    const start = row * columns;
    for (let x = start + from; x < start + to; x += 1) if (dots[x] !== 1) dots[x] = kind;
  });
  const found: Run[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (let x = 0; x < columns; ) {
      const kind = dots[row * columns + x] ?? 0;
      let to = x + 1;
      while (to < columns && dots[row * columns + to] === kind) to += 1;
      if (kind > 0) found.push({ kind: kinds[kind] ?? "", row, from: x, to });
      x = to;
    }
  }
  return found;
}

/** The time of the critical path by kind of work, and what is left over. */
export function breakdown(spans: readonly (CardSpan & { span_id: string })[], steps: readonly { span_id: string; duration_ns: number }[], totalNs: number): { work: Work | "idle"; ns: number }[] {
  const works = new Map(spans.map((s) => [s.span_id, workOf(s)]));
  const sums = new Map<Work | "idle", number>();
  let ran = 0;
  for (const step of steps) {
    const work = works.get(step.span_id) ?? "other";
    sums.set(work, (sums.get(work) ?? 0) + step.duration_ns);
    ran += step.duration_ns;
  }
  if (totalNs > ran) sums.set("idle", totalNs - ran);
  return [...sums].map(([work, ns]) => ({ work, ns })).sort((a, b) => b.ns - a.ns);
}

export type FailedSpan = TreeSpan & { status: string; pending: boolean; name: string; tool: string; model: string; agent: string; status_message: string; offset_ns: number };

/**
 * Where failures began: failed spans with no failed span below them, those that say the same counted together, the earliest first.
 * `ended`: a beginning of the trace failed with these words; they come before all others. `recovered`: every beginning ended well all the same.
 */
export function reasons<S extends FailedSpan>(spans: readonly S[]): { found: { span: S; times: number; ended: boolean }[]; recovered: boolean } {
  const found = new Map<string, { span: S; times: number; ended: boolean }>();
  const tops = spans.filter((span) => span.depth === 0);
  const last = new Set(tops.filter((span) => span.status === "error").map((span) => span.status_message));
  const below = descendants(spans);
  const before = [0];
  for (const span of spans) before.push((before.at(-1) ?? 0) + Number(span.status === "error"));
  spans.forEach((span, i) => {
    const deeper = (before[i + 1 + (below[i] ?? 0)] ?? 0) - (before[i + 1] ?? 0);
    if (span.status !== "error" || deeper > 0) return;
    const key = JSON.stringify([span.tool || span.model || span.name, span.agent, span.status_message]);
    const old = found.get(key);
    found.set(key, { span: old && old.span.offset_ns <= span.offset_ns ? old.span : span, times: (old?.times ?? 0) + 1, ended: span.depth > 0 && span.status_message !== "" && last.has(span.status_message) });
  });
  return {
    found: [...found.values()].sort((a, b) => Number(b.ended) - Number(a.ended) || a.span.offset_ns - b.span.offset_ns),
    recovered: tops.length > 0 && tops.every((span) => span.status !== "error" && !span.pending),
  };
}

const UNDER_WAY_MS = 120_000;

type Lasting = { pending: number; start_time: string; duration_ns: number };

/** Whether more of a trace is to come: spans run, or it is young and one that is to end after all that came is `missing`. `now`: unix milliseconds. */
export function followed({ pending, start_time, duration_ns }: Lasting, missing: boolean, now: number): boolean {
  return pending > 0 || (missing && now - (parseTime(start_time) + duration_ns / 1e6) < UNDER_WAY_MS);
}

/** The same of a trace whose spans are known: the parent of one of them has not arrived. */
export function growing(trace: { spans: readonly { orphan: boolean }[]; summary: Lasting }, now: number): boolean {
  return followed(trace.summary, trace.spans.some((span) => span.orphan), now);
}
