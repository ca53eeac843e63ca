/** One trace, however large, without a moment in which the page stands still. */
import { spansOf, stepsOf, type Columns } from "@/lib/columns";
import { ask, type Schema } from "./client";
import type { Part } from "./trace.worker";

type Trace = Schema<"Trace">;

const SPANS_MAX = 50_000;
/** More spans than this come without attributes and messages; those of one are asked for when it is opened. */
const DETAILS_MAX = 2000;
/** Answers up to this size are read where they arrive: a worker takes longer to start. */
const HERE_BYTES = 300_000;
/** Spans that are put together before the page gets its turn again. */
const AT_ONCE = 4000;

let worker: Worker | undefined;
let asked = 0;

const breath = () => new Promise<void>((resolve) => setTimeout(resolve));

/** The bytes of an answer as a trace, read by the worker. */
function elsewhere(bytes: ArrayBuffer): Promise<{ trace: Trace; columns: Columns | undefined }> {
  worker ??= new Worker(new URL("./trace.worker.ts", import.meta.url), { type: "module" });
  const reader = worker;
  const id = (asked += 1);
  const spans: Trace["spans"] = [];
  return new Promise((resolve, reject) => {
    const hear = ({ data: part }: MessageEvent<Part>) => {
      if (part.id !== id) return;
      if (part.kind === "spans") return void spans.push(...part.spans);
      reader.removeEventListener("message", hear);
      if (part.kind === "end") resolve({ trace: { ...part.trace, spans }, columns: part.columns });
      else reject(new Error(`The answer for the trace cannot be read: ${part.reason}`));
    };
    reader.addEventListener("message", hear);
    reader.postMessage({ id, bytes }, [bytes]);
  });
}

async function unpacked(trace: Trace, columns: Columns, signal: AbortSignal): Promise<Trace> {
  const whole: Trace = { ...trace, spans: [], critical_path: [] };
  const rows = columns.span_id.length;
  const steps = columns.path.at.length;
  for (let from = 0; from < Math.max(rows, steps); from += AT_ONCE) {
    whole.spans.push(...(spansOf(columns, trace.summary.trace_id, from, Math.min(rows, from + AT_ONCE)) as Trace["spans"]));
    whole.critical_path.push(...stepsOf(columns, from, Math.min(steps, from + AT_ONCE)));
    await breath();
    signal.throwIfAborted();
  }
  return whole;
}

export async function openTrace(id: string, signal: AbortSignal): Promise<Trace> {
  const response = await ask("/api/v1/traces/{trace_id}", { path: { trace_id: id }, query: { limit: SPANS_MAX, details: DETAILS_MAX, columns: true }, signal });
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength <= HERE_BYTES) return JSON.parse(new TextDecoder().decode(bytes)) as Trace;
  const { trace, columns } = await elsewhere(bytes);
  return columns ? unpacked(trace, columns, signal) : trace;
}

/** The whole trace as the server tells it, for a file. */
export async function traceFile(id: string): Promise<Blob> {
  return (await ask("/api/v1/traces/{trace_id}", { path: { trace_id: id }, query: { limit: 100_000 } })).blob();
}
