import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { Ago } from "@/components/Ago";
import { IconButton } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { AgentLink } from "@/components/Links";
import { Facts } from "@/components/Panel";
import { agentOf, namesAgent, never, type Active, type Watched } from "@/lib/alerts";
import { duration, reading } from "@/lib/format";
import { parseTime, stamp } from "@/lib/time";
import css from "./Alerts.module.css";
import { RuleState } from "./RuleState";

const NS = 1e9;

/** One alert: since when, of whom, and the rule behind it. */
export function OpenedAlert({ alert, onClose }: { alert: Active; onClose: () => void }) {
  const agent = agentOf(alert.labels);
  return (
    <Opened name="Alert" head={<RuleState state={alert.state} />} title={alert.rule.name} onClose={onClose}>
      {Object.entries(alert.annotations).map(([name, text]) => (
        <div key={name}>
          <h3 className={css.sub}>{name}</h3>
          <p className={css.said}>{text.startsWith("https://") || text.startsWith("http://") ? <a href={text} target="_blank" rel="noreferrer noopener" className="link">{text}</a> : text}</p>
        </div>
      ))}
      <Facts
        items={[
          ["Since", <span key="since">{stamp(parseTime(alert.activeAt))} (<Ago time={alert.activeAt} />)</span>],
          ["Kept firing since", alert.keepFiringSince && stamp(parseTime(alert.keepFiringSince))],
          ["Value", reading(Number(alert.value))],
          ...Object.entries(alert.labels).map(([name, value]): [string, ReactNode] => [name, namesAgent(name) ? <AgentLink key={name} agent={value} /> : value]),
        ]}
      />
      <Behind watched={alert} />
      {agent && (
        <p className={css.deeds}>
          <Link to="/agents/$agent" params={{ agent }} className="link">What this agent did</Link>
          <Link to="/findings" search={{ subject: agent }} className="link">Findings about it</Link>
        </p>
      )}
    </Opened>
  );
}

/** One rule: what it asks, how it fares. */
export function OpenedRule({ watched, onClose }: { watched: Watched; onClose: () => void }) {
  const { rule, group } = watched;
  return (
    <Opened name="Rule" head={<RuleState state={rule.health === "err" ? "failing" : rule.type === "recording" ? "recording" : rule.state} />} title={rule.name} onClose={onClose}>
      {rule.lastError && <pre className={css.error} role="alert">{rule.lastError}</pre>}
      <Behind watched={watched} />
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
function Behind({ watched: { rule, group } }: { watched: Pick<Watched, "rule" | "group"> }) {
  return (
    <div>
      <h3 className={css.sub}>
        Expression <Copy text={rule.query} label="Copy the expression" />
        <Link to="/explore" search={{ q: rule.query }} className="link">Look at it over time</Link>
      </h3>
      <pre className={css.query}>{rule.query}</pre>
      <Facts
        items={[
          ["For", rule.type === "alerting" && rule.duration > 0 && duration(rule.duration * NS)],
          ["Keeps firing for", rule.type === "alerting" && rule.keepFiringFor > 0 && duration(rule.keepFiringFor * NS)],
          ["Group", `${group.name}, every ${duration(group.interval * NS)}`],
          ["File", <code key="file">{group.file}</code>],
        ]}
      />
    </div>
  );
}

function Opened({ name, head, title, onClose, children }: { name: string; head: ReactNode; title: string; onClose: () => void; children: ReactNode }) {
  return (
    <section className={css.opened} aria-label={name} tabIndex={0}>
      <header className={css.head}>
        {head}
        <h2 className="foreign">{title}</h2>
        <span className={css.tools}>
          <IconButton label="Close" onClick={onClose}>
            <X aria-hidden="true" />
          </IconButton>
        </span>
      </header>
      {children}
    </section>
  );
}
