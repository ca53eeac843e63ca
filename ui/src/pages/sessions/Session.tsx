import { useVirtualizer } from "@tanstack/react-virtual";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { get, isMissing, unlessMissing, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { Downloads, Export } from "@/components/Export";
import { AgentLink, TraceLink } from "@/components/Links";
import { MessageView } from "@/components/MessageView";
import { Await, Empty } from "@/components/Notice";
import { Crumbs, Page } from "@/components/Page";
import { Panel, Stats } from "@/components/Panel";
import { KEPT } from "@/components/kept";
import { useScroller } from "@/components/scroller";
import { Spent } from "@/components/Spent";
import { conversationMarkdown } from "@/lib/conversation";
import { cx } from "@/lib/cx";
import { download, fileName } from "@/lib/download";
import { count, duration, plural, short } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { callNames, voice } from "@/lib/messages";
import { outcomeOf } from "./Outcome";
import css from "./Sessions.module.css";

const route = getRouteApi("/sessions/$session");
const GROWING_MS = 4000;
const ASKED_MAX = 120; // characters of what was asked in a turn

/** One conversation across traces: what was said in order, and what each turn cost. */
export function Session() {
  const { session } = route.useParams();
  const result = useQuery({
    queryFn: ({ signal }) => get("/api/v1/sessions/{session}", { path: { session }, signal }),
    queryKey: ["session", session],
    refetchInterval: (query) => unlessMissing(query.state.error, GROWING_MS),
  });
  const missing = isMissing(result.error);
  return (
    <Page
      name={`Session ${short(session)}`}
      timeless
      title={
        <Crumbs>
          <Link to="/sessions">Sessions</Link>
          <bdi>{result.data?.summary.title || session}</bdi>
        </Crumbs>
      }
      tools={
        <>
          <Copy text={session} label="Copy the session id" />
          {result.data && <Save data={result.data} />}
        </>
      }
    >
      {missing ? (
        <Empty title="There is no such session" actions={<Link to="/sessions" className="link">All sessions</Link>} />
      ) : (
        <Await result={result} rows={12}>
          {(data) => <Content data={data} />}
        </Await>
      )}
    </Page>
  );
}

/** The whole of it as a file: for programs, or for people. */
function Save({ data }: { data: Schema<"Session"> }) {
  const name = () => fileName(`Session ${data.summary.session}`);
  return (
    <Downloads
      label="the session"
      forms={[
        { name: "JSON", save: () => download(`${name()}.json`, JSON.stringify(data, null, 1), "application/json") },
        { name: "Markdown", save: () => download(`${name()}.md`, conversationMarkdown(data), "text/markdown;charset=utf-8") },
      ]}
    />
  );
}

function Content({ data }: { data: Schema<"Session"> }) {
  const { summary } = data;
  const { turn } = route.useSearch();
  const navigate = route.useNavigate();
  const setTurn = (chosen: number | undefined) => void navigate({ search: (old) => ({ ...old, turn: chosen }), replace: turn !== undefined && chosen !== undefined });
  const step = (by: number) => setTurn(turn === undefined ? (by > 0 ? 0 : data.turns.length - 1) : Math.max(0, Math.min(data.turns.length - 1, turn + by)));
  useHotkeys([
    { keys: "j", label: "Next turn", group: "Page", run: () => step(1) },
    { keys: "k", label: "Previous turn", group: "Page", run: () => step(-1) },
    ...(turn !== undefined
      ? [
          { keys: "Escape", label: "All turns", group: "Page", run: () => setTurn(undefined) },
          { keys: "Enter", label: "Open the trace of the turn", group: "Page", run: () => void (data.turns[turn] && navigate({ to: "/traces/$trace", params: { trace: data.turns[turn].trace_id } })) },
        ]
      : []),
  ]);
  const dearest = Math.max(1e-12, ...data.turns.map((t) => t.cost_usd));
  const failed = data.turns.filter((t) => t.errors > 0).length;
  const asked = new Map([...data.conversation].reverse().flatMap((u) => (asks(u) && u.text ? [[u.turn, u.text] as const] : [])));
  const said = turn === undefined ? data.conversation : data.conversation.filter((u) => u.turn === turn);
  const longest = Math.max(1, ...data.turns.map((t) => t.duration_ns));
  return (
    <>
      <Stats
        items={[
          { label: "Turns", value: count(summary.turns), note: data.truncated ? "the first are shown" : undefined },
          { label: "Lasted", value: duration(summary.duration_ns) },
          { label: "Spans", value: count(summary.spans) },
          {
            label: "Outcome",
            value: outcomeOf(summary),
            bad: summary.outcome === "failed" || summary.outcome === "looping",
            title: failed > 0 ? `${plural(failed, "turn")} with errors` : "No turn carries an error",
          },
          { label: "Session", value: <code className="dim" title={summary.session}>{summary.session}</code>, words: true },
          { label: "Agents", value: count(summary.agents.length), title: summary.agents.join(", ") },
          { label: "Tokens", value: count(summary.input_tokens + summary.output_tokens) },
          { label: "Cost", value: <Spent usd={summary.cost_usd} unpriced={summary.unpriced} /> },
        ]}
      />
      <div className={css.split}>
        <Panel title="Turns" note="time and cost of each" flush className={css.turns} tools={<>{turn !== undefined && <Button look="quiet" onClick={() => setTurn(undefined)}>All</Button>}<Export label="Turns" records={() => data.turns.map((t) => ({ ...t, asked: asked.get(t.index) }))} /></>}>
          {data.turns.map((t) => (
            <div key={t.trace_id} className={cx(css.turn, t.errors > 0 && css.failed, t.index === turn && css.chosen)} title={`${t.name}, waited ${duration(t.wait_ns)} before`}>
              {t.index === turn && <Here />}
              <span className={css.index}>{t.index + 1}</span>
              <TraceLink trace={t.trace_id}>
                <span className="clip foreign">{asked.get(t.index)?.slice(0, ASKED_MAX) ?? (t.name || "unnamed")}</span>
              </TraceLink>
              <span className="dim num">{duration(t.duration_ns)}</span>
              <span className="dim">
                {t.errors > 0 && <Badge tone="bad">{t.errors} failed</Badge>} {plural(t.spans, "span")} · <Spent usd={t.cost_usd} unpriced={t.unpriced} />
              </span>
              <Button look="quiet" on={t.index === turn} onClick={() => setTurn(t.index === turn ? undefined : t.index)} aria-label={`Show turn ${t.index + 1}`}>
                Show
              </Button>
              <span className={css.meter} style={{ width: `${(100 * t.duration_ns) / longest}%` }} />
              <span className={cx(css.meter, css.money)} style={{ width: `${(100 * t.cost_usd) / dearest}%` }} />
            </div>
          ))}
        </Panel>
        <Panel flush className={css.list}>
          {said.length === 0 ? (
            <Empty title="No messages here">The spans of this session carry no prompts or completions.</Empty>
          ) : (
            <Conversation key={turn} said={said} />
          )}
        </Panel>
      </div>
    </>
  );
}

/** A user's message, or the input of an agent's span. */
function asks(said: Schema<"Utterance">): boolean {
  return said.role === "user" || (said.direction === "input" && !said.role && !said.tool);
}

/** Keeps the chosen turn in sight. */
function Here() {
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    mark.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return <span ref={mark} className={css.mark} />;
}

const MESSAGE_PX = 110;

function Conversation({ said }: { said: Schema<"Utterance">[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const moves = useScroller(scroller, space);
  const names = useMemo(() => callNames(said), [said]);
  const virtual = useVirtualizer({ count: said.length, getScrollElement: moves.element, scrollMargin: moves.margin, estimateSize: () => MESSAGE_PX, overscan: 6, initialRect: { width: 900, height: 600 } });
  return (
    <div ref={scroller} {...{ [KEPT]: "Conversation" }} className={css.talk} tabIndex={0} role="feed" aria-label="Conversation">
      <div ref={space} className={css.space} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const message = said[item.index];
          if (!message) return null;
          return (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={css.slot} style={{ transform: `translateY(${item.start - moves.margin}px)` }}>
              <MessageView
                message={message}
                tool={message.tool}
                who={voice(message)}
                names={names}
                note={
                  <span className={css.note}>
                    <AgentLink agent={message.agent} />
                    <TraceLink trace={message.trace_id} span={message.span_id}>
                      turn {message.turn + 1}
                    </TraceLink>
                    <Ago time={message.time} />
                  </span>
                }
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}
