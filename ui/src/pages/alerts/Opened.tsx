import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { evaluate } from "@/api/prometheus";
import { Ago } from "@/components/Ago";
import { Copy } from "@/components/Copy";
import { AgentLink } from "@/components/Links";
import { Opened, Part, Verbatim } from "@/components/Opened";
import { partsPicture } from "@/components/paint";
import { Facts } from "@/components/Panel";
import { SaveChart } from "@/components/SaveChart";
import { active, agentOf, firings, keyOf, namesAgent, never, seriesOf, stateOf, whom, type Active, type Watched } from "@/lib/alerts";
import { duration, plural, reading, sentence } from "@/lib/format";
import { measured } from "@/lib/promql";
import { parseTime, stamp } from "@/lib/time";
import { useNow } from "@/lib/use";
import css from "./Alerts.module.css";
import { RuleState } from "./RuleState";

const NS = 1e9;
const SHOWN = 10;
const BEFORE_S = 24 * 3600;
const BEFORE_STEP_S = 60;
const BEFORE_EVERY_MS = 60_000;

/** One alert: since when, of whom, and the rule behind it. */
export function OpenedAlert({ alert, onClose }: { alert: Active; onClose: () => void }) {
  const agent = agentOf(alert.labels);
  return (
    <Opened name="Alert" head={<Head state={alert.state} title={alert.rule.name} />} deeds={agent && <Deeds agent={agent} />} onClose={onClose}>
      {Object.entries(alert.annotations).map(([name, text]) => (
        <Part key={name} title={sentence(name)}>
          <p className={css.said}>{text.startsWith("https://") || text.startsWith("http://") ? <a href={text} target="_blank" rel="noreferrer noopener" className="link">{text}</a> : text}</p>
        </Part>
      ))}
      <Facts
        items={[
          ["Since", <span key="since">{stamp(parseTime(alert.activeAt))} (<Ago time={alert.activeAt} />)</span>],
          ["Kept firing since", alert.keepFiringSince && stamp(parseTime(alert.keepFiringSince))],
          ["Value", reading(Number(alert.value))],
          ...Object.entries(alert.labels).map(([name, value]): [string, ReactNode] => [name, namesAgent(name) ? <AgentLink key={name} agent={value} /> : value]),
        ]}
      />
      <Before alert={alert} />
      <Behind watched={alert} linked />
    </Opened>
  );
}

/** When the same fired in the last day, as its series tells; nothing where the server keeps none. */
function Before({ alert }: { alert: Active }) {
  const now = useNow(BEFORE_EVERY_MS);
  const result = useQuery({
    queryKey: ["alert", "before", alert.key],
    refetchInterval: BEFORE_EVERY_MS,
    retry: false,
    queryFn: async ({ signal }) => {
      const end = Math.floor(Date.now() / 1000 / BEFORE_STEP_S) * BEFORE_STEP_S;
      const { data } = await evaluate("query_range", { query: seriesOf(alert), start: end - BEFORE_S, end, step: BEFORE_STEP_S }, signal);
      return data.resultType === "matrix" ? firings(data.result.map((one) => one.values ?? []), BEFORE_STEP_S) : [];
    },
  });
  if (!result.data) return null;
  const begin = now - BEFORE_S * 1000;
  const open = result.data.filter((one) => now - one.to < 2 * BEFORE_STEP_S * 1000);
  const all = result.data;
  const picture = () => partsPicture([...all.flatMap((one, i) => [{ label: "", value: one.from - (all[i - 1]?.to ?? begin), token: "--line" }, { label: "fired", value: one.to - one.from, token: "--bad" }]), { label: "", value: now - (all.at(-1)?.to ?? begin), token: "--line" }].map((part) => ({ ...part, value: Math.max(0, part.value) })));
  const records = () => all.map((one) => ({ from: new Date(one.from).toISOString(), to: new Date(one.to).toISOString() }));
  const past = result.data.filter((one) => !open.includes(one));
  return (
    <Part title={<>In the last 24 hours {result.data.length > 0 && <SaveChart label={`Firings of ${alert.rule.name}`} canvas={picture} records={records} legend={[{ label: "fired", token: "--bad" }]} />}</>}>
      <div className={css.strip} role="img" aria-label={`Fired ${plural(result.data.length, "time")}`}>
        {result.data.map((one) => (
          <i key={one.from} style={{ left: `${Math.max(0, (100 * (one.from - begin)) / (now - begin))}%`, width: `${(100 * (one.to - one.from)) / (now - begin)}%` }} title={`${stamp(one.from)} to ${stamp(one.to)}`} />
        ))}
      </div>
      {past.length === 0 ? (
        <p className="dim">It did not fire before.</p>
      ) : (
        <ul className={css.those}>
          {[...past].reverse().slice(0, SHOWN).map((one) => (
            <li key={one.from}>
              {stamp(one.from)} <span className="dim">for {duration((one.to - one.from) * 1e6)}</span> <Ago time={one.to} />
            </li>
          ))}
        </ul>
      )}
      {past.length > SHOWN && <p className="dim">and {past.length - SHOWN} times more</p>}
    </Part>
  );
}

/** One rule: what it asks, how it fares. */
export function OpenedRule({ watched, onClose }: { watched: Watched; onClose: () => void }) {
  const { rule, group } = watched;
  return (
    <Opened name="Rule" head={<Head state={stateOf(rule)} title={rule.name} />} onClose={onClose}>
      {rule.lastError && <div role="alert"><Verbatim className={css.error}>{rule.lastError}</Verbatim></div>}
      <Behind watched={watched} />
      {rule.type === "alerting" && rule.alerts.length > 0 && (
        <Part title="Active alerts">
          <ul className={css.those}>
            {active([group]).filter((one) => one.rule === rule).slice(0, SHOWN).map((one) => (
              <li key={one.key}>
                <RuleState state={one.state} />
                <Link to="/alerts" search={{ open: one.key }} className="link foreign">
                  {whom(one.labels) || rule.name}
                </Link>
                <Ago time={one.activeAt} />
              </li>
            ))}
          </ul>
          {rule.alerts.length > SHOWN && <p className="dim">and {rule.alerts.length - SHOWN} more</p>}
        </Part>
      )}
      <Facts
        items={[
          ["Evaluated", never(rule.lastEvaluation) ? "not yet" : <Ago key="ago" time={rule.lastEvaluation} />],
          ["Took", duration(rule.evaluationTime * NS)],
          ["Whole group took", duration(group.evaluationTime * NS)],
          ["At most", group.limit > 0 && `${group.limit} results`],
          ...Object.entries(rule.labels).map(([name, value]): [string, ReactNode] => [name, value]),
          ...(rule.type === "alerting" ? Object.entries(rule.annotations).map(([name, value]): [string, ReactNode] => [name, <code key={name}>{value}</code>]) : []),
        ]}
      />
    </Opened>
  );
}

/** The rule as its file says it, and its expression to look at over time. */
function Behind({ watched: { rule, group }, linked }: { watched: Pick<Watched, "rule" | "group">; linked?: boolean }) {
  return (
    <Part
      title={
        <>
          Expression <Copy text={rule.query} label="Copy the expression" />
          <Link to="/explore" search={{ q: measured(rule.query) }} className="link" title="What the rule compares with its threshold, as a chart">Look at it over time</Link>
        </>
      }
    >
      <Verbatim className={css.query}>{rule.query}</Verbatim>
      <Facts
        items={[
          ["For", rule.type === "alerting" && rule.duration > 0 && duration(rule.duration * NS)],
          ["Keeps firing for", rule.type === "alerting" && rule.keepFiringFor > 0 && duration(rule.keepFiringFor * NS)],
          ["Rule", linked && <Link key="rule" to="/alerts" search={{ tab: "rules", open: keyOf(group, rule) }} className="link">{rule.name}</Link>],
          ["Group", `${group.name}, every ${duration(group.interval * NS)}`],
          ["File", <code key="file">{group.file}</code>],
        ]}
      />
    </Part>
  );
}

/** What was open is no longer there: an alert that was resolved, a rule that was taken away. */
export function Gone({ rules, onClose }: { rules: boolean; onClose: () => void }) {
  return (
    <Opened name={rules ? "Rule" : "Alert"} head={<Head state={rules ? "" : "resolved"} title={rules ? "This rule is no longer loaded" : "This alert is no longer active"} />} onClose={onClose}>
      <p>
        {rules ? "Its file was changed." : "What the rule asks is no longer true. When it was is kept as a series: "}
        {!rules && <Link to="/explore" search={{ q: "ALERTS" }} className="link">ALERTS over time</Link>}
      </p>
    </Opened>
  );
}

function Head({ state, title }: { state: string; title: string }) {
  return (
    <>
      <RuleState state={state} />
      <h2 className="foreign">{title}</h2>
    </>
  );
}

function Deeds({ agent }: { agent: string }) {
  return (
    <>
      <Link to="/agents/$agent" params={{ agent }} className="link">What this agent did</Link>
      <Link to="/findings" search={{ subject: agent }} className="link">Findings about it</Link>
    </>
  );
}
