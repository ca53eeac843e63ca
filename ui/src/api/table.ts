/** The fleet as typed columns: entry i of every column is agent i. Kept in the worker; the page gets copies that it owns. */
import type { Schema } from "./client";

export const TEXTS = ["agent", "name", "kind", "model", "service", "team", "node"] as const;
export const NUMBERS = ["since_ms", "last_seen_ms", "spans", "errors", "latency_p95_ms", "tokens", "cost_usd", "pending", "health"] as const;

export type TextName = (typeof TEXTS)[number];
export type NumberName = (typeof NUMBERS)[number];
export type Wire = Schema<"FleetColumns">;
export type Texts = Record<TextName, string[]>;
/** `state`: index of the condition, so that who fails is shown as failing. */
export type Numbers = { state: Uint8Array } & Record<NumberName, Float64Array>;
type Sent = Pick<Wire, "at" | "condition" | NumberName>;
/** What the server sends after the snapshot: numbers of the places `at`, and names of those that are new or have others. */
export type Delta = Sent & Pick<Wire, "version" | "fleet" | "changes"> & { named: (Texts & { at: number[] }) | null };
export type Past = Schema<"FleetPast">;
/** An agent that came into trouble, out of it, or is new (`before` is empty). */
export type Change = { line: number; time_ms: number; before: string; after: string };

/** `changes` and `past` where they are others than before. `texts`: all of them anew, or those of the lines `at`; absent: none changed. Numbers are always all; NaN where there is none. `rank`: lines by name, sent with texts. */
export type Update = {
  version: number;
  states: string[];
  figures: Schema<"Fleet">;
  changes?: Change[];
  past?: Past[];
  n: number;
  numbers: Numbers;
  texts?: { at?: number[]; values: Texts };
  rank?: Uint32Array;
};

const ROOM = 1024;
const CHANGES_MAX = 200;
const PAST_MAX = 180;
const PAST_EVERY_MS = 5000;

function grown<T extends Uint8Array | Float64Array>(old: T, n: number): T {
  if (old.length >= n) return old;
  const wider = new (old.constructor as new (n: number) => T)(Math.max(n, old.length * 2, ROOM));
  wider.set(old);
  return wider;
}

export const noTexts = (): Texts => ({ agent: [], name: [], kind: [], model: [], service: [], team: [], node: [] });

function pastOf(figures: Schema<"Fleet">): Past {
  const { conditions, trouble, agents, spans_per_s, error_ratio, tokens_per_s, cost_usd_per_hour, health } = figures;
  return { time_ms: Date.parse(figures.time), agents, working: conditions.working, trouble, spans_per_s, error_ratio, tokens_per_s, cost_usd_per_hour, health };
}

export class FleetTable {
  n = 0;
  private texts = noTexts();
  private numbers: Numbers;
  private lines = new Map<number, number>();
  private states: string[] = [];
  private figures = {} as Schema<"Fleet">;
  private changes: Change[] = [];
  private past: Past[] = [];
  private told: { changes?: Change[]; past?: Past[] } = {};
  private version = 0;

  constructor() {
    this.numbers = { state: new Uint8Array(ROOM) } as Numbers;
    for (const name of NUMBERS) this.numbers[name] = new Float64Array(ROOM);
  }

  /** Everything anew. */
  load(wire: Wire): Update {
    this.n = wire.at.length;
    this.lines = new Map(wire.at.map((place, line) => [place, line]));
    const values = noTexts();
    for (const name of TEXTS) {
      values[name] = wire[name];
      this.texts[name] = wire[name].slice();
    }
    this.states = wire.conditions;
    this.past = wire.past;
    this.changes = [];
    this.room();
    this.put(wire);
    this.take(wire);
    return this.update({ values });
  }

  /** The changed lines; new agents come at the end. Undefined: it speaks of agents that this table has no name for, so that a snapshot is due. */
  merge(delta: Delta): Update | undefined {
    const at = this.name(delta.named);
    if (!delta.at.every((place) => this.lines.has(place))) return undefined;
    this.put(delta);
    this.take(delta);
    if (at.length === 0) return this.update();
    const values = noTexts();
    for (const name of TEXTS) values[name] = at.map((line) => this.texts[name][line] ?? "");
    return this.update({ at, values });
  }

  private name(named: Delta["named"]): number[] {
    if (!named) return [];
    const at = named.at.map((place, i) => {
      let line = this.lines.get(place);
      if (line === undefined) {
        line = this.n;
        this.n += 1;
        this.lines.set(place, line);
      }
      for (const name of TEXTS) this.texts[name][line] = named[name][i] ?? "";
      return line;
    });
    this.room();
    return at;
  }

  private room(): void {
    this.numbers.state = grown(this.numbers.state, this.n);
    for (const name of NUMBERS) this.numbers[name] = grown(this.numbers[name], this.n);
  }

  private put(from: Sent): void {
    const lines = from.at.map((place) => this.lines.get(place) ?? 0);
    lines.forEach((line, i) => (this.numbers.state[line] = from.condition[i] ?? 0));
    for (const name of NUMBERS) {
      const column = this.numbers[name];
      lines.forEach((line, i) => (column[line] = from[name][i] ?? NaN));
    }
  }

  private take(from: Pick<Wire, "version" | "fleet" | "changes">): void {
    this.version = from.version;
    this.figures = from.fleet;
    const fresh: Change[] = [];
    const known = new Set(this.changes.map((c) => `${c.line} ${c.time_ms} ${c.after}`));
    for (const { at, time_ms, before, after } of from.changes) {
      const line = this.lines.get(at);
      if (line !== undefined && !known.has(`${line} ${time_ms} ${after}`)) fresh.push({ line, time_ms, before, after });
    }
    if (fresh.length) this.changes = [...this.changes, ...fresh].slice(-CHANGES_MAX);
    const now = pastOf(from.fleet);
    if (now.time_ms - (this.past.at(-1)?.time_ms ?? 0) >= PAST_EVERY_MS) this.past = [...this.past, now].slice(-PAST_MAX);
  }

  private update(texts?: Update["texts"]): Update {
    const numbers = { state: this.numbers.state.slice(0, this.n) } as Numbers;
    for (const name of NUMBERS) numbers[name] = this.numbers[name].slice(0, this.n);
    const { version, states, figures, n } = this;
    const changes = this.changes === this.told.changes ? undefined : this.changes;
    const past = this.past === this.told.past ? undefined : this.past;
    this.told = { changes: this.changes, past: this.past };
    return { version, states, figures, changes, past, n, numbers, texts, rank: texts && this.ranked() };
  }

  private ranked(): Uint32Array {
    const { agent, name } = this.texts;
    const keys = agent.map((id, i) => name[i] || id);
    return Uint32Array.from(keys.keys()).sort((a, b) => ((keys[a] ?? "") < (keys[b] ?? "") ? -1 : keys[a] === keys[b] ? a - b : 1));
  }
}

/** The memory of an update that changes hands instead of being copied. */
export function owned(update: Update): ArrayBufferLike[] {
  const buffers: ArrayBufferLike[] = [update.numbers.state.buffer, ...NUMBERS.map((name) => update.numbers[name].buffer)];
  return update.rank ? [...buffers, update.rank.buffer] : buffers;
}
