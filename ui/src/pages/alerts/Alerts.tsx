import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { ruleGroups } from "@/api/prometheus";
import { Ago } from "@/components/Ago";
import { Button, Segments } from "@/components/Button";
import { DataTable, ROW_PX, type Column } from "@/components/DataTable";
import { Dialog } from "@/components/Dialog";
import { FindBox } from "@/components/FindBox";
import { Await, Empty } from "@/components/Notice";
import { Verbatim } from "@/components/Opened";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { active, says, stateOf, watched, whom, type Active, type RuleGroup, type Watched } from "@/lib/alerts";
import { cx } from "@/lib/cx";
import { plural, reading } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import css from "./Alerts.module.css";
import { How, Of } from "./cells";
import { EndedLately, HEADS_PX } from "./EndedLately";
import { Gone, OpenedAlert, OpenedRule } from "./Opened";
import { RuleState } from "./RuleState";

const route = getRouteApi("/alerts");
const EVERY_MS = 5000;
const TABS = [
  { value: "alerts", label: "Alerts" },
  { value: "rules", label: "Rules" },
];
const STATES = [
  { value: "", label: "All" },
  { value: "firing", label: "Firing" },
  { value: "pending", label: "Pending" },
];

/** What fires now, what did lately, and the rules that watch for it. */
export function Alerts() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const result = useQuery({
    queryKey: ["rules"],
    queryFn: ({ signal }) => ruleGroups(signal),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(EVERY_MS),
  });
  const set = (change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const rules = search.tab === "rules";
  const groups = result.data ?? [];
  const words = search.q ?? "";
  const alerts = active(groups).filter((one) => (!search.state || one.state === search.state) && says(one, one.rule.name, words));
  const listed = watched(groups).filter(({ rule, group }) => says(rule, `${rule.name}\n${group.name}\n${group.file}\n${rule.query}`, words));
  const rows: readonly { key: string }[] = rules ? listed : alerts;
  const at = rows.findIndex((row) => row.key === search.open);
  const show = (open: string | undefined) => set({ open });
  const step = (by: number) => show(rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.key ?? search.open);
  useHotkeys(
    at >= 0
      ? [
          { keys: "j", label: "Next", group: "Alerts", run: () => step(1) },
          { keys: "k", label: "Previous", group: "Alerts", run: () => step(-1) },
          { keys: "Escape", label: "Close", group: "Alerts", run: () => show(undefined) },
        ]
      : [],
  );
  const rest = () => set({ q: undefined, state: undefined, open: undefined });
  const alert = rules ? undefined : alerts[at];
  const rule = rules ? listed[at] : undefined;
  const gone = !!search.open && !!result.data && !alert && !rule;
  return (
    <Page
      name="Alerts"
      now
      bar={
        <>
          <Segments label="What to list" value={rules ? "rules" : "alerts"} options={TABS} onChange={(tab) => set({ tab: tab === "rules" ? tab : undefined, open: undefined })} />
          {!!result.data?.length && rules && <HowTo />}
          <FindBox label={rules ? "Find rules" : "Find alerts"} placeholder={rules ? "Find by name, group, file or expression" : "Find by name, labels or summary"} value={words} onChange={(q) => set({ q: q || undefined })} />
          {!rules && <Segments label="State" value={search.state ?? ""} options={STATES} onChange={(state) => set({ state: state || undefined })} />}
        </>
      }
    >
      <div className={cx(css.two, (alert || rule || gone) && css.split)}>
        <div className={css.lists}>
          <Panel flush title={rules ? "Rules" : "Active alerts"} note={result.data && told(groups, rules)} className={cx(css.list, result.data && !rules && (alerts.length === 0 ? css.calm : css.few))} height={rules || alerts.length === 0 ? undefined : HEADS_PX + ROW_PX * alerts.length}>
            <Await result={result} rows={8}>
              {(data) =>
                data.length === 0 ? (
                  <NoRules />
                ) : rules ? (
                  <DataTable main label="Rules" rows={listed} columns={RULES} rowKey={(row) => row.key} selected={search.open} onOpen={(row) => show(row.key)} record={(row) => ({ group: row.group.name, file: row.group.file, ...row.rule })} foot={listed.length === 0 ? <Button onClick={rest}>Show all rules</Button> : undefined} />
                ) : alerts.length === 0 ? (
                  <Calm some={!!words || !!search.state} rules={watched(data).filter(({ rule: one }) => one.type === "alerting").length} onAll={rest} onRules={() => set({ tab: "rules" })} />
                ) : (
                  <DataTable main label="Active alerts" rows={alerts} columns={ALERTS} rowKey={(row) => row.key} selected={search.open} onOpen={(row) => show(row.key)} record={({ labels, annotations, state, activeAt, value }) => ({ labels, annotations, state, activeAt, value })} />
                )
              }
            </Await>
          </Panel>
          {result.data && !rules && !search.state && <EndedLately groups={result.data} words={words} />}
        </div>
        {alert && <OpenedAlert alert={alert} onClose={() => show(undefined)} />}
        {rule && <OpenedRule watched={rule} onClose={() => show(undefined)} />}
        {gone && <Gone rules={rules} onClose={() => show(undefined)} />}
      </div>
    </Page>
  );
}

function told(groups: RuleGroup[], rules: boolean): string {
  if (rules) return `${plural(watched(groups).length, "rule")} in ${plural(groups.length, "group")}`;
  const all = active(groups);
  const firing = all.filter((one) => one.state === "firing").length;
  return `${firing} firing, ${all.length - firing} pending`;
}

const ALERTS: Column<Active>[] = [
  { id: "state", header: "State", width: 84, narrow: true, cell: (row) => <RuleState state={row.state} /> },
  { id: "alert", header: "Alert", width: { share: 1, min: 94 }, narrow: true, wrap: true, cell: (row) => <span className="clip foreign" title={row.rule.name}>{row.rule.name}</span>, below: (row) => row.annotations["summary"] || whom(row.labels) },
  { id: "severity", header: "Severity", width: 102, drop: 4, cell: (row) => <How severity={row.labels["severity"] ?? ""} /> },
  { id: "labels", header: "About", width: { share: 1, min: 102 }, cell: (row) => <Of labels={row.labels} /> },
  { id: "summary", header: "Summary", width: { share: 3, min: 150 }, drop: 3, cell: (row) => <span className="clip foreign">{row.annotations["summary"] ?? row.annotations["description"] ?? ""}</span> },
  { id: "value", header: "Value", width: 84, end: true, drop: 5, cell: (row) => reading(Number(row.value)) },
  { id: "since", header: "Since", width: 88, end: true, narrow: true, cell: (row) => <Ago time={row.activeAt} /> },
];

const RULES: Column<Watched>[] = [
  { id: "state", header: "State", width: 96, narrow: true, cell: ({ rule }) => <RuleState state={stateOf(rule)} /> },
  { id: "rule", header: "Rule", width: { share: 1, min: 140 }, narrow: true, cell: ({ rule }) => <span className="clip foreign" title={rule.name}>{rule.name}</span> },
  { id: "query", header: "Expression", width: { share: 2, min: 180 }, drop: 2, cell: ({ rule }) => <code className="clip foreign" title={rule.query}>{rule.query}</code> },
  { id: "alerts", header: "Alerts", width: 70, end: true, drop: 4, cell: ({ rule }) => (rule.type === "alerting" ? rule.alerts.length : "") },
  { id: "group", header: "Group", width: { share: 1, min: 90 }, drop: 3, cell: ({ group }) => <span className="clip dim" title={group.file}>{group.name}</span> },
  { id: "evaluated", header: "Evaluated", width: 96, end: true, narrow: true, drop: 5, cell: ({ rule }) => <Ago time={rule.lastEvaluation} /> },
];

function Calm({ some, rules, onAll, onRules }: { some: boolean; rules: number; onAll: () => void; onRules: () => void }) {
  if (some) return <Empty title="No alert matches" actions={<Button onClick={onAll}>Show all alerts</Button>} />;
  return (
    <Empty title="Nothing fires, nothing is pending" actions={<><Button onClick={onRules}>Show the rules</Button> <HowTo /></>}>
      {plural(rules, "alerting rule")} {rules === 1 ? "watches" : "watch"}.
    </Empty>
  );
}

const CONFIG = `# swarmscope.toml
[rules]
files = ["/etc/swarmscope/rules/*.yaml"]
alertmanagers = ["http://127.0.0.1:9093"]`;

function NoRules() {
  return (
    <Empty title="No rules are loaded">
      Rule files of Prometheus are read as they are, and again when they change. Name them in the configuration:
      <Verbatim>{CONFIG}</Verbatim>
    </Empty>
  );
}

const RULE = `# /etc/swarmscope/rules/agents.yaml
groups:
  - name: agents
    rules:
      - alert: AgentSpends
        expr: >-
          sum by (swarmscope_agent_id) (rate(agent_cost_USD_total[5m]))
          * 3600 > 4
        for: 2m
        labels: {severity: high}
        annotations:
          summary: "{{ $labels.swarmscope_agent_id }} spends {{ $value }} USD an hour."`;

/** Rules stand in files, which this page only reads: how another one is added. */
function HowTo() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Add a rule</Button>
      {open && (
        <Dialog title="Add a rule" onClose={() => setOpen(false)}>
          <div className={css.how}>
            <p>Rules stand in files, as those of Prometheus. Write one, or add to a file that is read already:</p>
            <Verbatim>{RULE}</Verbatim>
            <p>A new file is named in the configuration. Files are read again within five seconds after they changed.</p>
            <Verbatim>{CONFIG}</Verbatim>
            <p>What fires is sent to the Alertmanagers named there: they notify people, and there one silences an alert for a while.</p>
          </div>
        </Dialog>
      )}
    </>
  );
}
