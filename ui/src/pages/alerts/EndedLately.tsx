import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { evaluate } from "@/api/prometheus";
import { Ago } from "@/components/Ago";
import { DataTable, ROW_PX, type Column } from "@/components/DataTable";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { active, ENDED, ended, filled, says, watched, whom, worst, type Active, type Ended, type RuleGroup, type Watched } from "@/lib/alerts";
import { duration, reading } from "@/lib/format";
import { stamp } from "@/lib/time";
import css from "./Alerts.module.css";
import { How, Of } from "./cells";

const BACK_S = 24 * 3600;
const STEP_S = 60;
/** Between two values that are looked at; alerts can be short. */
const FINE_S = 30;
const EVERY_MS = 30_000;
const SHOWN = 20;
/** A panel without its rows: both heads. */
export const HEADS_PX = 76;

/** Alerting rules by their names. */
type Rules = Map<string, Watched & { rule: Active["rule"] }>;

/** What fired in the last day and no longer does, as the series of alerts tell; nothing where there is none. */
export function EndedLately({ groups, words }: { groups: RuleGroup[]; words: string }) {
  const time = useRange();
  const firing = active(groups).filter((one) => one.state === "firing");
  const result = useQuery({
    queryKey: ["alerts", "ended", firing.map((one) => one.key)], // one that ends is told at once
    placeholderData: keepPreviousData,
    refetchInterval: time.every(EVERY_MS),
    retry: false,
    queryFn: async ({ signal }) => {
      const end = Math.floor(Date.now() / 1000);
      const { data } = await evaluate("query_range", { query: ENDED, start: end - BACK_S, end, step: STEP_S }, signal);
      return data.resultType === "matrix" ? ended(data.result, STEP_S) : [];
    },
  });
  const rows = (result.data ?? []).filter((one) => says(one, one.name, words));
  const rules = new Map(watched(groups).flatMap((one) => (one.rule.type === "alerting" ? [[one.rule.name, { ...one, rule: one.rule }] as const] : [])));
  const values = useValues(result.data ?? NONE, rules);
  if (rows.length === 0) return null;
  return (
    <Panel flush title="Ended lately" note="fired in the last 24 hours, to the minute" className={css.ended} height={HEADS_PX + ROW_PX * Math.min(rows.length, SHOWN)}>
      <DataTable label="Ended lately" rows={rows} columns={columnsOf(rules, values)} rowKey={(row) => row.key} record={({ key, name, labels, from, to }) => ({ alert: name, labels, value: values.get(key), from: new Date(from).toISOString(), to: new Date(to).toISOString() })} />
    </Panel>
  );
}

const NONE: Ended[] = [];

/** With which value each fired, by its key: what their rules ask is asked again, for the time that they fired in. */
function useValues(rows: readonly Ended[], rules: Rules): Map<string, number> {
  const queries = [...new Set(rows.flatMap(({ name }) => rules.get(name)?.rule.query ?? []))].sort();
  // The same moments each time: what is over keeps its value.
  const start = Math.floor(Math.min(...rows.map(({ from }) => from)) / 1000 / STEP_S) * STEP_S;
  const end = Math.ceil(Math.max(...rows.map(({ to }) => to)) / 1000 / STEP_S) * STEP_S;
  // Each rule by itself: some ask much, and what one has to wait for, or is refused, keeps nothing from the others.
  const data = useQueries({
    queries: queries.map((query) => ({
      queryKey: ["alerts", "values", query, rows.length, end],
      placeholderData: keepPreviousData,
      staleTime: Infinity, // what is over stays as it was
      retry: false,
      queryFn: async ({ signal }: { signal: AbortSignal }) => (await evaluate("query_range", { query, start, end, step: FINE_S }, signal)).data,
    })),
    combine: (results) => new Map(queries.map((query, i) => [query, results[i]?.data])),
  });
  return new Map(
    rows.flatMap((row) => {
      const query = rules.get(row.name)?.rule.query ?? "";
      const answer = data.get(query);
      const value = answer?.resultType === "matrix" ? worst(row, query, answer.result) : undefined;
      return value === undefined ? [] : [[row.key, value] as const];
    }),
  );
}

function columnsOf(rules: Rules, values: Map<string, number>): Column<Ended>[] {
  const why = (row: Ended) => {
    const rule = rules.get(row.name)?.rule;
    return (rule && filled(rule.annotations["summary"] ?? rule.annotations["description"] ?? "", row.labels, values.get(row.key))) || rule?.query || "";
  };
  const named = ({ name }: Ended) => {
    const open = rules.get(name)?.key;
    return open ? <Link to="/alerts" search={{ tab: "rules", open }} className="link clip foreign" title="The rule">{name}</Link> : <span className="clip foreign">{name}</span>;
  };
  return [
    { id: "alert", header: "Alert", width: { share: 1, min: 94 }, narrow: true, wrap: true, cell: named, below: (row) => why(row) || whom(row.labels) },
    { id: "severity", header: "Severity", width: 102, drop: 4, cell: (row) => <How severity={row.labels["severity"] ?? ""} /> },
    { id: "labels", header: "About", width: { share: 1, min: 102 }, cell: (row) => <Of labels={row.labels} /> },
    { id: "why", header: "Why", width: { share: 3, min: 150 }, drop: 3.5, cell: (row) => <span className="clip foreign" title={why(row)}>{why(row)}</span> },
    { id: "value", header: "Value", hint: "The gravest while it fired", width: 84, end: true, drop: 5, cell: (row) => reading(values.get(row.key)) },
    { id: "from", header: "Began", width: 140, end: true, drop: 3, cell: (row) => stamp(row.from) },
    { id: "lasted", header: "Lasted", width: 84, end: true, drop: 2, cell: (row) => duration((row.to - row.from) * 1e6) },
    { id: "to", header: "Ended", width: 100, end: true, narrow: true, cell: (row) => <Ago time={row.to} />, below: (row) => `after ${duration((row.to - row.from) * 1e6)}` },
  ];
}
