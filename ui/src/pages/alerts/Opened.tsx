import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Ago } from "@/components/Ago";
import { Copy } from "@/components/Copy";
import { AgentLink } from "@/components/Links";
import { Opened, Part, Verbatim } from "@/components/Opened";
import { Facts } from "@/components/Panel";
import { active, agentOf, keyOf, namesAgent, never, stateOf, whom, type Active, type Watched } from "@/lib/alerts";
import { duration, reading } from "@/lib/format";
import { parseTime, stamp } from "@/lib/time";
import css from "./Alerts.module.css";
import { RuleState } from "./RuleState";

const NS = 1e9;
const SHOWN = 10;

/** One alert: since when, of whom, and the rule behind it. */
export function OpenedAlert({ alert, onClose }: { alert: Active; onClose: () => void }) {
  const agent = agentOf(alert.labels);
  return (
    <Opened name="Alert" head={<Head state={alert.state} title={alert.rule.name} />} deeds={agent && <Deeds agent={agent} />} onClose={onClose}>
      {Object.entries(alert.annotations).map(([name, text]) => (
        <Part key={name} title={name}>
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
      <Behind watched={alert} linked />
    </Opened>
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
          <Link to="/explore" search={{ q: rule.query }} className="link">Look at it over time</Link>
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
