import { useMemo } from "react";
import type { Schema } from "@/api/client";
import { Swatch } from "@/components/Badge";
import { DataTable, type Column } from "@/components/DataTable";
import { Graph } from "@/components/Graph";
import { Empty } from "@/components/Notice";
import { count, duration, money, plural } from "@/lib/format";
import { hops, type HopNode } from "@/lib/hops";
import { WORK_LABEL, WORK_TOKEN } from "@/lib/palette";
import css from "./Trace.module.css";

type Props = { spans: Schema<"Span">[]; onOpen: (name: string) => void };

const columns: Column<HopNode>[] = [
  {
    id: "name",
    header: "Who",
    width: { share: 2, min: 130 },
    narrow: true,
    cell: (n) => (
      <span title={WORK_LABEL[n.work]}>
        <Swatch token={WORK_TOKEN[n.work]} /> <bdi>{n.name}</bdi>
      </span>
    ),
  },
  { id: "calls", header: "Times", width: 60, end: true, cell: (n) => count(n.calls) },
  { id: "errors", header: "Failed", width: 60, end: true, cell: (n) => count(n.errors) },
  { id: "own", header: "Own time", width: 84, end: true, narrow: true, cell: (n) => duration(n.self_ns) },
  { id: "tokens", header: "Tokens", width: 76, end: true, drop: 1, cell: (n) => count(n.tokens) },
  { id: "cost", header: "Cost", width: 92, end: true, narrow: true, cell: (n) => money(n.cost_usd) },
];

/** Agents, tools and models of the trace, with what passed between them on every hop. */
export function Hops({ spans, onOpen }: Props) {
  const found = useMemo(() => hops(spans), [spans]);
  const drawn = useMemo(
    () => ({
      nodes: found.nodes.map((n) => ({ id: n.id, label: n.name, kind: n.work, size: n.self_ns, note: `${WORK_LABEL[n.work]}: ${plural(n.calls, "time")}, own ${duration(n.self_ns)}, ${money(n.cost_usd)}` })),
      edges: found.edges.map((e) => ({
        source: e.source,
        target: e.target,
        weight: e.calls,
        error: e.errors > 0,
        figures: { calls: e.calls, errors: e.errors, duration_ns: e.duration_ns, self_ns: e.self_ns, tokens: e.tokens, cost_usd: e.cost_usd },
        label: [`${count(e.calls)}×`, e.tokens > 0 ? `${count(e.tokens)} tokens` : duration(e.duration_ns), e.cost_usd > 0 && money(e.cost_usd), e.errors > 0 && `${e.errors} failed`].filter(Boolean).join(", "),
      })),
    }),
    [found],
  );
  if (found.nodes.length === 0) return <Empty title="Nobody to draw">The spans of this trace name no agent, tool or model. The waterfall shows them all.</Empty>;
  const names = new Map(found.nodes.map((n) => [n.id, n.name]));
  const rows = [...found.nodes].sort((a, b) => b.self_ns - a.self_ns);
  return (
    <div className={css.hops}>
      <Graph label="Agents, tools and models of the trace" about={spans[0]?.trace_id} nodes={drawn.nodes} edges={drawn.edges} layout="layers" weightName="Times" onOpen={(id) => onOpen(names.get(id) ?? id)} />
      <DataTable label="Who did how much" rows={rows} columns={columns} rowKey={(n) => n.id} onOpen={(n) => onOpen(n.name)} />
    </div>
  );
}
