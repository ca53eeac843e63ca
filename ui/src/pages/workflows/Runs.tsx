import { useNavigate } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { cx } from "@/lib/cx";
import { duration, money } from "@/lib/format";
import { parseTime, stamp } from "@/lib/time";
import css from "./Workflows.module.css";

const RUNS_MAX = 200;

/** The runs in their order as bars of how long they took; a press opens one. */
export function Runs({ traces }: { traces: Schema<"TraceRow">[] }) {
  const navigate = useNavigate();
  const shown = traces.slice(-RUNS_MAX);
  const longest = Math.max(1, ...shown.map((t) => t.duration_ns));
  return (
    <figure className={css.bars} aria-label="How long the runs took, oldest first">
      {shown.map((trace) => (
        <button
          key={trace.trace_id}
          type="button"
          tabIndex={-1}
          aria-label={`${trace.name}, ${duration(trace.duration_ns)}`}
          className={cx(css.run, trace.errors > 0 && css.failed, trace.pending > 0 && css.running)}
          title={`${trace.name} by ${trace.agent}\n${stamp(parseTime(trace.start_time))}\n${duration(trace.duration_ns)}, ${money(trace.cost_usd)}${trace.errors ? `, ${trace.errors} failed` : ""}`}
          onClick={() => void navigate({ to: "/traces/$trace", params: { trace: trace.trace_id } })}
        >
          <i style={{ height: `${Math.max(3, (100 * trace.duration_ns) / longest)}%` }} />
        </button>
      ))}
    </figure>
  );
}
