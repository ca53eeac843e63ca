import { useNavigate } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { barsPicture } from "@/components/paint";
import { SaveChart } from "@/components/SaveChart";
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
  const first = shown[0];
  const last = shown.at(-1);
  const picture = () => barsPicture(shown.map((t) => ({ value: t.duration_ns, token: t.errors > 0 ? "--bad" : "--accent" })), [first, last].flatMap((t) => (t ? [`${stamp(parseTime(t.start_time))}, ${duration(t.duration_ns)}`] : [])));
  return (
    <div className={css.took}>
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
      <SaveChart label="How long the runs took" canvas={picture} records={() => shown} legend={[{ label: "failed", token: "--bad" }]} />
    </div>
  );
}
