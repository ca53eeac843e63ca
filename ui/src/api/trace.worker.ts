/** Reads the answer for a large trace, away from the main thread, and hands it over in parts that are each taken in at once. */
import { packed, type Columns, type Sent } from "@/lib/columns";
import type { Schema } from "./client";

type Trace = Schema<"Trace">;
/** `spans`: some more, in order. `end`: the trace without its spans, and its columns where it came as columns. */
export type Part = { id: number } & ({ kind: "spans"; spans: Trace["spans"] } | { kind: "end"; trace: Trace; columns: Columns | undefined } | { kind: "failed"; reason: string });

const PART = 100; // spans with all that they brought

function read(id: number, bytes: ArrayBuffer): void {
  const tell = (part: Part, transfer: ArrayBufferLike[] = []) => self.postMessage(part, { transfer: transfer as ArrayBuffer[] });
  const trace = JSON.parse(new TextDecoder().decode(bytes)) as Trace;
  for (let from = 0; from < trace.spans.length; from += PART) tell({ id, kind: "spans", spans: trace.spans.slice(from, from + PART) });
  const rest = { ...trace, spans: [], columns: null };
  if (!trace.columns) return tell({ id, kind: "end", trace: rest, columns: undefined });
  const { columns, buffers } = packed(trace.columns as Sent);
  tell({ id, kind: "end", trace: rest, columns }, buffers);
}

self.onmessage = (event: MessageEvent<{ id: number; bytes: ArrayBuffer }>) => {
  const { id, bytes } = event.data;
  try {
    read(id, bytes);
  } catch (error) {
    self.postMessage({ id, kind: "failed", reason: String(error) } satisfies Part);
  }
};
