import { useNavigate } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { duration } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import { WORK_LABEL, WORK_TOKEN, workOf } from "@/lib/palette";
import { Ago } from "./Ago";
import { Badge, Swatch } from "./Badge";
import { DataTable, type Column } from "./DataTable";
import { costless, Spent } from "./Spent";

type Row = Schema<"SpanRow">;

const columns: Column<Row>[] = [
  {
    id: "name",
    header: "Span",
    width: { share: 2, min: 150 },
    narrow: true,
    wrap: true,
    cell: (span) => (
      <>
        <Swatch token={WORK_TOKEN[workOf(span)]} /> <span title={WORK_LABEL[workOf(span)]}>{span.name}</span>
      </>
    ),
  },
  { drop: 2, id: "what", header: "With", width: { share: 1, min: 90 }, cell: (span) => <bdi>{span.tool || span.model || span.peer_agent}</bdi> },
  { id: "status", header: "Status", width: { share: 4, min: 200 }, narrow: true, cell: (span) => <SpanStatus span={span} /> },
  { id: "duration", header: "Took", width: 90, end: true, narrow: true, below: (span) => !span.pending && <Ago time={span.start_time} />, cell: (span) => (span.pending ? <Ago time={span.start_time} lasts /> : duration(span.duration_ns)) },
  { drop: 3, id: "cost", header: "Cost", width: 92, end: true, cell: (span) => <Spent usd={span.cost_usd} unpriced={costless(span)} /> },
  { drop: 1, id: "time", header: "Started", width: 100, end: true, cell: (span) => <Ago time={span.start_time} /> },
];

export function SpanStatus({ span }: { span: Pick<Row, "pending" | "status" | "status_message"> }) {
  if (span.pending) return <Badge tone="info">{OUTCOME.running}</Badge>;
  if (span.status === "error") return <Badge tone="bad" title={span.status_message}>{span.status_message ? <bdi className="clip">{span.status_message}</bdi> : OUTCOME.failed}</Badge>;
  return <span className="dim">{span.status === "ok" ? OUTCOME.ok : "—"}</span>;
}

/** Spans in lines; one opens in its trace. */
export function SpanList({ spans, label }: { spans: Row[]; label: string }) {
  const navigate = useNavigate();
  return (
    <DataTable
      label={label}
      rows={spans}
      columns={columns}
      rowKey={(span) => span.trace_id + span.span_id}
      onOpen={(span) => void navigate({ to: "/traces/$trace", params: { trace: span.trace_id }, search: { span: span.span_id, view: "waterfall" } })}
    />
  );
}
