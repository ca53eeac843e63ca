import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Schema } from "@/api/client";
import { count, duration, plural } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import { followed } from "@/lib/trace";
import { useNarrow, useNow } from "@/lib/use";
import { Ago } from "./Ago";
import { Badge } from "./Badge";
import { DataTable, type Column, type Sort } from "./DataTable";
import { Middle } from "./Middle";
import { Spent } from "./Spent";
import css from "./TraceList.module.css";

export type TraceRow = Schema<"TraceRow">;

/** A dot per outcome; the longest trace of the page sets the scale of the bars, for which a phone has no room. */
function columnsFor(longest: number, sort: Sort | undefined, phone: boolean, now: number): Column<TraceRow>[] {
  return [
    {
      id: "name",
      header: "Trace",
      width: { share: 6, min: phone ? 190 : 226 },
      narrow: true,
      wrap: true,
      hint: "The name of its first span, and what was asked",
      cell: (trace) => (phone ? <Lines trace={trace} /> : <Name trace={trace} />),
    },
    { drop: 0.5, id: "agent", header: "Agent", width: { share: 1, min: 136 }, cell: (trace) => <Who trace={trace} /> },
    { id: "errors", header: "Status", width: 88, sortable: true, narrow: true, cell: (trace) => <Outcome trace={trace} now={now} /> },
    {
      id: "duration",
      header: "Duration",
      width: phone ? 88 : 132,
      end: true,
      sortable: true,
      narrow: true,
      below: (trace) => <Ago time={sort ? trace.matched_time : trace.start_time} />,
      cell: (trace) => (
        <span className={css.duration}>
          <span className={css.bar} style={{ width: `${Math.max(1.5, (trace.duration_ns / longest) * 100)}%` }} />
          <span className={css.took}>{duration(trace.duration_ns)}</span>
        </span>
      ),
    },
    { drop: 3, id: "spans", header: "Spans", width: 66, end: true, cell: (trace) => count(trace.spans) },
    { drop: 2, id: "tokens", header: "Tokens", width: 80, end: true, sortable: true, cell: (trace) => count(trace.input_tokens + trace.output_tokens) },
    { drop: 1, id: "cost", header: "Cost", width: 92, end: true, sortable: true, cell: (trace) => <Spent usd={trace.cost_usd} unpriced={trace.unpriced} /> },
    { drop: 2.2, id: "models", header: "Models", width: { share: 1, min: 100 }, cell: (trace) => <bdi title={trace.models.join(", ")}>{trace.models.join(", ")}</bdi> },
    { id: "started", header: "Started", width: 96, end: true, ...(sort && { drop: 2.1 }), cell: (trace) => <Ago time={trace.start_time} /> },
    ...(sort ? [matchedColumn(sort)] : []),
  ];
}

/** Lists that can be sorted stand by the span that matched: a trace that goes on is news although it began long ago. */
function matchedColumn(sort: Sort): Column<TraceRow> {
  const which = sort.id === "time" && !sort.desc ? "oldest" : "newest";
  return { id: "time", header: which === "oldest" ? "Oldest span" : "Newest span", width: 116, end: true, sortable: true, hint: `When its ${which} matching span began; the trace may have started before`, cell: (trace) => <Ago time={trace.matched_time} /> };
}

/** Whether the name of a trace says no more than who worked: `invoke_agent planner`, `planner.agent`. Exported for tests. */
export function repeats(name: string, agent: string): boolean {
  return agent !== "" && name.includes(agent) && /^(?:invoke|create|run|agent|[\s._:/-])*$/i.test(name.replace(agent, ""));
}

function Name({ trace }: { trace: TraceRow }) {
  const asks = !!trace.asked && repeats(trace.name, trace.agent);
  return (
    <Link to="/traces/$trace" params={{ trace: trace.trace_id }} className={css.trace} title={[trace.name, trace.asked, trace.trace_id].filter(Boolean).join("\n")}>
      {!asks && <bdi className={css.name}>{trace.name || "unnamed"}</bdi>}
      {trace.asked && <bdi className={asks ? css.only : css.asked}>{trace.asked}</bdi>}
    </Link>
  );
}

/** On a phone: who worked, and below it on what; the name of the first span where nobody asked. */
function Lines({ trace }: { trace: TraceRow }) {
  const who = trace.agent || trace.service;
  return (
    <Link to="/traces/$trace" params={{ trace: trace.trace_id }} className={css.lines} title={trace.trace_id}>
      <bdi className={css.name}>{who || trace.name || "unnamed"}</bdi>
      <bdi className={css.asked}>{trace.asked || (who ? trace.name : "")}</bdi>
    </Link>
  );
}

function Who({ trace }: { trace: TraceRow }) {
  const others = trace.agents.filter((agent) => agent !== trace.agent).length;
  return (
    <span className={css.who} title={trace.agents.join(", ")}>
      <Middle text={trace.agent || trace.service || "—"} title="" /> {others > 0 && <span className="dim">+{others}</span>}
    </span>
  );
}

/** A trace is told to be over by its root, which ends last: until it has come, what there is of it is not the whole. */
function Outcome({ trace, now }: { trace: TraceRow; now: number }) {
  if (trace.errors > 0) return <Badge tone="bad">{count(trace.errors)} {OUTCOME.failed}</Badge>;
  if (followed(trace, !trace.rooted, now)) return <span title={trace.pending > 0 ? `${plural(trace.pending, "span")} open` : "its first span has not ended yet"}><Badge tone="info">{OUTCOME.running}</Badge></span>;
  return <span className="dim" title={trace.rooted ? undefined : "its first span never came"}>{OUTCOME.ok}</span>;
}

type Props = { traces: TraceRow[]; label: string; main?: boolean; sort?: Sort; onSort?: (sort: Sort) => void; onEnd?: () => void; foot?: ReactNode };

export function TraceList({ traces, label, ...rest }: Props) {
  const navigate = useNavigate();
  const phone = useNarrow();
  const now = useNow(10_000);
  const longest = Math.max(1, ...traces.map((t) => t.duration_ns));
  return (
    <DataTable
      label={label}
      rows={traces}
      columns={columnsFor(longest, rest.sort, phone, now)}
      rowKey={(trace) => trace.trace_id}
      onOpen={(trace) => void navigate({ to: "/traces/$trace", params: { trace: trace.trace_id } })}
      {...rest}
    />
  );
}
