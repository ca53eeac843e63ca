import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { memo, useMemo, useState } from "react";
import { get } from "@/api/client";
import { useFleet, type LiveFleet } from "@/api/fleet";
import { Chart } from "@/components/Chart";
import { Await, Failure, Loading } from "@/components/Notice";
import { Onboarding } from "@/components/Onboarding";
import { Grid, Page } from "@/components/Page";
import { Panel, Stats } from "@/components/Panel";
import { useRange } from "@/components/range";
import { count, duration, money, percent, plural, reading } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import { HEALTH_MEANING, healthLook, IN_TROUBLE, isTrouble, STATE_MEANING } from "@/lib/states";
import { Aside, Selection } from "./Aside";
import { Everyone } from "./Everyone";
import css from "./Fleet.module.css";
import { Gravest } from "./Gravest";
import { isGrouping, useGroups } from "./groups";
import { NOBODY, pickedText, usePicked, type Picked } from "./picked";
import { useSilences, type Silence } from "./silent";

const route = getRouteApi("/");

export function Fleet() {
  const { live } = useRange();
  const { environment = "" }: { environment?: string } = route.useSearch();
  const { fleet, error } = useFleet(live);
  const empty = fleet?.columns.agent.length === 0 && !environment;
  const [welcome, setWelcome] = useState(false); // once greeted, people see what arrived before they go on
  if (empty && !welcome) setWelcome(true);
  return (
    <Page name="Fleet" title={welcome ? "Welcome" : "Fleet"} scroll timeless={welcome} unsaved={welcome}>
      {error && !fleet ? <Failure error={error} /> : !fleet ? <Loading rows={14} /> : welcome ? <Onboarding greet onDone={() => setWelcome(false)} /> : <Overview fleet={fleet} />}
    </Page>
  );
}

function Overview({ fleet }: { fleet: LiveFleet }) {
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const by = isGrouping(search.by) ? search.by : "kind";
  const groups = useGroups(fleet, by);
  const picked = usePicked(fleet, groups, by, search);
  const silent = useSilences(fleet);
  const pick = (change: Picked) => void navigate({ search: (old) => ({ ...old, ...NOBODY, ...change }) });
  return (
    <>
      <Counters fleet={fleet} silent={silent} />
      <div className={css.top}>
        <Everyone
          fleet={fleet}
          by={by}
          groups={groups}
          show={search.show === "list" ? "list" : "map"}
          find={search.find ?? ""}
          sort={search.sort}
          picked={picked?.lines}
          onView={(change) =>
            void navigate({ search: (old) => ({ ...old, ...(change.by && { ...NOBODY, zoom: undefined }), ...change, ...("find" in change && { find: change.find || undefined }) }), replace: true })
          }
          onOpen={(id) => void navigate({ to: "/agents/$agent", params: { agent: id } })}
          onGroup={(group) => pick({ group })}
          onLasso={(lines, lasso) => pick(lines.length > 0 ? pickedText(lines.map((line) => fleet.columns.agent[line] ?? ""), lasso) : {})}
        />
        {picked ? <Selection fleet={fleet} lines={[...picked.lines]} by={by} group={search.group ?? ""} onClear={() => pick({})} /> : <Aside fleet={fleet} silent={silent} />}
      </div>
      <Gravest />
      <Charts />
    </>
  );
}

const TRENDS = ["agents", "working", "trouble", "spans_per_s", "error_ratio", "tokens_per_s", "cost_usd_per_hour", "health"] as const;
type Trend = (typeof TRENDS)[number];

/** Exported for tests. */
export function Counters({ fleet, silent }: { fleet: LiveFleet; silent: readonly Silence[] }) {
  const now = fleet.figures;
  const { state, states, errors } = fleet.columns;
  const besides = silent.flatMap(({ lines }) => lines).filter((line) => !isTrouble(states[state[line] ?? -1] ?? "")).length;
  const failed = useMemo(() => errors.reduce((n, one) => n + (one > 0 ? 1 : 0), 0), [errors]);
  const { past } = fleet;
  const trends = useMemo(() => Object.fromEntries(TRENDS.map((name) => [name, past.map((p) => p[name])])) as Record<Trend, number[]>, [past]);
  return (
    <Stats
      items={[
        { label: "Agents", value: count(now.agents), title: "that sent something and are still known", trend: trends.agents },
        { label: "Working", value: count(now.conditions.working), note: now.agents ? percent(now.conditions.working / now.agents) : undefined, title: STATE_MEANING.working, trend: trends.working },
        { label: "In trouble", value: <Link to="/agents" search={{ q: IN_TROUBLE }} className={css.figure}>{count(now.trouble)}</Link>, note: besides > 0 ? `and ${count(besides)} silent` : undefined, title: "Agents that are wedged, looping, abandoned or failing: more than a third of their spans failed, and not just once. Press to see who. Silent: said so by a grave finding, see beside the map", whole: true, bad: now.trouble + besides > 0, trend: trends.trouble },
        { label: "Spans a second", value: reading(now.spans_per_s), title: "over the last minute", trend: trends.spans_per_s },
        { label: "Errors", value: percent(now.error_ratio), corner: failed > 0 ? <Link to="/agents" search={{ q: "errors>0", sort: "-errors" }} className={css.figure}>{plural(failed, "agent")}</Link> : undefined, title: "Failed spans of all spans in the last minute; a span that fails now and then puts no agent in trouble. Press to see whose failed", whole: failed > 0, bad: now.error_ratio > 0.05, trend: trends.error_ratio },
        { label: "Tokens a second", value: reading(now.tokens_per_s), title: "over the last minute", trend: trends.tokens_per_s },
        { label: "Cost an hour", value: money(now.cost_usd_per_hour), note: "now", title: "What the last minute cost, by the hour; Cost tells the average of a time range", trend: trends.cost_usd_per_hour },
        { label: "Health", value: percent(now.health), title: `Mean of all agents. ${HEALTH_MEANING}`, ...healthLook(now.health), trend: trends.health },
      ]}
    />
  );
}

const Charts = memo(function Charts() {
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
                { label: OUTCOME.ok, values: data.total.map((n, i) => n - (data.errors[i] ?? 0)), token: "--cat-1" },
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
});
