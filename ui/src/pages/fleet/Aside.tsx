import { Link } from "@tanstack/react-router";
import { TriangleAlert, X } from "lucide-react";
import type { Change, LiveFleet } from "@/api/fleet";
import { Ago } from "@/components/Ago";
import { StateBadge, StateShape } from "@/components/Badge";
import { IconButton } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { AgentLink } from "@/components/Links";
import { Panel } from "@/components/Panel";
import { term } from "@/lib/filter";
import { count, money, plural } from "@/lib/format";
import { STATES, TROUBLE } from "@/lib/states";
import css from "./Fleet.module.css";
import type { Grouping } from "./groups";

const CHANGES_MAX = 9;
const NEW_MAX = 3;
const RECENT_MS = 15 * 60_000;
const TROUBLE_MAX = 8;
const FILTER_MAX = 3800;

const nameAt = (fleet: LiveFleet, line: number) => fleet.columns.name[line] || (fleet.columns.agent[line] ?? "");
const stateAt = (fleet: LiveFleet, line: number) => fleet.columns.states[fleet.columns.state[line] ?? -1] ?? "";

/** The newest change of each agent, newest first; where many are new they are counted only. Exported for tests. */
export function recent(fleet: Pick<LiveFleet, "figures" | "changes">): { listed: Change[]; fresh: number } {
  const since = Date.parse(fleet.figures.time) - RECENT_MS;
  const newest = new Map<number, Change>();
  // The newest stand last; of two at one moment the later one holds.
  for (const change of [...fleet.changes].reverse().sort((a, b) => b.time_ms - a.time_ms)) if (change.time_ms >= since && !newest.has(change.line)) newest.set(change.line, change);
  const all = [...newest.values()];
  const fresh = all.filter((change) => !change.before).length;
  const listed = fresh > NEW_MAX ? all.filter((change) => change.before) : all;
  return { listed: listed.slice(0, CHANGES_MAX), fresh: fresh > NEW_MAX ? fresh : 0 };
}

/** Agents that most need somebody: by state, then by errors. Exported for tests. */
export function troubled(fleet: LiveFleet): number[] {
  const { columns } = fleet;
  const base = columns.states.map((state) => (state === "wedged" ? 3 : state === "looping" ? 2 : state === "failing" ? 1 : state === "abandoned" ? 0.5 : 0));
  const found: { i: number; w: number }[] = [];
  for (let i = 0; i < columns.agent.length; i += 1) {
    const w = (base[columns.state[i] ?? -1] ?? 0) + Math.min(1, (columns.errors[i] ?? 0) / Math.max(4, columns.spans[i] ?? 0));
    if (w >= 0.1) found.push({ i, w });
  }
  const sorted = found.sort((a, b) => b.w - a.w || (columns.since_ms[b.i] ?? 0) - (columns.since_ms[a.i] ?? 0));
  return sorted.slice(0, TROUBLE_MAX).map((f) => f.i);
}

/** How many of an agent's spans failed, where that is why it needs a look; empty where its state says why. Exported for tests. */
export function failures({ columns }: LiveFleet, line: number): string {
  const state = columns.states[columns.state[line] ?? -1];
  if (!columns.errors[line] || state === "wedged" || state === "looping") return "";
  return `${count(columns.errors[line])} of ${count(Math.max(columns.errors[line] ?? 0, columns.spans[line] ?? 0))} failed`;
}

/** Why an agent is on the list: the trouble that it is in, or errors, whatever it does meanwhile. */
function Trouble({ state }: { state: string }) {
  if ((TROUBLE as readonly string[]).includes(state)) return <StateBadge state={state} />;
  return (
    <span className={css.errors} title={`It is ${state}, but some of its spans fail`}>
      <TriangleAlert aria-hidden="true" /> errors
    </span>
  );
}

/** Beside the map: who needs a look, then what changed in the last minutes. */
export function Aside({ fleet }: { fleet: LiveFleet }) {
  const { listed, fresh } = recent(fleet);
  const lines = troubled(fleet);
  return (
    <Panel
      title="Needs a look"
      className={css.side}
      tools={
        <Link to="/agents" search={{ sort: "health" }} className="link">
          All
        </Link>
      }
    >
      {lines.length === 0 && <p className={css.calm}>Nothing is stuck, looping or failing.</p>}
      <ul>
        {lines.map((i) => (
          <li key={fleet.columns.agent[i]}>
            <Link to="/agents/$agent" params={{ agent: fleet.columns.agent[i] ?? "" }} className={css.line}>
              <Trouble state={stateAt(fleet, i)} />
              <strong className="clip foreign">{nameAt(fleet, i)}</strong>
              <span className={css.why} title={failures(fleet, i) && "in the last minute"}>
                {failures(fleet, i) || <Ago time={fleet.columns.since_ms[i] ?? 0} />}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <div className={css.second}>
        <h2>Just changed</h2>
      </div>
      {listed.length === 0 && <p className={css.calm}>In the last minutes nobody came into trouble, or out of it.</p>}
      <ul>
        {listed.map((change) => (
          <li key={fleet.columns.agent[change.line]}>
            <Link to="/agents/$agent" params={{ agent: fleet.columns.agent[change.line] ?? "" }} className={css.line}>
              <span className={css.turn} title={`${change.before || "new"}, then ${change.after}`}>
                {change.before ? <StateShape state={change.before} /> : <span className="dim">new</span>} → <StateBadge state={change.after} />
              </span>
              <strong className="clip foreign">{nameAt(fleet, change.line)}</strong>
              <span className={css.why}>
                <Ago time={change.time_ms} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {fresh > 0 && <p className={css.calm}>{plural(fresh, "agent")} came for the first time in the last 15 minutes.</p>}
    </Panel>
  );
}

/** The filter that finds what was selected: the group, or each agent where they are few enough for an address. Exported for tests. */
export function filterOf(agents: readonly string[], by: Grouping, group: string): string | undefined {
  if (group && by !== "community" && group !== `no ${by}` && group !== "and others") return term(by, group);
  if (agents.length > FILTER_MAX) return undefined;
  const q = `agent:${agents.map((agent) => term("", agent).slice(1)).join(",")}`;
  return q.length <= FILTER_MAX ? q : undefined;
}

/** What was drawn around on the map: its states, its figures, its agents, and the way to the list. */
export function Selection({ fleet, lines, by, group, onClear }: { fleet: LiveFleet; lines: readonly number[]; by: Grouping; group: string; onClear: () => void }) {
  const { columns } = fleet;
  const sum = (list: Float64Array) => lines.reduce((total, line) => total + (list[line] ?? 0), 0);
  const states = new Map<string, number>();
  for (const line of lines) states.set(stateAt(fleet, line), (states.get(stateAt(fleet, line)) ?? 0) + 1);
  const q = filterOf(lines.map((line) => columns.agent[line] ?? ""), by, group);
  const table: Column<number>[] = [
    { id: "agent", header: "Agent", width: { share: 1, min: 120 }, narrow: true, cell: (i) => <AgentLink agent={columns.agent[i] ?? ""}>{nameAt(fleet, i)}</AgentLink> },
    { id: "state", header: "State", width: 96, narrow: true, cell: (i) => <StateBadge state={stateAt(fleet, i)} /> },
    { id: "errors", header: "Errors", width: 58, end: true, narrow: true, cell: (i) => count(columns.errors[i]) },
  ];
  return (
    <Panel
      title={group ? <bdi>{group}</bdi> : "Selection"}
      note={plural(lines.length, "agent")}
      className={css.side}
      flush
      tools={
        <>
          {q && (
            <Link to="/agents" search={{ q }} className="link">
              Filter by it
            </Link>
          )}
          <IconButton label="Select nobody" onClick={onClear}>
            <X aria-hidden="true" />
          </IconButton>
        </>
      }
    >
      <div className={css.selection}>
        <div className={css.sums}>
          {STATES.filter((state) => states.has(state)).map((state) => (
            <span key={state} className={css.sum}>
              <StateShape state={state} /> {count(states.get(state))} {state}
            </span>
          ))}
          <span className="dim num">
            {plural(sum(columns.spans), "span")}, {plural(sum(columns.errors), "error")}, {money(sum(columns.cost_usd))} a minute
          </span>
          {!q && <span className="dim">Too many for one filter; the list below has them all.</span>}
        </div>
        <DataTable label="Selected agents" rows={lines} columns={table} rowKey={(i) => columns.agent[i] ?? ""} record={(i) => ({ agent: columns.agent[i], name: columns.name[i], state: stateAt(fleet, i), errors: columns.errors[i] })} />
      </div>
    </Panel>
  );
}
