import { Link } from "@tanstack/react-router";
import { TriangleAlert, X } from "lucide-react";
import { memo, useMemo, useRef, useState } from "react";
import type { Change, LiveFleet } from "@/api/fleet";
import { Ago } from "@/components/Ago";
import { StateBadge, StateShape } from "@/components/Badge";
import { Button, IconButton } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { differing, useAim, useHeld } from "@/components/held";
import { AgentLink } from "@/components/Links";
import { Panel } from "@/components/Panel";
import { Severity } from "@/components/Severity";
import { cx } from "@/lib/cx";
import { term } from "@/lib/filter";
import { count, money, plural } from "@/lib/format";
import { ERRING, IN_TROUBLE, isTrouble, STATES } from "@/lib/states";
import css from "./Fleet.module.css";
import type { Grouping } from "./groups";
import type { Silence } from "./silent";

const CHANGES_MAX = 6;
const NEW_MAX = 3;
const RECENT_MS = 15 * 60_000; // for as long the server counts an agent as fresh
const LISTED_MAX = 8;
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
  // Of a crowd the changes that are kept hold but a part.
  const { fresh } = fleet.figures;
  const listed = fresh > NEW_MAX ? all.filter((change) => change.before) : all;
  return { listed: listed.slice(0, CHANGES_MAX), fresh: fresh > NEW_MAX ? fresh : 0 };
}

const WEIGHT: Record<string, number> = { wedged: 3, looping: 2, failing: 1, abandoned: 0.5 };
/** Whoever is told of above, at most `CHANGES_MAX` held and as many new ones, leaves enough for a list. */
const FIRST_MAX = 2 * CHANGES_MAX + LISTED_MAX;

/** Agents of one kind: how many there are, whether a line is one of them, and the first, in order. */
export type Kind = { n: number; is: (line: number) => boolean; first: number[] };

/** Agents in trouble, as the counter counts them: the gravest first, then those whose spans fail most. And those with failed spans in the last minute that are not in trouble: whose spans fail most first. Exported for tests. */
export function kindsOf({ columns }: Pick<LiveFleet, "columns">): { trouble: Kind; errs: Kind } {
  const { state, states, errors, spans, since_ms } = columns;
  const grave = states.map(isTrouble);
  const weight = states.map((name) => WEIGHT[name] ?? 0);
  const inTrouble = (line: number) => grave[state[line] ?? -1] ?? false;
  const fails = (line: number) => (errors[line] ?? 0) > 0;
  // Of few spans as if they were four, so that one of one is not the worst.
  const heavy = (line: number) => (weight[state[line] ?? -1] ?? 0) + Math.min(1, (errors[line] ?? 0) / Math.max(4, spans[line] ?? 0));
  const before = (a: number, b: number) => heavy(b) - heavy(a) || (since_ms[b] ?? 0) - (since_ms[a] ?? 0);
  const trouble: Kind = { n: 0, is: inTrouble, first: [] };
  const errs: Kind = { n: 0, is: (line) => fails(line) && !inTrouble(line), first: [] };
  // A whole fleet with every update: nothing is made per agent, and only who is shown is put in order.
  for (let line = 0; line < state.length; line += 1) {
    const kind = inTrouble(line) ? trouble : fails(line) ? errs : undefined;
    if (!kind) continue;
    kind.n += 1;
    const { first } = kind;
    if (first.length === FIRST_MAX && before(first[FIRST_MAX - 1] ?? 0, line) <= 0) continue;
    if (first.length === FIRST_MAX) first.pop();
    let at = first.length;
    while (at > 0 && before(first[at - 1] ?? 0, line) > 0) at -= 1;
    first.splice(at, 0, line);
  }
  return { trouble, errs };
}

/** How many of an agent's spans failed, where that is why it is listed; empty where its state says why. Exported for tests. */
export function failures({ columns }: LiveFleet, line: number): string {
  const state = columns.states[columns.state[line] ?? -1];
  if (!columns.errors[line] || state === "wedged" || state === "looping") return "";
  return `${count(columns.errors[line])} of ${count(Math.max(columns.errors[line] ?? 0, columns.spans[line] ?? 0))} failed`;
}

/** Why an agent is on the list: the trouble that it is in, or errors, whatever it does meanwhile. */
function Trouble({ state }: { state: string }) {
  if (isTrouble(state)) return <StateBadge state={state} />;
  return (
    <span className={css.errors} title={`It is ${state} and in no trouble, but some of its spans of the last minute failed`}>
      <TriangleAlert aria-hidden="true" /> errors
    </span>
  );
}

const TROUBLED = { title: "In trouble", search: { q: IN_TROUBLE, sort: "state" }, none: "Nobody is wedged, looping, failing or abandoned." };
const ERRS = { title: "Errors, not in trouble", search: { q: ERRING, sort: "-errors" }, none: "No span of anybody else failed in the last minute." };

/** Beside the map: who a finding calls silent, then what changed in the last minutes, newest first; below it who is in trouble, and whose spans fail. What one reads keeps its place. */
export function Aside({ fleet, silent }: { fleet: LiveFleet; silent: readonly Silence[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const { aimed: over, question, events } = useAim(frame, undefined);
  const [blank, setBlank] = useState(true);
  const aimed = over && !blank; // where nobody is listed, no line could slip away
  const { listed, fresh } = recent(fleet);
  const keyOf = (line: number) => fleet.columns.agent[line] ?? "";
  const changeKey = (change: Change) => keyOf(change.line);
  const { rows: changed } = useHeld(listed, changeKey, aimed, question);
  const told = new Set(changed.map((change) => change.line));
  const kinds = useMemo(() => kindsOf(fleet), [fleet]);
  const others = ({ first }: Kind) => first.filter((line) => !told.has(line)).slice(0, LISTED_MAX);
  const now = { trouble: others(kinds.trouble), errs: others(kinds.errs) };
  const { rows: trouble } = useHeld(now.trouble, keyOf, aimed, question);
  const { rows: errs } = useHeld(now.errs, keyOf, aimed, question);
  if (blank !== (changed.length + trouble.length + errs.length === 0)) setBlank(!blank);
  const waiting = differing(changed, listed, changeKey) + differing(trouble, now.trouble, keyOf) + differing(errs, now.errs, keyOf);
  const grave = (line: number) => kinds.trouble.is(line) || kinds.errs.is(line);
  return (
    <Panel title="Just changed" className={cx(css.side, css.first)} tools={<Link to="/agents" search={{ sort: "-since_ms" }} className="link">All</Link>}>
      <div ref={frame} {...events}>
        {changed.length === 0 && silent.length === 0 && <p className={css.calm}>In the last minutes nobody came into trouble, or out of it.</p>}
        <ul>
          {silent.map(({ finding, lines }) => (
            <li key={finding.id}>
              <Link to="/findings/$finding" params={{ finding: finding.id }} className={cx(css.line, css.grave)} title={`${finding.explanation} ${plural(lines.length, "agent")} still silent.`}>
                <Severity severity={finding.severity} />
                <strong className="clip foreign">{finding.title}</strong>
                <span className={css.why}>
                  <Ago time={finding.end} />
                </span>
              </Link>
            </li>
          ))}
          {changed.map((change) => (
            <li key={fleet.columns.agent[change.line]}>
              <Row {...rowOf(fleet, change.line)} grave={grave(change.line)} since={change.time_ms} before={change.before} after={change.after} />
            </li>
          ))}
        </ul>
        {fresh > 0 && <p className={css.calm}>{plural(fresh, "agent")} came for the first time in the last 15 minutes.</p>}
        <Some fleet={fleet} {...TROUBLED} kind={kinds.trouble} told={told} shown={trouble} />
        <Some fleet={fleet} {...ERRS} kind={kinds.errs} told={told} shown={errs} />
        {waiting > 0 && (
          <Button look="primary" className={css.waiting} title="Lines stay in their places while you point at them; press, or point elsewhere, to take in what changed">
            {count(waiting)} changed
          </Button>
        )}
      </div>
    </Panel>
  );
}

type Part = { title: string; search: { q: string; sort: string }; none: string };

/** Agents of one kind: all are counted, who is told of already is not listed again, and the links lead to exactly them. */
function Some({ fleet, title, kind, told, shown, search, none }: Part & { fleet: LiveFleet; kind: Kind; told: ReadonlySet<number>; shown: readonly number[] }) {
  const { n } = kind;
  const above = [...told].filter(kind.is).length;
  const more = n - above - shown.length;
  return (
    <section aria-label={title}>
      <div className={css.second}>
        <h2>
          {title}
          {n > 0 && <span className={css.many}>{above > 0 ? `${count(n)}, ${above === n ? "told" : `${count(above)} of them`} above` : count(n)}</span>}
        </h2>
        {n > 0 && (
          <Link to="/agents" search={search} className="link" aria-label={`All agents: ${title.toLowerCase()}`}>
            All
          </Link>
        )}
      </div>
      {n === 0 && shown.length === 0 && <p className={css.calm}>{none}</p>}
      {shown.length > 0 && (
        <ul>
          {shown.map((line) => (
            <li key={fleet.columns.agent[line]}>
              <Row {...rowOf(fleet, line)} grave since={fleet.columns.since_ms[line] ?? 0} />
            </li>
          ))}
        </ul>
      )}
      {more > 0 && (
        <Link to="/agents" search={search} className={cx("link", css.more)}>
          and {count(more)} more
        </Link>
      )}
    </section>
  );
}

const rowOf = (fleet: LiveFleet, line: number) => ({ agent: fleet.columns.agent[line] ?? "", name: nameAt(fleet, line), state: stateAt(fleet, line), failed: failures(fleet, line) });

type RowProps = ReturnType<typeof rowOf> & { grave: boolean; since: number; before?: string; after?: string };

/** One agent: what it is up to, or what became of it; its name, and why or since when. `grave`: it is in trouble or its spans fail, so it stands out. Drawn anew only where one of these is another. */
const Row = memo(function Row({ agent, name, state, failed, grave, since, before, after }: RowProps) {
  return (
    <Link to="/agents/$agent" params={{ agent }} className={cx(css.line, grave && css.grave, !isTrouble(state) && css.errs)}>
      {after === undefined ? (
        <Trouble state={state} />
      ) : (
        <span className={css.turn} title={`${before || "new"}, then ${after}`}>
          {before ? <StateShape state={before} /> : <span className="dim">new</span>} → <StateBadge state={after} />
        </span>
      )}
      <strong className="clip foreign">{name}</strong>
      <span className={css.why} title={failed && "of its spans of the last minute"}>
        {failed || <Ago time={since} />}
      </span>
    </Link>
  );
});

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
  const q = lines.length === 0 ? "" : filterOf(lines.map((line) => columns.agent[line] ?? ""), by, group);
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
          {lines.length === 0 && <span className="dim">Nobody who was selected is in the fleet now.</span>}
          {q === undefined && <span className="dim">Too many for one filter; the list below has them all.</span>}
        </div>
        <DataTable label="Selected agents" rows={lines} columns={table} rowKey={(i) => columns.agent[i] ?? ""} record={(i) => ({ agent: columns.agent[i], name: columns.name[i], state: stateAt(fleet, i), errors: columns.errors[i] })} />
      </div>
    </Panel>
  );
}
