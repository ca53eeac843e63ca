/** Two traces step by step: which spans correspond. Pure. */
import { workOf } from "./palette";

type Step = { span_id: string; depth: number; name: string; operation: string; tool: string; model: string; peer_agent: string; agent: string };

export type Pair<S> = { left?: S; right?: S };

/** So many steps of each trace are aligned; a table of their product is filled. */
export const STEPS_MAX = 1500;

/** What makes two steps alike: what is done and with what, not by which run of it. Numbers in names are left out. */
export function sameness(span: Step): string {
  const work = workOf(span);
  const what = work === "tool" ? span.tool || span.name : work === "agent" ? span.peer_agent || span.agent || span.name : span.name;
  return `${work}\n${what.replaceAll(/[0-9a-f]{8,}|\d+/gi, "#")}`;
}

/** Pairs in order: the longest common sequence of like steps, weighted towards equal depth; what stands alone comes where it ran. */
export function align<S extends Step>(a: readonly S[], b: readonly S[]): Pair<S>[] {
  const left = a.slice(0, STEPS_MAX);
  const right = b.slice(0, STEPS_MAX);
  const keys = [left, right].map((side) => side.map(sameness));
  const width = right.length + 1;
  const best = new Float64Array((left.length + 1) * width);
  const gain = (i: number, j: number) => (keys[0]?.[i] === keys[1]?.[j] ? 1 + (left[i]?.depth === right[j]?.depth ? 0.25 : 0) : 0);
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const both = gain(i, j);
      best[i * width + j] = Math.max(best[(i + 1) * width + j] ?? 0, best[i * width + j + 1] ?? 0, both > 0 ? both + (best[(i + 1) * width + j + 1] ?? 0) : 0);
    }
  }
  const pairs: Pair<S>[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const both = i < left.length && j < right.length ? gain(i, j) : 0;
    if (both > 0 && best[i * width + j] === both + (best[(i + 1) * width + j + 1] ?? 0)) pairs.push({ left: left[i++], right: right[j++] });
    else if (j >= right.length || (i < left.length && (best[(i + 1) * width + j] ?? 0) >= (best[i * width + j + 1] ?? 0))) pairs.push({ left: left[i++] });
    else pairs.push({ right: right[j++] });
  }
  return pairs;
}
