import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { evaluate } from "@/api/prometheus";
import { Ago } from "@/components/Ago";
import { DataTable, ROW_PX, type Column } from "@/components/DataTable";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { active, ENDED, ended, says, watched, type Ended, type RuleGroup } from "@/lib/alerts";
import { duration } from "@/lib/format";
import { stamp } from "@/lib/time";
import css from "./Alerts.module.css";
import { How, Of } from "./cells";

const BACK_S = 24 * 3600;
const STEP_S = 60;
const EVERY_MS = 30_000;
const SHOWN = 6;
/** The panel without its rows: both heads. */
const HEADS_PX = 76;

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
  if (rows.length === 0) return null;
  const rules = new Map(watched(groups).filter(({ rule }) => rule.type === "alerting").map(({ key, rule }) => [rule.name, key]));
  return (
    <Panel flush title="Ended lately" note="fired in the last 24 hours, to the minute" className={css.ended} height={HEADS_PX + ROW_PX * Math.min(rows.length, SHOWN)}>
      <DataTable label="Ended lately" rows={rows} columns={columnsOf(rules)} rowKey={(row) => row.key} record={({ name, labels, from, to }) => ({ alert: name, labels, from: new Date(from).toISOString(), to: new Date(to).toISOString() })} />
    </Panel>
  );
}

function columnsOf(rules: Map<string, string>): Column<Ended>[] {
  const named = ({ name }: Ended) => {
    const open = rules.get(name);
    return open ? <Link to="/alerts" search={{ tab: "rules", open }} className="link clip foreign" title="The rule">{name}</Link> : <span className="clip foreign">{name}</span>;
  };
  return [
    { id: "alert", header: "Alert", width: { share: 1, min: 94 }, narrow: true, cell: named },
    { id: "severity", header: "Severity", width: 102, drop: 4, cell: (row) => <How severity={row.labels["severity"] ?? ""} /> },
    { id: "labels", header: "About", width: { share: 2, min: 102 }, narrow: true, cell: (row) => <Of labels={row.labels} /> },
    { id: "from", header: "Began", width: 140, end: true, drop: 3, cell: (row) => stamp(row.from) },
    { id: "lasted", header: "Lasted", width: 84, end: true, drop: 2, cell: (row) => duration((row.to - row.from) * 1e6) },
    { id: "to", header: "Ended", width: 100, end: true, narrow: true, cell: (row) => <Ago time={row.to} /> },
  ];
}
