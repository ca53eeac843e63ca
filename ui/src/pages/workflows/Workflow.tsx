import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { get, isMissing, unlessMissing, type Schema } from "@/api/client";
import { Badge, Swatch } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { DataTable, type Column } from "@/components/DataTable";
import { AgentLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Crumbs, Page } from "@/components/Page";
import { Panel, Stats } from "@/components/Panel";
import { partsPicture } from "@/components/paint";
import { SaveChart } from "@/components/SaveChart";
import { costless, Spent } from "@/components/Spent";
import { TraceList } from "@/components/TraceList";
import { useHotkeys } from "@/lib/keyboard";
import { term } from "@/lib/filter";
import { count, duration, money, percent, plural } from "@/lib/format";
import { REST_TOKEN, WORK_LABEL, WORK_TOKEN, workOf } from "@/lib/palette";
import { parseTime, stamp } from "@/lib/time";
import { Cause } from "./Cause";
import { Runs } from "./Runs";
import css from "./Workflows.module.css";

type Step = Schema<"WorkflowStep">;
type Data = Schema<"Workflow">;
const route = getRouteApi("/workflows/$workflow");
const GROWING_MS = 5000;
const TABS = [
  { value: "steps", label: "Steps" },
  { value: "agents", label: "Agents" },
  { value: "runs", label: "Runs" },
];

/** One workflow over its runs: which step holds it up, who does it, and how the runs went. */
export function Workflow() {
  const { workflow } = route.useParams();
  const { tab = "steps" } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (chosen: string) => void navigate({ search: (old) => ({ ...old, tab: chosen === "steps" ? undefined : chosen }) });
  const result = useQuery({
    queryFn: ({ signal }) => get("/api/v1/workflows/{workflow}", { path: { workflow }, signal }),
    queryKey: ["workflow", workflow],
    refetchInterval: (query) => unlessMissing(query.state.error, GROWING_MS),
  });
  useHotkeys(TABS.map((one, index) => ({ keys: String(index + 1), label: one.label, group: "Page", run: () => show(one.value) })));
  const missing = isMissing(result.error);
  return (
    <Page
      name={workflow}
      timeless
      title={
        <Crumbs>
          <Link to="/workflows">Workflows</Link>
          {workflow}
        </Crumbs>
      }
      tools={<Copy text={workflow} label="Copy the workflow id" />}
      bar={
        <>
          <Segments label="View" value={tab} options={TABS} onChange={show} />
          <Link className="link" to="/traces" search={{ q: term("workflow", workflow) }}>
            Its spans in Traces
          </Link>
        </>
      }
    >
      {missing ? (
        <Empty title="There is no such workflow" actions={<Link to="/workflows" className="link">All workflows</Link>} />
      ) : (
        <Await result={result} rows={12}>
          {(data) => <Content data={data} tab={tab} />}
        </Await>
      )}
    </Page>
  );
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

function Content({ data, tab }: { data: Data; tab: string }) {
  const { summary } = data;
  const navigate = route.useNavigate();
  const bottleneck = data.steps[0];
  const whole = data.critical_ns + data.idle_ns;
  const cost = summary.cost_usd;
  const failed = data.traces.filter((t) => t.errors > 0).length;
  const columns = useMemo(() => stepColumns(data), [data]);
  return (
    <>
      <Stats
        items={[
          { label: "Runs", value: count(summary.traces), note: summary.traces > data.traces.length ? `steps of the newest ${data.traces.length}` : undefined, about: `all since ${stamp(parseTime(summary.start_time)).slice(0, -3)}`, title: "Whatever the time range of the list" },
          { label: "A run takes", value: duration(median(data.traces.map((t) => t.duration_ns))), note: "median" },
          { label: "Runs with errors", value: count(failed), bad: failed > 0, note: data.traces.length > 0 ? percent(failed / data.traces.length) : undefined },
          { label: "Agents", value: count(summary.agents.length), title: summary.agents.join(", ") },
          { label: "Tokens", value: count(summary.input_tokens + summary.output_tokens) },
          { label: "Cost", value: <Spent usd={cost} unpriced={summary.unpriced} />, note: summary.traces > 1 && cost > 0 ? `${money(cost / summary.traces)} a run` : undefined },
        ]}
      />
      {summary.failure && (
        <Panel flush className={css.story}>
          <Cause failure={summary.failure} />
        </Panel>
      )}
      {bottleneck && whole > 0 && (
        <Panel flush className={css.story}>
          <p className={css.words}>
            <strong>Bottleneck:</strong> <bdi className={css.step}>{bottleneck.name}</bdi> {bottleneck.agent && <>of <AgentLink agent={bottleneck.agent} /></>} is {percent(bottleneck.critical_ns / whole)} of the time that runs
            take{bottleneck.spans > 0 && <>; it takes {duration(bottleneck.duration_p50_ns)} (p95 {duration(bottleneck.duration_p95_ns)}){bottleneck.errors > 0 && <>, {percent(bottleneck.errors / bottleneck.spans)} of them fail</>}</>}.
            {data.idle_ns > whole / 20 && <> In {percent(data.idle_ns / whole)} nothing ran.</>}
          </p>
          <Share data={data} whole={whole} />
        </Panel>
      )}
      <Panel flush className={css.main}>
        {tab === "agents" ? (
          <DataTable main label="Agents" rows={data.agents} columns={agentColumns(data)} rowKey={(a) => a.agent} onOpen={(a) => a.agent && void navigate({ to: "/agents/$agent", params: { agent: a.agent } })} />
        ) : tab === "runs" ? (
          <div className={css.runs}>
            <Runs traces={data.traces} />
            <div className={css.list}>
              <TraceList main label="Runs" traces={[...data.traces].reverse()} />
            </div>
          </div>
        ) : (
          <DataTable
            main
            label="Steps"
            rows={data.steps}
            columns={columns}
            rowKey={(s) => [s.agent, s.name, s.operation, s.tool, s.model].join("\n")}
            onOpen={(s) => void navigate({ to: "/traces", search: { q: [term("workflow", summary.workflow), term("name", s.name), ...(s.agent ? [term("agent", s.agent)] : [])].join(" "), sort: "-duration" } })}
          />
        )}
      </Panel>
    </>
  );
}

const SHARES = 8;
const METER_PX = 80;

/** The critical paths of all runs, one after the other, by step. */
function Share({ data, whole }: { data: Data; whole: number }) {
  const shown = data.steps.filter((s) => s.critical_ns > 0).slice(0, SHARES);
  const rest = data.critical_ns - shown.reduce((sum, s) => sum + s.critical_ns, 0);
  const parts = [
    ...shown.map((s) => ({ key: `${s.agent}\n${s.name}`, label: s.name, ns: s.critical_ns, token: WORK_TOKEN[stepWork(s)], idle: false })),
    ...(rest > 0 ? [{ key: "rest", label: "other steps", ns: rest, token: REST_TOKEN, idle: false }] : []),
    ...(data.idle_ns > 0 ? [{ key: "idle", label: "nothing ran", ns: data.idle_ns, token: "--line-strong", idle: true }] : []),
  ];
  return (
    <div className={css.shared}>
      <div className={css.share} role="img" aria-label={`Where the time goes: ${parts.map((p) => `${p.label} ${percent(p.ns / whole)}`).join(", ")}`}>
        {parts.map((part) => (
          <span key={part.key} className={part.idle ? css.idle : css.part} style={{ flexGrow: part.ns, "--paint": `var(${part.token})` } as React.CSSProperties} title={`${part.label}: ${percent(part.ns / whole)}, ${duration(part.ns / Math.max(1, data.traces.length))} a run`}>
            <span className="clip foreign">{part.label}</span>
          </span>
        ))}
      </div>
      <SaveChart
        label="Where the time of its runs goes"
        canvas={() => partsPicture(parts.map((part) => ({ ...part, value: part.ns })))}
        legend={parts.map((part) => ({ label: `${part.label} ${percent(part.ns / whole)}`, token: part.token }))}
        records={() => parts.map((part) => ({ part: part.label, critical_ns: part.ns, share: part.ns / whole }))}
      />
    </div>
  );
}

function stepWork(step: Step) {
  return workOf({ ...step, peer_agent: "" });
}

function stepColumns(data: Data): Column<Step>[] {
  const most = Math.max(1e-9, ...data.steps.map((s) => s.share));
  return [
    {
      id: "step",
      header: "Step",
      width: { share: 3, min: 170 },
      narrow: true,
      cell: (s) => (
        <span title={`${WORK_LABEL[stepWork(s)]}: ${s.name}`}>
          <Swatch token={WORK_TOKEN[stepWork(s)]} /> <bdi>{s.name || "unnamed"}</bdi>
        </span>
      ),
    },
    { id: "agent", header: "Agent", width: { share: 2, min: 110 }, cell: (s) => <AgentLink agent={s.agent} /> },
    {
      id: "share",
      header: "Critical path",
      width: 150,
      narrow: true,
      hint: "Share of the time that set how long the runs took",
      cell: (s) => (
        <span className={css.meter}>
          <i style={{ width: `${(METER_PX * s.share) / most}px` }} />
          <span className="num">{percent(s.share)}</span>
        </span>
      ),
    },
    { id: "runs", header: "In runs", width: 76, end: true, drop: 3, cell: (s) => percent(s.traces / Math.max(1, data.traces.length)) },
    { id: "spans", header: "Times", width: 66, end: true, drop: 2, cell: (s) => count(s.spans) },
    { id: "p50", header: "p50", width: 80, end: true, cell: (s) => duration(s.duration_p50_ns) },
    { id: "p95", header: "p95", width: 80, end: true, narrow: true, cell: (s) => duration(s.duration_p95_ns) },
    { id: "own", header: "Own", width: 84, end: true, hint: "Own time per occurrence, without the steps below it", cell: (s) => duration(s.self_ns / Math.max(1, s.spans)) },
    { id: "waiting", header: "Waiting", width: 84, end: true, hint: "Time per occurrence in which steps below it ran", cell: (s) => duration(s.waiting_ns / Math.max(1, s.spans)) },
    { id: "errors", header: "Errors", width: 84, end: true, cell: (s) => (s.errors ? <Badge tone="bad" title={plural(s.errors, "error")}>{percent(s.errors / s.spans)}</Badge> : <span className="dim">—</span>) },
    { id: "cost", header: "Cost", width: 92, end: true, drop: 1, cell: (s) => <Spent usd={s.cost_usd} unpriced={costless(s)} /> },
  ];
}

function agentColumns(data: Data): Column<Schema<"WorkflowAgent">>[] {
  const shares = new Map(data.critical_agents.map((a) => [a.agent, a.share]));
  return [
    { id: "agent", header: "Agent", width: { share: 2, min: 140 }, narrow: true, cell: (a) => <AgentLink agent={a.agent} /> },
    {
      id: "share",
      header: "Critical path",
      width: 150,
      narrow: true,
      cell: (a) => (
        <span className={css.meter}>
          <i style={{ width: `${METER_PX * (shares.get(a.agent) ?? 0)}px` }} />
          <span className="num">{percent(shares.get(a.agent) ?? 0)}</span>
        </span>
      ),
    },
    { id: "own", header: "Own time", width: 100, end: true, narrow: true, cell: (a) => duration(a.duration_ns) },
    { id: "spans", header: "Spans", width: 80, end: true, cell: (a) => count(a.spans) },
    { id: "errors", header: "Errors", width: 84, end: true, cell: (a) => (a.errors ? <Badge tone="bad">{count(a.errors)} failed</Badge> : <span className="dim">—</span>) },
    { id: "tokens", header: "Tokens", width: 90, end: true, cell: (a) => count(a.input_tokens + a.output_tokens) },
    { id: "cost", header: "Cost", width: 92, end: true, cell: (a) => <Spent usd={a.cost_usd} unpriced={costless(a)} /> },
  ];
}
