import { Link } from "@tanstack/react-router";
import { memo, useCallback, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type { LiveFleet } from "@/api/fleet";
import { StateBadge } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { AgentLink } from "@/components/Links";
import { DEFAULT_SORT, ordered, parseSort, sortText } from "@/components/order";
import { Panel } from "@/components/Panel";
import { costlessAt, PRICED_ONLY, Spent } from "@/components/Spent";
import { cx } from "@/lib/cx";
import { count, quantile } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { useNarrow } from "@/lib/use";
import css from "./Fleet.module.css";
import { FleetMap } from "./FleetMap";
import { GROUPINGS, troubleFirst, type Grouping, type Groups } from "./groups";

type View = { by?: Grouping; show?: "map" | "list"; find?: string; sort?: string };

type Props = {
  fleet: LiveFleet;
  by: Grouping;
  show: "map" | "list";
  find: string;
  sort: string | undefined;
  groups: Groups;
  /** Lines that were selected; undefined: none are. */
  picked: ReadonlySet<number> | undefined;
  onView: (change: View) => void;
  onOpen: (agent: string) => void;
  onGroup: (group: string) => void;
  onLasso: (lines: number[], lasso: string) => void;
};

/** Lines whose name, id, model, team, node or service has the words; undefined: nothing is looked for. */
function useFound(fleet: LiveFleet, find: string): ReadonlySet<number> | undefined {
  const { agent, name, model, team, node, service } = fleet.columns;
  return useMemo(() => {
    const text = find.trim().toLowerCase();
    if (!text) return undefined;
    const found = new Set<number>();
    const lists = [agent, name, model, team, node, service];
    for (let line = 0; line < agent.length; line += 1) if (lists.some((list) => list[line]?.toLowerCase().includes(text))) found.add(line);
    return found;
  }, [find, agent, name, model, team, node, service]);
}

/** Every agent: as cells of a map, or as a list of the same. */
export function Everyone({ fleet, by, groups, show, find, sort, picked, onView, onOpen, onGroup, onLasso }: Props) {
  const found = useFound(fleet, find);
  const [goal, setGoal] = useState<{ line: number; times: number }>();
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([{ keys: "/", label: "Find agents", group: "Page", run: () => field.current?.focus() }]);
  const bright = found ?? picked;
  const latest = useRef({ onView, found, name: fleet.columns.name });
  useEffect(() => {
    latest.current = { onView, found, name: fleet.columns.name };
  });
  const view = useCallback((change: View) => latest.current.onView(change), []);
  const go = useCallback(() => {
    const { name, found } = latest.current;
    const line = [...(found ?? [])].sort((a, b) => (name[a] ?? "").length - (name[b] ?? "").length)[0];
    if (line !== undefined) setGoal((old) => ({ line, times: (old?.times ?? 0) + 1 }));
  }, []);
  return (
    <Panel title="Every agent" className={cx(css.everyone, show === "list" && css.listed)} tools={<Tools field={field} find={find} by={by} show={show} onView={view} onGo={go} />}>
      {groups.error && <p className={css.aside}>The communities are not known: {groups.error.message}</p>}
      {groups.pending && <p className={css.aside}>Looking who works with whom …</p>}
      {show === "map" ? (
        <FleetMap fleet={fleet} by={by} nameOf={groups.nameOf} order={groups.order} placed={groups.placed} bright={bright} goal={goal} onOpen={onOpen} onGroup={onGroup} onLasso={onLasso} />
      ) : (
        <Twin fleet={fleet} by={by} groups={groups} bright={bright} sort={sort} onSort={(next) => onView({ sort: next })} onOpen={onOpen} />
      )}
    </Panel>
  );
}

type ToolsProps = Pick<Props, "find" | "by" | "show" | "onView"> & { field: RefObject<HTMLInputElement | null>; onGo: () => void };

/** What stays while the fleet moves. */
const Tools = memo(function Tools({ field, find, by, show, onView, onGo }: ToolsProps) {
  return (
    <div className={css.tools}>
      <input
        ref={field}
        type="search"
        className={css.find}
        aria-label="Find agents"
        placeholder="Find, enter to go there"
        value={find}
        onChange={(event) => onView({ find: event.target.value })}
        onKeyDown={(event) => event.key === "Enter" && onGo()}
      />
      <select className={css.by} aria-label="Group by" value={by} onChange={(event) => onView({ by: event.target.value as Grouping })}>
        {GROUPINGS.map((one) => (
          <option key={one} value={one}>{one === "community" ? "by community, last 15 minutes" : `by ${one}`}</option>
        ))}
      </select>
      <Segments label="Show as" value={show} options={[{ value: "map", label: "Map" }, { value: "list", label: "List" }]} onChange={(value) => onView({ show: value })} />
    </div>
  );
});

type TwinProps = { fleet: LiveFleet; by: Grouping; groups: Groups; bright: ReadonlySet<number> | undefined; sort: string | undefined; onSort: (sort: string) => void; onOpen: (agent: string) => void };

/** So many are listed on a phone, where what is below the list is to be reached. */
const NARROW_MAX = 40;

/** The agents of the map as a list: trouble first, or by a column. */
function Twin({ fleet, by, groups, bright, sort: text, onSort, onOpen }: TwinProps) {
  const { columns } = fleet;
  const { nameOf, placed } = groups;
  const sort = parseSort(text, DEFAULT_SORT);
  const worst = sort.id === DEFAULT_SORT.id && !sort.desc;
  const rows = useMemo(() => {
    const lines = worst ? troubleFirst(fleet) : ordered(fleet.columns, parseSort(text, DEFAULT_SORT), nameOf);
    return bright ? lines.filter((line) => bright.has(line)) : lines;
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `placed` says when lines change groups; the names are new with every update
  }, [fleet, bright, worst, text, placed]);
  const table: Column<number>[] = [
    { id: "name", header: "Agent", width: { share: 2, min: 140 }, sortable: true, narrow: true, cell: (i) => <AgentLink agent={columns.agent[i] ?? ""}>{columns.name[i] || columns.agent[i]}</AgentLink> },
    { id: "state", header: "State", width: 110, sortable: true, narrow: true, cell: (i) => <StateBadge state={columns.states[columns.state[i] ?? -1] ?? ""} /> },
    ...(by === "state" ? [] : [{ id: "group", header: by[0]?.toUpperCase() + by.slice(1), width: { share: 1, min: 110 }, sortable: true, drop: 1, cell: (i: number) => <bdi>{nameOf(i)}</bdi> }]),
    { id: "spans", header: "Spans", width: 70, end: true, sortable: true, drop: 3, hint: "in the last minute", cell: (i) => count(columns.spans[i]) },
    { id: "errors", header: "Errors", width: 70, end: true, sortable: true, narrow: true, hint: "in the last minute", cell: (i) => count(columns.errors[i]) },
    { id: "latency_p95_ms", header: "Latency p95", width: 92, end: true, sortable: true, drop: 2, hint: "in the last minute", cell: (i) => quantile(Number.isNaN(columns.latency_p95_ms[i]) ? null : (columns.latency_p95_ms[i] ?? 0) * 1e6) },
    { id: "cost_usd", header: "Cost", width: 92, end: true, sortable: true, drop: 2.5, hint: `in the last minute; ${PRICED_ONLY}`, cell: (i) => <Spent usd={columns.cost_usd[i]} unpriced={costlessAt(columns, i)} /> },
  ];
  const shown = useNarrow() ? rows.slice(0, NARROW_MAX) : rows;
  const record = (i: number) => ({ agent: columns.agent[i], name: columns.name[i], state: columns.states[columns.state[i] ?? -1], [by]: nameOf(i), spans: columns.spans[i], errors: columns.errors[i], latency_p95_ms: columns.latency_p95_ms[i], cost_usd: columns.cost_usd[i] });
  return (
    <>
      <DataTable label={worst ? "Every agent, trouble first" : "Every agent"} rows={shown} columns={table} rowKey={(i) => columns.agent[i] ?? ""} record={record} sort={sort} onSort={(next) => onSort(sortText(next))} onOpen={(i) => onOpen(columns.agent[i] ?? "")} main />
      {shown.length < rows.length && <Link to="/agents" className={cx(css.more, "link")}>{count(rows.length - shown.length)} more in Agents</Link>}
    </>
  );
}
