import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { get } from "@/api/client";
import { useFleet, type LiveFleet } from "@/api/fleet";
import { StateBadge } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { FleetMap, StateLegend, type Grouping } from "@/components/FleetMap";
import { Await, Failure, Loading } from "@/components/Notice";
import { Onboarding } from "@/components/Onboarding";
import { Grid, Page } from "@/components/Page";
import { Panel, Stats } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Ago } from "@/components/Ago";
import { count, duration, money, percent, plural, reading } from "@/lib/format";
import css from "./Fleet.module.css";

const route = getRouteApi("/");
const TROUBLE_MAX = 8;
const GROUPINGS: { value: Grouping; label: string }[] = [
  { value: "kind", label: "Kind" },
  { value: "model", label: "Model" },
  { value: "service", label: "Service" },
  { value: "state", label: "State" },
];

export function Fleet() {
  const { live } = useRange();
  const { fleet, error } = useFleet(live);
  const empty = fleet?.columns.agent.length === 0;
  return (
    <Page name="Fleet" title={empty ? "Welcome" : "Fleet"} scroll timeless={empty}>
      {error && !fleet ? <Failure error={error} /> : !fleet ? <Loading rows={14} /> : empty ? <Onboarding greet /> : <Overview fleet={fleet} />}
    </Page>
  );
}

function Overview({ fleet }: { fleet: LiveFleet }) {
  const navigate = route.useNavigate();
  const [by, setBy] = useState<Grouping>("kind");
  const now = fleet.figures;
  const stuck = now.states.wedged + now.states.looping;
  return (
    <>
      <Stats
        items={[
          { label: "Agents", value: count(now.agents) },
          { label: "Working", value: count(now.states.working), note: now.agents ? percent(now.states.working / now.agents) : undefined },
          { label: "In trouble", value: count(stuck), note: "wedged or looping", bad: stuck > 0 },
          { label: "Spans a second", value: reading(now.spans_per_s) },
          { label: "Errors", value: percent(now.error_ratio), bad: now.error_ratio > 0.05 },
          { label: "Tokens a second", value: reading(now.tokens_per_s) },
          { label: "Cost an hour", value: money(now.cost_usd_per_hour) },
          { label: "Health", value: percent(now.health), bad: now.health < 0.7 },
        ]}
      />
      <div className={css.top}>
        <Panel title="Every agent" note={<StateLegend />} tools={<Segments label="Group by" value={by} options={GROUPINGS} onChange={setBy} />} className={css.map}>
          <FleetMap fleet={fleet} by={by} onOpen={(agent) => void navigate({ to: "/agents/$agent", params: { agent } })} />
        </Panel>
        <Trouble fleet={fleet} />
      </div>
      <Charts />
    </>
  );
}

/** Agents that most need somebody: by state, then by errors. */
function troubled(fleet: LiveFleet): number[] {
  const { columns } = fleet;
  const weight = (i: number) => {
    const state = columns.states[columns.state[i] ?? -1];
    const base = state === "wedged" ? 3 : state === "looping" ? 2 : state === "abandoned" ? 0.5 : 0;
    return base + Math.min(1, (columns.errors[i] ?? 0) / Math.max(4, columns.spans[i] ?? 0));
  };
  const found: { i: number; w: number }[] = [];
  for (let i = 0; i < columns.agent.length; i += 1) {
    const w = weight(i);
    if (w >= 0.1) found.push({ i, w });
  }
  return found
    .sort((a, b) => b.w - a.w || (columns.since_ms[b.i] ?? 0) - (columns.since_ms[a.i] ?? 0))
    .slice(0, TROUBLE_MAX)
    .map((f) => f.i);
}

function Trouble({ fleet }: { fleet: LiveFleet }) {
  const { columns } = fleet;
  const lines = troubled(fleet);
  return (
    <Panel title="Needs a look" tools={<Link to="/agents" search={{ q: "state:wedged,looping" }} className="link">All</Link>} className={css.trouble}>
      {lines.length === 0 && <p className={css.calm}>Nothing is stuck, looping or failing.</p>}
      <ul>
        {lines.map((i) => (
          <li key={columns.agent[i]}>
            <Link to="/agents/$agent" params={{ agent: columns.agent[i] ?? "" }} className={css.line}>
              <StateBadge state={columns.states[columns.state[i] ?? -1] ?? ""} />
              <strong className="clip foreign">{columns.name[i] || columns.agent[i]}</strong>
              <span className={css.why}>{columns.errors[i] ? `${plural(columns.errors[i] ?? 0, "error")} a minute` : <Ago time={columns.since_ms[i] ?? 0} />}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Charts() {
  const time = useRange();
  const latency = useQuery({
    queryFn: ({ signal }) => get("/api/v1/traces/latency", { query: { ...time.query, buckets: 90 }, signal }),
    queryKey: ["latency", "", time.query, 90],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
  });
  const cost = useQuery({
    queryFn: ({ signal }) => get("/api/v1/cost", { query: { ...time.query, by: "model", limit: 6 }, signal }),
    queryKey: ["cost", "model", time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(15_000),
  });
  const brush = (from: number, to: number) => time.setRange({ from, to });
  return (
    <Grid>
      <Panel title="Spans" flush>
        <Await result={latency} rows={4}>
          {(data) => (
            <Chart
              label="Spans over time"
              kind="bars"
              height={172}
              sync="fleet"
              times={data.times_ms}
              format={count}
              series={[
                { label: "failed", values: data.errors, token: "--bad" },
                { label: "fine", values: data.total.map((n, i) => n - (data.errors[i] ?? 0)), token: "--cat-1" },
              ]}
              onBrush={brush}
            />
          )}
        </Await>
      </Panel>
      <Panel title="Latency" flush>
        <Await result={latency} rows={4}>
          {(data) => (
            <Chart
              label="Latency over time"
              height={172}
              sync="fleet"
              times={data.times_ms}
              format={duration}
              series={[
                { label: "p50", values: data.p50_ns, token: "--cat-3" },
                { label: "p95", values: data.p95_ns, token: "--cat-1" },
                { label: "p99", values: data.p99_ns, token: "--cat-2" },
              ]}
              onBrush={brush}
            />
          )}
        </Await>
      </Panel>
      <Panel title="Cost by model" tools={<Link to="/cost" className="link">More</Link>}>
        <Await result={cost} rows={4}>
          {(data) => (
            <ul className={css.cost}>
              {data.items.map((item) => (
                <li key={item.key}>
                  <span className="clip foreign">{item.key || "no model named"}</span>
                  <span className="num">{money(item.cost_usd)}</span>
                  <span className={css.meter}>
                    <span style={{ width: `${100 * item.share}%` }} />
                  </span>
                </li>
              ))}
              {data.items.length === 0 && <li className="dim">Nothing was spent in this time range.</li>}
            </ul>
          )}
        </Await>
      </Panel>
    </Grid>
  );
}
