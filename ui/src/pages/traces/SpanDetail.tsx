import { X } from "lucide-react";
import { Fragment, useState, type ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { IconButton } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { Export } from "@/components/Export";
import { Json } from "@/components/Json";
import { AgentLink, SessionLink, TraceLink } from "@/components/Links";
import { MessageView } from "@/components/MessageView";
import { Failure, Loading } from "@/components/Notice";
import { Facts } from "@/components/Panel";
import { term } from "@/lib/filter";
import { count, duration, money } from "@/lib/format";
import { OUTCOME, statusWord } from "@/lib/outcomes";
import { unwrap } from "@/lib/messages";
import { later } from "@/lib/time";
import { useDetails } from "./details";
import css from "./Trace.module.css";

type Span = Schema<"Span">;
const LONG_VALUE = 160;

/** One span with everything that was sent. */
export function SpanDetail({ span: row, trace, onClose }: { span: Span; trace: Schema<"Trace">; onClose: () => void }) {
  const { span, loading, error, ...brought } = useDetails(row, trace.detailed, true);
  const parent = trace.spans.find((s) => s.span_id === span.parent_span_id);
  const resource = brought.resource ?? trace.resources[span.resource_id] ?? {};
  return (
    <aside className={css.detail} aria-label="Span">
      <header className={css.head}>
        <h2 className="foreign">{span.name || "unnamed"}</h2>
        <Copy text={JSON.stringify(span, null, 1)} label="Copy the span as JSON" />
        <IconButton label="Close the span" onClick={onClose}>
          <X aria-hidden="true" />
        </IconButton>
      </header>
      <div className={css.scroll} tabIndex={0}>
        {span.status === "error" && <p className={`${css.error} foreign`}>{span.status_message || "The span says that it failed, not why."}</p>}
        {span.pending && <p><Badge tone="info">{OUTCOME.running}</Badge> It has started and not ended.</p>}
        <Facts
          items={[
            ["Duration", `${duration(span.duration_ns)}${span.pending ? " so far" : ""}`],
            ["Own time", `${duration(span.self_ns)}${span.critical ? ", on the critical path" : ""}`],
            ["Waiting", span.duration_ns > span.self_ns && `${duration(span.duration_ns - span.self_ns)} for spans below it`],
            ["Starts", span.offset_ns > 0 ? `${duration(span.offset_ns)} into the trace` : "with the trace"],
            ["First token", span.ttft_ns && duration(span.ttft_ns)],
            ["Agent", span.agent && <AgentLink agent={span.agent}>{span.agent_name || span.agent}</AgentLink>],
            ["Addresses", span.peer_agent && <AgentLink agent={span.peer_agent} />],
            ["Operation", span.operation],
            ["Tool", span.tool && <Link className="link" to="/traces" search={{ q: term("tool", span.tool) }}>{span.tool}</Link>],
            ["Model", span.model && <Link className="link" to="/traces" search={{ q: term("model", span.model) }}>{span.model}{span.provider && ` (${span.provider})`}</Link>],
            ["Tokens", span.input_tokens + span.output_tokens > 0 && tokens(span)],
            ["Cost", span.cost_usd > 0 && money(span.cost_usd)],
            ["Session", span.session && <SessionLink session={span.session} />],
            ["Workflow", span.workflow && <Link className="link" to="/workflows/$workflow" params={{ workflow: span.workflow }}>{span.workflow}</Link>],
            ["Service", span.service],
            ["Kind", span.kind],
            ["Status", statusWord(span.status)],
            ["Parent", parent ? parent.name : span.orphan && "not received"],
            ["Span id", <code key="id">{span.span_id}</code>],
            ["Started", <code key="start">{span.start_time || later(trace.summary.start_time, span.offset_ns)}</code>],
            ["Scope", [span.scope_name, span.scope_version].filter(Boolean).join(" ")],
            ["Trace state", span.trace_state && <code key="state">{span.trace_state}</code>],
            ["Left out", leftOut(span)],
          ]}
        />
        {loading && <Loading rows={4} />}
        {error && <Failure error={error} title="What it brought could not be loaded" />}
        {span.messages.length > 0 && (
          <Section title="Messages" note={count(span.messages.length)}>
            <div className={css.messages}>
              {span.messages.map((message, i) => (
                <MessageView key={`${message.hash}${i}`} message={message} tool={span.tool} note={<code className="clip">{message.key}</code>} />
              ))}
            </div>
          </Section>
        )}
        <Attributes title="Attributes" of={span} attributes={span.attributes} />
        {span.events.length > 0 && (
          <Section title="Events" note={count(span.events.length)}>
            {span.events.map((event, i) => (
              <div key={i} className={css.event}>
                <header>
                  <strong className="foreign">{broken(event.name)}</strong>
                  <code className="dim">{event.time}</code>
                </header>
                {Object.keys(event.attributes).length > 0 && <Json value={event.attributes} />}
                {event.dropped_attributes_count > 0 && <span className="dim">{leftOut(event)}</span>}
              </div>
            ))}
          </Section>
        )}
        {span.links.length > 0 && (
          <Section title="Links" note={count(span.links.length)}>
            {span.links.map((link, i) => (
              <div key={i} className={css.event}>
                <TraceLink trace={link.trace_id} span={link.span_id} />
                {link.trace_state && <code className="dim">{link.trace_state}</code>}
                {Object.keys(link.attributes).length > 0 && <Json value={link.attributes} />}
                {link.dropped_attributes_count > 0 && <span className="dim">{leftOut(link)}</span>}
              </div>
            ))}
          </Section>
        )}
        <Attributes title="Resource" of={span} attributes={resource} />
        <Section title="Logs">
          <Link className="link" to="/logs" search={{ q: `trace_id:${span.trace_id} span_id:${span.span_id}` }}>
            What was logged in this span
          </Link>
        </Section>
      </div>
    </aside>
  );
}

/** What the sender says it left out of a span, event or link; empty where nothing. */
function leftOut(of: { dropped_attributes_count: number; dropped_events_count?: number; dropped_links_count?: number }): string {
  const parts = [
    [of.dropped_attributes_count, "attribute"],
    [of.dropped_events_count ?? 0, "event"],
    [of.dropped_links_count ?? 0, "link"],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}${n === 1 ? "" : "s"}`);
  return said.length > 0 ? `${said.join(", ")} left out by the sender` : "";
}

function tokens(span: Span): string {
  const parts = [`${count(span.input_tokens)} in`, `${count(span.output_tokens)} out`];
  if (span.cached_tokens) parts.push(`${count(span.cached_tokens)} cached`);
  if (span.reasoning_tokens) parts.push(`${count(span.reasoning_tokens)} reasoning`);
  return parts.join(", ");
}

function Section({ title, note, tools, children }: { title: string; note?: ReactNode; tools?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.section}>
      <h3>
        {title} {note} {tools}
      </h3>
      {children}
    </section>
  );
}

function Attributes({ title, of, attributes }: { title: string; of: Span; attributes: Record<string, unknown> }) {
  const [text, setText] = useState("");
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return null;
  const wanted = text.toLowerCase();
  const shown = names.filter((name) => !wanted || `${name} ${JSON.stringify(attributes[name])}`.toLowerCase().includes(wanted));
  return (
    <Section title={title} note={count(names.length)} tools={<Export label={`${title} of ${of.name || "unnamed"} ${of.span_id}`} records={names.map((attribute) => ({ attribute, value: attributes[attribute] }))} />}>
      {names.length > 12 && <input className={css.filter} placeholder="Find in the attributes" aria-label={`Find in ${title}`} value={text} onChange={(event) => setText(event.target.value)} />}
      <table className={css.attributes}>
        <tbody>
          {shown.map((name) => (
            <tr key={name}>
              <td className="foreign">{broken(name)}</td>
              <td>
                <Value value={attributes[name]} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** A name of an attribute that breaks between its parts, where it has to. */
function broken(name: string): ReactNode {
  return name.split(/(?<=[._/:])/).map((part, i) => (
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}

function Value({ value }: { value: unknown }) {
  const inner = unwrap(value);
  if (typeof inner === "object" && inner !== null) return <Json value={inner} />;
  const text = String(inner);
  return text.length > LONG_VALUE ? <Json value={inner} /> : <bdi>{text}</bdi>;
}
