import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { TriangleAlert } from "lucide-react";
import { useState, type ReactNode } from "react";
import { get, isMissing, unlessMissing, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge, StateBadge } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { AgentLink, SessionLink } from "@/components/Links";
import { Export } from "@/components/Export";
import { FindingLines } from "@/components/FindingLines";
import { Await, Empty, Loading } from "@/components/Notice";
import { Crumbs, Fill, Grid, Page } from "@/components/Page";
import { Facts, Panel, Stats } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Reserved } from "@/components/Reserved";
import { SpanList } from "@/components/SpanList";
import { Spent } from "@/components/Spent";
import { StateTimeline } from "@/components/StateTimeline";
import { TraceList } from "@/components/TraceList";
import { usual } from "@/lib/band";
import { term } from "@/lib/filter";
import { count, percent, plural, quantile } from "@/lib/format";
import { categoryToken } from "@/lib/palette";
import { course, signalFormat, signalName, signalUnit, unitWords } from "@/lib/signals";
import { HEALTH_MEANING, healthLook, HEALTHY, isTrouble } from "@/lib/states";
import { cx } from "@/lib/cx";
import { bounds } from "@/lib/time";
import { useNow } from "@/lib/use";
import { ROW_PX } from "@/components/DataTable";
import { LogLines } from "@/components/LogLines";
import css from "./Agent.module.css";
import { Findings } from "./Findings";
import { Latency } from "./Latency";
import { Peers } from "./Peers";
import { Signals } from "./Signals";
import { Versions } from "./Versions";
import { useFound, useNormal, Watched } from "./Watched";

const route = getRouteApi("/agents/$agent");
const TABS = [
  { value: "now", label: "Overview" },
  { value: "signals", label: "Signals" },
  { value: "findings", label: "Findings" },
  { value: "versions", label: "Versions" },
  { value: "peers", label: "Works with" },
  { value: "traces", label: "Traces" },
  { value: "logs", label: "Logs" },
];

export function Agent() {
  const { agent } = route.useParams();
  const asked = route.useSearch().tab;
  const tab = TABS.find((one) => one.value === asked)?.value ?? "now";
  const navigate = route.useNavigate();
  const time = useRange();
  const result = useQuery({
    queryKey: ["agent", agent, time.query],
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}", { path: { agent_id: agent }, query: time.query, signal }),
    refetchInterval: (query) => unlessMissing(query.state.error, time.every(3000)),
  });
  const missing = isMissing(result.error);
  return (
    <Page
      name={result.data?.summary.name || agent}
      title={
        <Crumbs>
          <Link to="/agents">Agents</Link>
          {result.data?.summary.name || agent}
        </Crumbs>
      }
      scroll={["now", "signals", "findings", "versions"].includes(tab)}
      bar={<Segments label="Parts" value={tab} options={TABS} onChange={(value) => void navigate({ search: (old) => ({ ...old, tab: value === "now" ? undefined : value }) })} />}
    >
      {missing ? (
        <Empty title="There is no such agent" actions={<Link to="/agents" className="link">All agents</Link>}>
          <code className="foreign">{agent}</code> has sent nothing that is still kept.
        </Empty>
      ) : tab === "traces" ? (
        <AgentTraces agent={agent} />
      ) : tab === "versions" ? (
        <Versions agent={agent} kind={result.data?.summary.kind ?? ""} />
      ) : tab === "findings" ? (
        <Findings agent={agent} />
      ) : tab === "peers" ? (
        <Peers agent={agent} />
      ) : tab === "logs" ? (
        <Fill>
          <Panel flush className={css.tall}>
            <LogLines q={term("agent", agent)} />
          </Panel>
        </Fill>
      ) : (
        <Await result={result} rows={10}>
          {(data) => (tab === "signals" ? <Signals agent={agent} /> : <Overview key={agent} data={data} />)}
        </Await>
      )}
    </Page>
  );
}

/** What is wrong with an agent whose state does not say so; empty where nothing is, or where the state says it. Exported for tests. */
export function wrongOf({ summary, health_reasons }: Pick<Schema<"Agent">, "summary" | "health_reasons">): string {
  return !isTrouble(summary.condition) && summary.health < HEALTHY ? (health_reasons[0] ?? "") : "";
}

/** How many of each were listed at most since the page was opened: their lists stay as high, so that what is below stays where it is. */
function useMost(pending: number, failed: number): { pending: number; failed: number } {
  const [most, setMost] = useState({ pending, failed });
  if (pending > most.pending || failed > most.failed) setMost({ pending: Math.max(pending, most.pending), failed: Math.max(failed, most.failed) });
  return most;
}

/** Exported for tests. */
export function Overview({ data }: { data: Schema<"Agent"> }) {
  const { summary } = data;
  const now = useNow(2000);
  const { from } = bounds(useRange().range, now);
  const wrong = wrongOf(data);
  const besides = data.health_reasons.filter((reason) => reason !== wrong && !reason.endsWith(`: ${summary.reason}`)); // these stand in the heading
  const trouble = isTrouble(summary.condition);
  const [first] = useState(trouble); // what it does is read first where that is the trouble, and stays there
  const most = useMost(data.pending.length, data.recent_errors.length);
  const spans = (
    <Grid>
      {most.pending > 0 && (
        <Panel title="Doing now" note={plural(data.pending.length, "open span")} flush={data.pending.length > 0} height={listPx(most.pending)}>
          {data.pending.length > 0 ? <SpanList spans={data.pending} label="Open spans" /> : <p className="dim">No span is open now.</p>}
        </Panel>
      )}
      {most.failed > 0 && (
        <Panel title="Failed last" flush={data.recent_errors.length > 0} height={listPx(most.failed)}>
          {data.recent_errors.length > 0 ? <SpanList spans={data.recent_errors} label="Recent errors" /> : <p className="dim">No span failed in this time range.</p>}
        </Panel>
      )}
    </Grid>
  );
  return (
    <>
      <Panel>
        <div className={css.top}>
          <div className={css.state}>
            {wrong && (
              <strong className={cx(css.big, healthLook(summary.health).bad ? css.bad : css.warn)}>
                <TriangleAlert aria-hidden="true" /> {wrong.charAt(0).toUpperCase() + wrong.slice(1)}
              </strong>
            )}
            <span className={wrong ? undefined : css.big}>
              <StateBadge state={summary.condition} />
            </span>
            <span className="dim">
              {summary.condition === summary.state ? (
                <>
                  for <Ago time={summary.since} lasts />
                </>
              ) : (
                `while ${summary.state}`
              )}
              {summary.reason && summary.reason !== wrong && <> · {summary.reason}</>}
            </span>
          </div>
          <StateTimeline changes={data.history} from={from} to={now} />
          <Reserved>
            <ul className={css.reasons} aria-label="Why, and what to try">
              {besides.length === 0 && data.recommendations.length === 0 && !trouble && <li className="dim">{wrong ? "Nothing is advised." : "Nothing is wrong with it now."}</li>}
              {besides.map((reason) => (
                <li key={reason}>
                  <Badge tone="warn">{besides.length < data.health_reasons.length ? "also" : "why"}</Badge> {reason}
                </li>
              ))}
              {data.recommendations.map((advice) => (
                <li key={advice}>
                  <Badge tone="info">try</Badge> {advice}
                </li>
              ))}
              {trouble && (
                <li>
                  <Link to="/agents/$agent" params={{ agent: summary.agent }} search={(old) => ({ ...old, tab: "traces" })} className="link">
                    Its newest traces
                  </Link>
                </li>
              )}
            </ul>
          </Reserved>
        </div>
      </Panel>
      <Stats
        items={[
          { label: "Health", value: percent(summary.health), title: HEALTH_MEANING, ...healthLook(summary.health) },
          { label: "Spans a minute", value: count(summary.spans) },
          { label: "Failed spans, 1 min", value: percent(summary.error_ratio), note: summary.errors ? `${count(summary.errors)} of ${count(summary.spans)}` : undefined, bad: summary.error_ratio > 0.1 },
          { label: "Latency p50, 1 min", value: quantile(summary.latency_p50_ns) },
          { label: "Latency p95, 1 min", value: quantile(summary.latency_p95_ns), title: "19 of 20 spans of the last minute took no longer" },
          { label: "Tokens a minute", value: count(summary.input_tokens + summary.output_tokens), title: `${count(summary.input_tokens)} in, ${count(summary.output_tokens)} out` },
          { label: "Cost a minute", value: <Spent usd={summary.cost_usd} unpriced={summary.unpriced} /> },
          { label: "Open spans", value: count(summary.pending), note: data.pending[0] && <>oldest <Ago time={data.pending[0].start_time} lasts /></> },
        ]}
      />
      {first && spans}
      <Trends summary={summary} />
      <Found agent={summary.agent} />
      {!first && spans}
      <Grid>
        <UsedPanel title="Models" items={data.models} field="model" agent={summary.agent} />
        <UsedPanel title="Tools" items={data.tools} field="tool" agent={summary.agent} />
        <UsedPanel title="Operations" items={data.operations} field="operation" agent={summary.agent} />
        <UsedPanel title="Works with" items={data.peers} field="peer_agent" agent={summary.agent} />
        <Panel title="Sessions" tools={data.sessions.length > 0 && <Export label="Sessions" records={data.sessions} />}>
          {data.sessions.length === 0 && <p className="dim">No session in this time range.</p>}
          <ul className={css.used}>
            {data.sessions.map((session) => (
              <li key={session.session}>
                <SessionLink session={session.session} />
                <span className={css.end}>
                  {plural(session.spans, "span")} · <Spent usd={session.cost_usd} unpriced={session.unpriced} /> · <Ago time={session.last_time} />
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      </Grid>
      <Panel title="Who it is">
        <Facts
          wide
          items={[
            ["Id", <code key="id">{summary.agent}</code>],
            ["Kind", summary.kind],
            ["Model", summary.model],
            ["Version", summary.version],
            ["Service", summary.service],
            ["Says of itself", summary.status && <Said key="s" status={summary.status} time={summary.last_heartbeat} />],
            ["First seen", <Ago key="f" time={summary.first_seen} />],
            ["Last seen", <Ago key="l" time={summary.last_seen} />],
            ["Heartbeat", summary.last_heartbeat && <Ago time={summary.last_heartbeat} />],
            ["Capabilities", data.capabilities.join(", ")],
            ...Object.entries(data.labels).map(([k, v]): [string, string] => [k, v]),
            ...Object.entries(data.resource).map(([k, v]): [string, string] => [k, v]),
          ]}
        />
      </Panel>
    </>
  );
}

/** A word of the agent’s own, which need not be what is seen of it. */
function Said({ status, time }: { status: string; time: string | null | undefined }) {
  return (
    <>
      “<bdi>{status}</bdi>”{time && <>, <Ago time={time} /></>}
    </>
  );
}

/** High enough for some rows, and no higher than they need. */
function listPx(rows: number): number {
  return 42 + 32 + ROW_PX * Math.min(6, rows);
}

const FOUND_MAX = 5;

function Found({ agent }: { agent: string }) {
  const items = useFound(agent).data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Panel title="Findings" note={plural(items.length, "finding")} tools={items.length > FOUND_MAX && <Link to="/agents/$agent" params={{ agent }} search={{ tab: "findings" }} className="link">All</Link>}>
      <FindingLines items={items.slice(0, FOUND_MAX)} label="Newest findings about the agent" />
    </Panel>
  );
}

const WATCHED = ["spans", "error_ratio", "cost"];
const SHOWN = ["spans", "errors", "cost"];

/** The signals that matter most: in their bands where detectors know the agent, else with what was usual just before. */
function Trends({ summary }: { summary: Schema<"Agent">["summary"] }) {
  const { agent } = summary;
  const normal = useNormal(agent);
  const latency = <Latency agent={agent} now={{ p50: summary.latency_p50_ns, p95: summary.latency_p95_ns }} />;
  if (normal.isPending)
    return (
      <Grid min={250}>
        {WATCHED.map((name) => (
          <Panel key={name} title={signalName(name)} flush>
            <Loading rows={5} label={`Loading ${name}`} />
          </Panel>
        ))}
        {latency}
      </Grid>
    );
  if (normal.data && WATCHED.some((name) => normal.data.signals.some((s) => s.signal === name))) return <Watched agent={agent} data={normal.data} only={WATCHED} min={250}>{latency}</Watched>;
  return <Unwatched agent={agent}>{latency}</Unwatched>;
}

function Unwatched({ agent, children }: { agent: string; children: ReactNode }) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["agent", agent, "trends", time.query],
    refetchInterval: time.every(5000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/trends", { path: { agent_id: agent }, query: { ...time.query, signal: SHOWN.join(","), buckets: 90 }, signal }),
  });
  return (
    <Await result={result} rows={4}>
      {(data) => (
        <Grid min={250}>
          {data.trends.map((trend, i) => (
            <Panel key={trend.signal} title={signalName(trend.signal)} note={[unitWords(trend.unit), course(trend)].filter(Boolean).join(" · ")} flush>
              <Chart
                label={signalName(trend.signal)}
                sync="agent"
                height={120}
                times={data.times_ms}
                format={signalFormat(trend.unit, trend.signal)}
                unit={signalUnit(trend.unit, trend.signal)}
                series={[{ label: "value", values: trend.values, token: trend.signal.startsWith("error") ? "--bad" : categoryToken(i) }]}
                band={usual(trend.values)}
                onBrush={(from, to) => time.setRange({ from, to })}
              />
            </Panel>
          ))}
          {children}
        </Grid>
      )}
    </Await>
  );
}

function UsedPanel({ title, items, field, agent }: { title: string; items: Schema<"Used">[]; field: string; agent: string }) {
  const most = Math.max(1, ...items.map((i) => i.count));
  if (items.length === 0) return null;
  return (
    <Panel title={title} tools={<Export label={title} records={items.map(({ name, ...figures }) => ({ [field]: name, ...figures }))} />}>
      <ul className={css.used}>
        {items.map((item) => (
          <li key={item.name}>
            <span className={css.meter} style={{ width: `${(100 * item.count) / most}%` }} />
            {field === "peer_agent" ? (
              <AgentLink agent={item.name} />
            ) : (
              <Link to="/traces" search={{ q: `${term("agent", agent)} ${term(field, item.name)}` }} className="foreign clip">
                {item.name}
              </Link>
            )}
            <span className={css.end}>
              {item.errors > 0 && <Badge tone="bad">{count(item.errors)} failed</Badge>} {count(item.count)}
              {(item.cost_usd > 0 || item.unpriced.length > 0) && <> · <Spent usd={item.cost_usd} unpriced={item.unpriced} /></>}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function AgentTraces({ agent }: { agent: string }) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["agent", agent, "traces", time.query],
    refetchInterval: time.every(4000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/traces", { query: { ...time.query, q: term("agent", agent), limit: 200, asked: true }, signal }),
  });
  return (
    <Fill>
      <Panel flush className={css.tall}>
        <Await result={result} rows={12}>
          {(data) => (data.items.length ? <TraceList main traces={data.items} label="Traces of the agent" /> : <Empty title="No traces in this time range" />)}
        </Await>
      </Panel>
    </Fill>
  );
}

