import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { get, refusal, type Schema } from "@/api/client";
import { Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { DataTable, ROW_PX, type Column } from "@/components/DataTable";
import { FilterBar } from "@/components/FilterBar";
import { ConnectLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Page } from "@/components/Page";
import { Panel, Stats } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Swatch } from "@/components/Badge";
import { term } from "@/lib/filter";
import { count, duration, money, NONE, percent, whole } from "@/lib/format";
import { bounds, parseTime } from "@/lib/time";
import { categoryToken, REST_TOKEN } from "@/lib/palette";
import { Budgets } from "./Budgets";
import { begins, lasting, monthly, spentHours } from "@/lib/spent";
import css from "./Cost.module.css";
import { WhatIf } from "./WhatIf";

const route = getRouteApi("/cost");
const FIELDS = ["model", "agent", "team", "session", "workflow", "provider", "service", "operation"] as const;
type Field = (typeof FIELDS)[number];
const TABS: { value: "spent" | "budgets" | "what-if"; label: string }[] = [
  { value: "spent", label: "Spent" },
  { value: "budgets", label: "Budgets" },
  { value: "what-if", label: "With another model" },
];
const SHOWN = 7;
const BARS = 48;
/** Models without a price that are named. */
const NAMED = 3;
type Row = Schema<"CostRow"> & { token?: string };

/** A round width, so that about `BARS` bars fill the range. */
function stepFor(ms: number): string {
  const steps = [5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 10_800, 21_600, 86_400];
  const wanted = ms / 1000 / BARS;
  return `${steps.find((s) => s >= wanted) ?? 86_400}s`;
}

export function Cost() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const by: Field = FIELDS.find((f) => f === search.by) ?? "model";
  const q = search.q ?? "";
  const { from, to } = bounds(time.range, 0);
  const step = stepFor(to - from);
  const tab = TABS.find((t) => t.value === search.tab)?.value ?? "spent";
  const result = useQuery({
    queryFn: ({ signal }) => get("/api/v1/cost", { query: { ...time.query, by, q, step, limit: 100 }, signal }),
    queryKey: ["cost", by, q, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    enabled: tab === "spent",
  });
  const set = (change: { by?: string; q?: string; tab?: string; model?: string }) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const error = refusal(result.error);
  return (
    <Page
      name="Cost"
      scroll
      timeless={tab === "budgets"}
      bar={
        <>
          <Segments label="Parts" value={tab} options={TABS} onChange={(value) => set({ tab: value === "spent" ? undefined : value })} />
          {tab !== "budgets" && <FilterBar noun="spans" value={q} error={error} onChange={(text) => set({ q: text || undefined })} placeholder="Filter, such as service:checkout" />}
          {tab === "spent" && <Segments label="By" value={by} options={FIELDS.map((f) => ({ value: f, label: `By ${f}` }))} onChange={(value) => set({ by: value === "model" ? undefined : value })} />}
        </>
      }
    >
      {tab === "budgets" ? (
        <Budgets />
      ) : tab === "what-if" ? (
        <WhatIf q={q} model={search.model ?? ""} onModel={(model) => set({ model: model || undefined })} />
      ) : (
        <Await result={result} rows={12}>
          {(data) => <Content data={data} by={by} q={q} />}
        </Await>
      )}
    </Page>
  );
}

function Content({ data, by, q }: { data: Schema<"Cost">; by: Field; q: string }) {
  const time = useRange();
  if (data.items.length === 0) return <Empty title={q ? "Nothing that matches was spent" : "Nothing was spent in this time range"} actions={!q && <ConnectLink />}>Costs come from token counts and the <Link to="/settings" search={{ tab: "prices" }} className="link">price table</Link>; spans without either cost nothing.</Empty>;
  const top = data.items.slice(0, SHOWN);
  const rest = data.times_ms.map((_, i) => [...data.items.slice(SHOWN), ...(data.other ? [data.other] : [])].reduce((sum, item) => sum + (item.series[i] ?? 0), 0));
  const first = data.first == null ? null : parseTime(data.first);
  const [from, to] = [parseTime(data.window.start), parseTime(data.window.end)];
  const hours = spentHours(first, from, to);
  const young = begins(first, from, to);
  const month = monthly(data.total.cost_usd, hours, young);
  const barNs = data.times_ms.length > 1 ? ((data.times_ms[1] ?? 0) - (data.times_ms[0] ?? 0)) * 1e6 : undefined;
  const rows: Row[] = [...data.items.map((item, i) => ({ ...item, token: i < SHOWN ? categoryToken(i) : REST_TOKEN })), ...(data.other ? [{ ...data.other, key: "all others" }] : [])];
  return (
    <>
      {!data.complete && <p className="dim">Of older days only spans that were worth keeping are counted here. Without a filter, and by model, agent, team, provider, service or operation, all of it is.</p>}
      <Stats
        items={[
          { label: "Cost", value: money(data.total.cost_usd), about: `In ${lasting(hours)}, ${young ? "since the first that was spent" : "the whole time range"}` },
          { label: "Cost an hour", value: money(data.total.cost_usd / hours), about: `On average of ${lasting(hours)}` },
          { label: "Cost a month", value: month.usd === null ? NONE : `about ${money(month.usd)}`, about: month.about },
          { label: "Input tokens", value: count(data.total.input_tokens), note: data.total.input_tokens ? `${percent(data.total.cached_tokens / data.total.input_tokens)} cached` : undefined },
          { label: "Output tokens", value: count(data.total.output_tokens) },
          { label: "Model calls", value: count(data.total.spans), title: "Spans that used tokens or cost something: calls of models and embeddings, mostly. Other spans of agents and tools are in Traces only" },
        ]}
      />
      <Unpriced models={data.items.filter((item) => !item.priced)} of={by === "model" ? undefined : q} />
      <Panel title="Over time" note={barNs && `what was spent in each ${duration(barNs)}`} flush tools={<Link to="/settings" search={{ tab: "prices" }} className="link">What models cost</Link>}>
        <Chart
          label={`Cost over time by ${by}`}
          kind="bars"
          height={210}
          times={data.times_ms}
          format={money}
          series={[
            ...top.map((item, i) => ({ label: item.key || `no ${by}`, values: item.series, token: categoryToken(i) })),
            ...(rest.some((v) => v > 0) ? [{ label: "others", values: rest, token: REST_TOKEN }] : []),
          ]}
          onBrush={(from, to) => time.setRange({ from, to })}
        />
      </Panel>
      <Panel flush className={css.table} height={Math.min(560, 34 + ROW_PX * rows.length)}>
        <DataTable main label={`Cost by ${by}`} rows={rows} columns={columnsFor(by)} rowKey={(row) => row.key} record={(row) => recordOf(row, by)} />
      </Panel>
    </>
  );
}

/** Models that look free and are not: nobody knows their price. of: the filter for which they are looked for, where the list is not by model. Exported for tests. */
export function Unpriced({ models, of }: { models: Schema<"CostRow">[]; of: string | undefined }) {
  const time = useRange();
  const { data } = useQuery({
    queryFn: ({ signal }) => get("/api/v1/cost", { query: { ...time.query, by: "model", q: of ?? "", limit: 100 }, signal }),
    queryKey: ["cost", "unpriced", of, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(30_000),
    enabled: of !== undefined,
  });
  const rows = of === undefined ? models : (data?.items ?? []).filter((item) => !item.priced);
  if (rows.length === 0) return null;
  const tokens = rows.reduce((sum, row) => sum + row.input_tokens + row.output_tokens, 0);
  return (
    <p className={css.unpriced} role="note">
      <span>
        No price is known for <strong className="foreign">{rows.slice(0, NAMED).map((row) => row.key).join(", ")}</strong>
        {rows.length > NAMED && ` and ${rows.length - NAMED} more`}: {count(tokens)} tokens are counted as free.
      </span>{" "}
      <Link to="/settings" search={{ tab: "prices" }} className="link">Set a price</Link>
    </p>
  );
}

/** What a download holds of a row. */
function recordOf({ key, spans, priced, cost_usd, share, input_tokens, cached_tokens, output_tokens, reasoning_tokens }: Row, by: Field): Record<string, unknown> {
  return { [by]: key, spans, priced, cost_usd, share, input_tokens, cached_tokens, output_tokens, reasoning_tokens };
}

function columnsFor(by: Field): Column<Row>[] {
  return [
    {
      id: "key",
      header: by[0]?.toUpperCase() + by.slice(1),
      width: { share: 2, min: 170 },
      narrow: true,
      cell: (row) => (
        <>
          {row.token && <Swatch token={row.token} />}{" "}
          {by === "team" ? (
            <span className="foreign">{row.key || <span className="dim">no team</span>}</span>
          ) : (
            <Link to="/traces" search={{ q: row.key ? term(by, row.key) : "", sort: "-cost" }} className="foreign">
              {row.key || <span className="dim">no {by}</span>}
            </Link>
          )}
        </>
      ),
    },
    { id: "cost", header: "Cost", width: 100, end: true, narrow: true, cell: (row) => (row.priced ? money(row.cost_usd) : <span className="dim" title="The price table has no price for it">unpriced</span>) },
    {
      id: "share",
      header: "Share",
      width: { share: 1, min: 130 },
      cell: (row) => (
        <span className={css.share}>
          <span style={{ width: `${Math.max(0.5, row.share * 100)}%`, background: `var(${row.token ?? REST_TOKEN})` }} />
        </span>
      ),
    },
    { id: "percent", header: "", width: 70, end: true, narrow: true, cell: (row) => percent(row.share) },
    { id: "spans", header: "Model calls", hint: "Spans that used tokens or cost something", width: 96, end: true, cell: (row) => whole(row.spans) },
    { id: "each", header: "Cost a call", width: 104, end: true, cell: (row) => (row.priced ? money(row.spans ? row.cost_usd / row.spans : 0) : "—") },
    { id: "input", header: "Input tokens", width: 110, end: true, cell: (row) => whole(row.input_tokens) },
    { id: "cached", header: "Cached", width: 90, end: true, cell: (row) => whole(row.cached_tokens) },
    { id: "output", header: "Output tokens", width: 110, end: true, cell: (row) => whole(row.output_tokens) },
  ];
}
