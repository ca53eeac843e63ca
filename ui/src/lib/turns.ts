/** What is different between one call of a model and the call before it. Pure. */

type Message = { direction: string; role: string; text: string; hash: string };
type Call = { model: string; messages: readonly Message[]; attributes: Record<string, unknown> };

export type Line = { mark: "+" | "-" | " "; text: string };
export type TurnChange<M> = { added: number; dropped: M[]; rewritten: { before: M; after: M }[]; settings: { name: string; before: string; after: string }[] };

const SETTING = /^(gen_ai\.request\.|llm\.invocation_parameters|llm\.request\.|gen_ai\.tool\.definitions)/;
const LINES_MAX = 400;

const inputs = <M extends Message>(call: { messages: readonly M[] }) => call.messages.filter((m) => m.direction !== "output");
const said = (value: unknown) => (value === undefined ? "none" : typeof value === "string" ? value : JSON.stringify(value));

/** How the input of `after` came out of that of `before`. A system prompt that was there and is another now counts as rewritten. */
export function turnChange<M extends Message>(before: Call & { messages: readonly M[] }, after: Call & { messages: readonly M[] }): TurnChange<M> {
  const now = new Set(after.messages.map((m) => m.hash));
  const then = new Set(before.messages.map((m) => m.hash));
  const thenSaid = new Set(before.messages.map((m) => m.text).filter(Boolean));
  const dropped = inputs(before).filter((m) => !now.has(m.hash));
  const fresh = inputs(after).filter((m) => !then.has(m.hash) && !thenSaid.has(m.text));
  const system = (m: M) => m.direction === "system";
  const rewritten = dropped.filter(system).flatMap((m, i) => {
    const other = fresh.filter(system)[i];
    return other ? [{ before: m, after: other }] : [];
  });
  const pairs = new Set(rewritten.flatMap((r) => [r.before, r.after]));
  const names = [...new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)])].filter((n) => SETTING.test(n)).sort();
  const settings = names.map((name) => ({ name, before: said(before.attributes[name]), after: said(after.attributes[name]) })).filter((s) => s.before !== s.after);
  if (before.model !== after.model && !settings.some((s) => s.name === "gen_ai.request.model")) settings.unshift({ name: "model", before: before.model || "none", after: after.model || "none" });
  return { added: fresh.filter((m) => !pairs.has(m)).length, dropped: dropped.filter((m) => !pairs.has(m)), rewritten, settings };
}

/** Line by line, what was taken out and put in. Texts of more lines than LINES_MAX are told as a whole. */
export function lineChanges(before: string, after: string): Line[] {
  const a = before.split("\n");
  const b = after.split("\n");
  const mark = (lines: string[], sign: Line["mark"]) => lines.map((text) => ({ mark: sign, text }));
  if (a.length > LINES_MAX || b.length > LINES_MAX) return [...mark(a, "-"), ...mark(b, "+")];
  const width = b.length + 1;
  const best = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i * width + j] = a[i] === b[j] ? 1 + (best[(i + 1) * width + j + 1] ?? 0) : Math.max(best[(i + 1) * width + j] ?? 0, best[i * width + j + 1] ?? 0);
    }
  }
  const out: Line[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length; ) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ mark: " ", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && (best[(i + 1) * width + j] ?? 0) >= (best[i * width + j + 1] ?? 0))) out.push({ mark: "-", text: a[i++] ?? "" });
    else out.push({ mark: "+", text: b[j++] ?? "" });
  }
  return out;
}
