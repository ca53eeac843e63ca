import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeftRight } from "lucide-react";
import { useMemo } from "react";
import { get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge, Swatch } from "@/components/Badge";
import { IconButton, Segments } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { Export } from "@/components/Export";
import { AgentLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Crumbs, Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { align, STEPS_MAX, type Pair } from "@/lib/align";
import { cx } from "@/lib/cx";
import { count, duration, money, plural, short } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import { WORK_TOKEN, workOf } from "@/lib/palette";
import css from "./Compare.module.css";
import { Pick } from "./Pick";

type Span = Schema<"Span">;
type Trace = Schema<"Trace">;
type Row = Pair<Span> & { key: string };
const route = getRouteApi("/traces/compare");
const ONLY = [
  { value: "all", label: "All steps" },
  { value: "changed", label: "What differs" },
];
/** Steps differ in time when one takes this much longer. */
const SLOWER = 1.5;
const SLOWER_NS = 5e6;

function useTrace(id: string | undefined) {
  return useQuery({
    enabled: !!id,
    queryKey: ["trace bare", id],
    staleTime: 30_000,
    queryFn: ({ signal }) => get("/api/v1/traces/{trace_id}", { path: { trace_id: id ?? "" }, query: { limit: STEPS_MAX, messages: false }, signal }),
  });
}

/** Two traces side by side, step by step: what took longer, cost more, or ended otherwise. */
export function Compare() {
  const { a, b, only } = route.useSearch();
  const navigate = route.useNavigate();
  const left = useTrace(a);
  const right = useTrace(b);
  const set = (change: { a?: string; b?: string; only?: string }) => void navigate({ search: (old) => ({ ...old, ...change }) });
  return (
    <Page
      name="Compare traces"
      timeless
      title={
        <Crumbs>
          <Link to="/traces">Traces</Link>
          Compare
        </Crumbs>
      }
      bar={
        <>
          <Segments label="Steps" value={only ?? "all"} options={ONLY} onChange={(value) => set({ only: value === "all" ? undefined : value })} />
          <IconButton label="Change sides" onClick={() => set({ a: b, b: a })}>
            <ArrowLeftRight aria-hidden="true" />
          </IconButton>
        </>
      }
    >
      {!a || !b ? (
        <Empty title="Choose two traces" actions={<Pick like={left.data?.summary ?? right.data?.summary} onPick={(id) => set(a ? { b: id } : { a: id })} />}>
          {a ? "One is chosen; which one is it compared with?" : "Open a trace and press Compare, or give their ids here."}
        </Empty>
      ) : (
        <Await result={left} rows={12}>
          {(one) => (
            <Await result={right} rows={12}>
              {(other) => <Sides left={one} right={other} changed={only === "changed"} />}
            </Await>
          )}
        </Await>
      )}
    </Page>
  );
}

/** Whether a step ran on another model than the one beside it. */
function otherModel({ left, right }: Pair<Span>): boolean {
  return left !== undefined && right !== undefined && left.model !== right.model;
}

/** Both models in whole: they differ in their dates at times. */
function Models({ left, right }: Pair<Span>) {
  return (
    <span className={css.changed}>
      <bdi>{left?.model || "none"}</bdi> → <bdi>{right?.model || "none"}</bdi>
    </span>
  );
}

/** Whether two steps differ in outcome, in being there, or clearly in time. */
function differs({ left, right }: Pair<Span>): boolean {
  if (!left || !right || left.status !== right.status || left.pending !== right.pending || left.model !== right.model) return true;
  const [low, high] = left.duration_ns < right.duration_ns ? [left.duration_ns, right.duration_ns] : [right.duration_ns, left.duration_ns];
  return high > low * SLOWER && high - low > SLOWER_NS;
}

function Sides({ left, right, changed }: { left: Trace; right: Trace; changed: boolean }) {
  const navigate = route.useNavigate();
  const pairs = useMemo(() => align(left.spans, right.spans).map((pair, index) => ({ ...pair, key: `${index}` })), [left, right]);
  const rows = changed ? pairs.filter(differs) : pairs;
  const longest = Math.max(1, ...pairs.flatMap((p) => [p.left?.duration_ns ?? 0, p.right?.duration_ns ?? 0]));
  const models = pairs.some(otherModel);
  const columns = useMemo(() => columnsFor(longest, models), [longest, models]);
  const open = (row: Row) => {
    const span = row.right ?? row.left;
    if (span) void navigate({ to: "/traces/$trace", params: { trace: span.trace_id }, search: { span: span.span_id, view: "waterfall" } });
  };
  return (
    <>
      <Totals left={left} right={right} apart={pairs.filter(differs).length} of={pairs.length} />
      <p className={css.about}>
        Steps of the same kind and name are set beside each other in their order. Differences are B less A: <span className={css.worse}>+</span> means that B took longer or cost more. A step differs that only one of them has, that ended otherwise, that ran on another model, or that took half as long again (and {duration(SLOWER_NS)} more).
      </p>
      <Panel flush className={css.main}>
        {rows.length === 0 ? <Empty title="Nothing differs">The same steps with the same outcome, none clearly slower.</Empty> : <DataTable main label="Steps" rows={rows} columns={columns} rowKey={(row) => row.key} record={recordOf} onOpen={open} />}
      </Panel>
    </>
  );
}

/** What a download holds of the whole of a trace. */
function totalsOf({ trace_id, name, agent, start_time, duration_ns, cost_usd, input_tokens, output_tokens, spans, errors }: Schema<"TraceRow">, side: number): Record<string, unknown> {
  return { side: "AB"[side], trace_id, name, agent, start_time, duration_ns, cost_usd, input_tokens, output_tokens, spans, errors };
}

function Totals({ left, right, apart, of }: { left: Trace; right: Trace; apart: number; of: number }) {
  const sides = [left.summary, right.summary];
  const facts: [string, (t: Schema<"TraceRow">) => number, (n: number) => string, boolean][] = [
    ["Duration", (t) => t.duration_ns, duration, true],
    ["Cost", (t) => t.cost_usd, money, true],
    ["Tokens", (t) => t.input_tokens + t.output_tokens, count, true],
    ["Spans", (t) => t.spans, count, false],
    ["Failed", (t) => t.errors, count, true],
  ];
  return (
    <Panel flush className={css.totals}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              {count(apart)} of {plural(of, "step")} {apart === 1 ? "differs" : "differ"}
            </th>
            {sides.map((t, i) => (
              <th key={i} scope="col">
                <span className={css.letter}>{"AB"[i]}</span>
                <Link to="/traces/$trace" params={{ trace: t.trace_id }} className="link foreign" title={t.trace_id}>
                  {t.name || short(t.trace_id)}
                </Link>{" "}
                <span className={css.when}>
                  <AgentLink agent={t.agent} /> <Ago time={t.start_time} />
                </span>
              </th>
            ))}
            <th scope="col">
              B less A <Export label="Totals" records={() => sides.map(totalsOf)} />
            </th>
          </tr>
        </thead>
        <tbody>
          {facts.map(([name, of_, format, lessIsBetter]) => {
            const [a = 0, b = 0] = sides.map(of_);
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{format(a)}</td>
                <td>{format(b)}</td>
                <td>
                  <Change by={b - a} base={a} format={format} judged={lessIsBetter} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

function Change({ by, base, format, judged = true }: { by: number; base: number; format: (n: number) => string; judged?: boolean }) {
  if (by === 0) return <span className="dim">same</span>;
  const share = base > 0 ? ` (${by > 0 ? "+" : "−"}${Math.round((100 * Math.abs(by)) / base)} %)` : "";
  return (
    <span className={cx("num", judged && (by > 0 ? css.worse : css.better))}>
      {by > 0 ? "+" : "−"}
      {format(Math.abs(by))}
      <span className="dim">{share}</span>
    </span>
  );
}

function Outcome({ span }: { span: Span | undefined }) {
  if (!span) return <span className="dim">not there</span>;
  if (span.pending) return <Badge tone="info">{OUTCOME.running}</Badge>;
  return span.status === "error" ? <Badge tone="bad" title={span.status_message}>{OUTCOME.failed}</Badge> : <span className="dim">{span.status === "ok" ? OUTCOME.ok : "—"}</span>;
}

function Took({ span, longest }: { span: Span | undefined; longest: number }) {
  if (!span) return <span className="dim">—</span>;
  return (
    <span className={css.took}>
      <i style={{ width: `${Math.max(1.5, (100 * span.duration_ns) / longest)}%`, "--paint": `var(${WORK_TOKEN[workOf(span)]})` } as React.CSSProperties} />
      <span>{duration(span.duration_ns)}</span>
    </span>
  );
}

/** What a download holds of a pair of steps. */
function recordOf({ left, right }: Row): Record<string, unknown> {
  const one = left ?? right;
  const side = (name: string, span: Span | undefined) => ({ [`${name}_span`]: span?.span_id, [`${name}_duration_ns`]: span?.duration_ns, [`${name}_cost_usd`]: span?.cost_usd, [`${name}_model`]: span?.model, [`${name}_status`]: span && (span.pending ? "running" : span.status) });
  return { step: one?.name, agent: one?.agent, ...side("a", left), ...side("b", right) };
}

/** models: a step ran on another one, so that they have a column. */
function columnsFor(longest: number, models: boolean): Column<Row>[] {
  const either = (row: Row) => row.left ?? row.right;
  return [
    {
      id: "step",
      header: "Step",
      width: { share: 3, min: 200 },
      narrow: true,
      cell: (row) => {
        const span = either(row);
        if (!span) return null;
        return (
          <span style={{ paddingLeft: Math.min(span.depth, 12) * 12 }} title={[row.left?.name, row.right?.name].filter(Boolean).join(" · ")}>
            <Swatch token={WORK_TOKEN[workOf(span)]} /> <bdi>{span.name || "unnamed"}</bdi> <span className="dim">{span.agent}</span>
          </span>
        );
      },
      wrap: models,
      below: (row) => otherModel(row) && <Models {...row} />,
    },
    ...(models ? [{ id: "model", header: "Another model", width: 310, cell: (row: Row) => (otherModel(row) ? <Models {...row} /> : null) }] : []),
    { id: "a", header: "A took", width: 130, end: true, cell: (row) => <Took span={row.left} longest={longest} /> },
    { id: "b", header: "B took", width: 130, end: true, cell: (row) => <Took span={row.right} longest={longest} /> },
    { id: "time", header: "Time", width: 150, end: true, narrow: true, hint: "B − A", cell: (row) => (row.left && row.right ? <Change by={row.right.duration_ns - row.left.duration_ns} base={row.left.duration_ns} format={duration} /> : <Badge tone={row.left ? "warn" : "info"}>only in {row.left ? "A" : "B"}</Badge>) },
    { id: "cost", header: "Cost", width: 156, end: true, drop: 1, hint: "B − A", cell: (row) => (row.left && row.right ? (row.left.cost_usd || row.right.cost_usd ? <Change by={row.right.cost_usd - row.left.cost_usd} base={row.left.cost_usd} format={money} /> : <span className="dim">—</span>) : money(either(row)?.cost_usd)) },
    { id: "oa", header: "A ended", width: 84, cell: (row) => <Outcome span={row.left} /> },
    { id: "ob", header: "B ended", width: 84, cell: (row) => <Outcome span={row.right} /> },
  ];
}
