import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { count, duration, money, percent, plural } from "@/lib/format";
import { stamp } from "@/lib/time";
import css from "./Versions.module.css";

const route = getRouteApi("/agents/$agent");
type Version = Schema<"Version">;
type Change = Schema<"VersionChange">;
type Figure = Change["figure"];

const FIGURES: { figure: Figure; name: string; value: (v: Version) => string }[] = [
  { figure: "failed", name: "Failed turns", value: (v) => percent(v.failed_share) },
  { figure: "duration", name: "Time of a turn", value: (v) => duration(v.duration_p50_ns) },
  { figure: "tokens", name: "Tokens a turn", value: (v) => count(Math.round(v.tokens)) },
  { figure: "cost", name: "Cost of a turn", value: (v) => money(v.cost_usd) },
  { figure: "spans", name: "Steps a turn", value: (v) => v.spans.toFixed(1) },
];

const signed = (part: number) => `${part > 0 ? "+" : part < 0 ? "−" : ""}${(Math.abs(part) * 100).toFixed(Math.abs(part) < 0.1 ? 1 : 0)} %`;

/** A difference in words; failures are shares, so they differ by points. Exported for tests. */
export function told(change: Change): { text: string; tone: "bad" | "ok" | "neutral"; range: string } {
  const unit = change.figure === "failed" ? (x: number) => signed(x).replace(" %", " points") : signed;
  const range = `between ${unit(change.low)} and ${unit(change.high)}`;
  if (change.verdict === "unknown") return { text: "too few to judge", tone: "neutral", range };
  if (change.verdict === "same") return { text: "no certain change", tone: "neutral", range };
  return { text: unit(change.difference), tone: change.verdict === "more" ? "bad" : "ok", range };
}

/** What a download holds of a version: its figures, and how each differs from the version before. Exported for tests. */
export function recordOf({ changes, ...figures }: Version): Record<string, unknown> {
  const against = (change: Change) => Object.entries(change).flatMap(([name, value]) => (name === "figure" ? [] : [[`${change.figure}_${name}`, value]]));
  return { ...figures, ...Object.fromEntries(changes.flatMap(against)) };
}

/** The versions of an agent side by side: what each brought since it was rolled out, and how certain that is. */
export function Versions({ agent, kind }: { agent: string; kind: string }) {
  const scope = route.useSearch().scope === "agent" ? "agent" : "kind";
  const navigate = route.useNavigate();
  const time = useRange();
  const result = useQuery({
    queryKey: ["agent", agent, "versions", scope, time.query],
    refetchInterval: time.every(15_000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/versions", { path: { agent_id: agent }, query: { ...time.query, scope }, signal }),
  });
  return (
    <Panel
      title="Versions"
      note="in the time range"
      tools={
        <>
          <Segments label="Whose" value={scope} options={[{ value: "kind", label: kind ? `All of kind ${kind}` : "All of its kind" }, { value: "agent", label: "This agent" }]} onChange={(value) => void navigate({ search: (old) => ({ ...old, scope: value === "agent" ? value : undefined }), replace: true })} />
          {result.data && result.data.items.length > 0 && <Export label={scope === "kind" ? "Versions of its kind" : "Versions"} records={() => result.data.items.map(recordOf)} />}
        </>
      }
    >
      <Await result={result} rows={6}>
        {(data) => (data.items.length === 0 ? <Empty title="No turns in this time range">A version is the attribute service.version of the resource that spans come from.</Empty> : <Table versions={data.items} />)}
      </Await>
    </Panel>
  );
}

function Table({ versions }: { versions: Version[] }) {
  return (
    <>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Versions side by side">
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">Per turn</th>
              {versions.map((v, i) => (
                <th key={v.version} scope="col">
                  <span className="foreign">{v.version || "not told"}</span> {i === 0 && versions.length > 1 && <Badge tone="accent">newest</Badge>}
                  <small title={stamp(Date.parse(v.first_time))}>
                    first seen <Ago time={v.first_time} /> · {plural(v.turns, "turn")} · {plural(v.agents, "agent")}
                  </small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {FIGURES.map((row) => (
              <tr key={row.figure}>
                <th scope="row">{row.name}</th>
                {versions.map((v) => {
                  const change = v.changes.find((c) => c.figure === row.figure);
                  const words = change && told(change);
                  return (
                    <td key={v.version}>
                      <strong className="num">{row.value(v)}</strong>
                      {row.figure === "duration" && <span className="dim num"> p95 {duration(v.duration_p95_ns)}</span>}
                      {words && change && (
                        <>
                          <span className={css.change}>
                            <Badge tone={words.tone} title={`95 % certain: ${words.range}`}>
                              {words.text}
                            </Badge>
                            <span className="dim">vs {v.against}</span>
                          </span>
                          <Interval change={change} />
                          <small className="num">{words.range}</small>
                        </>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className={css.note}>
        Each version is compared with the one before it, over the turns and agents that its heading counts. A turn is what one agent did in one trace; failed turns are shares, which differ by percentage points. The difference lies between the two ends below it with 95 % certainty for all figures together; with all of a kind every agent counts once. What chance may explain is not called a change.
      </p>
    </>
  );
}

/** The interval of a difference on a line around zero. */
function Interval({ change }: { change: Change }) {
  const reach = Math.max(Math.abs(change.low), Math.abs(change.high), 1e-9) * 1.05;
  const at = (value: number) => 50 + (value / reach) * 50;
  return (
    <span className={css.interval} aria-hidden="true">
      <i className={css.zero} />
      <i className={css.range} data-verdict={change.verdict} style={{ left: `${at(change.low)}%`, width: `${Math.max(1, at(change.high) - at(change.low))}%` }} />
      <i className={css.point} style={{ left: `${at(change.difference)}%` }} />
    </span>
  );
}
