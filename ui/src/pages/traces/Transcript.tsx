import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowRight, ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { MessageView, PartView } from "@/components/MessageView";
import { Empty, Failure, Loading } from "@/components/Notice";
import { KEPT } from "@/components/kept";
import { useScroller } from "@/components/scroller";
import { WORK_SIGN } from "@/components/Waterfall";
import { idsText, parseIds } from "@/lib/address";
import { cx } from "@/lib/cx";
import { count, duration, money, plural } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import { useHotkeys } from "@/lib/keyboard";
import { answered, callNames, type Part } from "@/lib/messages";
import { WORK_TOKEN } from "@/lib/palette";
import type { Card } from "@/lib/trace";
import { useDetails } from "./details";
import css from "./Trace.module.css";
import { TurnChanges } from "./TurnChanges";

type Span = Schema<"Span">;
type Props = {
  cards: Card<Span>[];
  /** Only a part of the cards is given, by a search. */
  narrowed: boolean;
  /** Spans carry their messages; else those of a card are asked for. */
  detailed: boolean;
  selected: string | undefined;
  onSelect: (spanId: string) => void;
  folds: Folds;
  onFolds: (change: Folds) => void;
};
/** Whether steps are folded, where that is said, and those that are not as the others are; as an address has them. */
type Folds = { shut?: boolean; turned?: string };

const CARD_PX = 120;
/** A tool's call is looked for in so many steps before it. */
const ASKED_MAX = 100;

/** The trace as a story: what was said, which tools ran, who handed work to whom. */
export function Transcript({ cards, narrowed, detailed, selected, onSelect, folds, onFolds }: Props) {
  const turned = useMemo(() => parseIds(folds.turned), [folds.turned]);
  const shut = folds.shut ?? !detailed;
  const scroller = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const moves = useScroller(scroller, space);
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: moves.element,
    scrollMargin: moves.margin,
    estimateSize: () => CARD_PX,
    getItemKey: (index) => cards[index]?.span.span_id ?? index,
    overscan: 6,
    initialRect: { width: 1000, height: 700 },
  });
  const position = cards.findIndex((card) => card.span.span_id === selected);
  useEffect(() => {
    if (position >= 0) virtual.scrollToIndex(position, { align: "auto" });
    // Only when another span is chosen: scrolling by hand must not be fought.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);
  const turn = (id: string) => {
    const next = new Set(turned);
    if (!next.delete(id)) next.add(id);
    onFolds({ turned: idsText(next) });
  };
  const go = (to: number) => {
    const card = cards[Math.max(0, Math.min(cards.length - 1, to))];
    if (card) onSelect(card.span.span_id);
  };
  useHotkeys([
    { keys: "j", label: "Next step", group: "Transcript", run: () => go(position + 1) },
    { keys: "k", label: "Previous step", group: "Transcript", run: () => go(position - 1) },
    { keys: "ArrowDown", label: "Next step", group: "Transcript", run: () => go(position + 1) },
    { keys: "ArrowUp", label: "Previous step", group: "Transcript", run: () => go(position - 1) },
    { keys: "Enter", label: "Fold or unfold the step", group: "Transcript", run: () => selected && turn(selected) },
    { keys: "f", label: "Fold or unfold all", group: "Transcript", run: () => foldAll() },
  ]);
  const foldAll = () => onFolds({ shut: shut === detailed ? undefined : !shut, turned: undefined });
  if (cards.length === 0 && narrowed) return <Empty title="No step like that">Nothing in the transcript matches. The waterfall shows every span.</Empty>;
  if (cards.length === 0) return <Empty title="No conversation in this trace">Its spans carry no messages, tools or agents. The waterfall shows them all.</Empty>;
  return (
    <div ref={scroller} {...{ [KEPT]: "Transcript" }} className={css.cards} tabIndex={0} role="feed" aria-label="Transcript">
      <div ref={space} className={css.space} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const card = cards[item.index];
          if (!card) return null;
          const frame = { transform: `translateY(${item.start - moves.margin}px)`, "--level": Math.min(card.level, 6), "--paint": `var(${WORK_TOKEN[card.work]})` } as React.CSSProperties;
          return (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={css.slot} style={frame}>
              <CardView card={card} asked={detailed ? askedFor(cards, item.index) : undefined} detailed={detailed} open={shut === turned.has(card.span.span_id)} onTurn={turn} chosen={card.span.span_id === selected} onSelect={onSelect} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** What a model asked a tool for, where the tool's own span does not say it. */
function askedFor(cards: readonly Card<Span>[], index: number): Part | undefined {
  const card = cards[index];
  if (card?.work !== "tool" || card.fresh.some((m) => m.direction !== "output")) return undefined;
  return answered(card.span.attributes, cards.slice(Math.max(0, index - ASKED_MAX), index).flatMap((before) => before.output as Schema<"Message">[]));
}

function title(span: Span, work: Card<Span>["work"]): string {
  if (work === "tool") return span.tool || span.name;
  if (work === "model") return span.model || span.name;
  return span.name;
}

type CardProps = { card: Card<Span>; asked: Part | undefined; detailed: boolean; open: boolean; onTurn: (id: string) => void; chosen: boolean; onSelect: (id: string) => void };

function CardView({ card, asked, detailed, open, onTurn, chosen, onSelect }: CardProps) {
  const { span, work } = card;
  const Sign = WORK_SIGN[work];
  const failed = span.status === "error";
  const hasBody = !detailed || card.fresh.length + card.output.length + card.seen.length > 0 || failed || asked !== undefined;
  const Turner = open ? ChevronDown : ChevronRight;
  return (
    <article className={cx(css.card, chosen && css.chosen, failed && css.failed)}>
      <div className={css.cardTop}>
        <button type="button" className={css.cardHead} onClick={() => onSelect(span.span_id)} title="Show the span">
          <span className={css.sign}>
            <Sign aria-hidden="true" />
          </span>
          <span className={cx(css.what, "foreign")}>{title(span, work)}</span>
          <Handover span={span} work={work} />
          {failed && <Badge tone="bad">failed</Badge>}
          {span.pending && <Badge tone="info">{OUTCOME.running}</Badge>}
          <span className={css.figures}>
            {span.input_tokens + span.output_tokens > 0 && <span title="tokens in and out">{count(span.input_tokens)} → {count(span.output_tokens)}</span>}
            {span.cost_usd > 0 && <span>{money(span.cost_usd)}</span>}
            <span title={`${duration(span.offset_ns)} into the trace`}>{duration(span.duration_ns)}</span>
          </span>
        </button>
        {hasBody && (
          <button type="button" className={css.turner} aria-expanded={open} aria-label={open ? "Fold the step" : "Unfold the step"} onClick={() => onTurn(span.span_id)}>
            <Turner width={14} height={14} aria-hidden="true" />
          </button>
        )}
      </div>
      {open && hasBody && (detailed ? <Body card={card} asked={asked} /> : <Fetched card={card} />)}
    </article>
  );
}

/** The body of a card whose messages have to be asked for: what came since the last answer is fresh. */
function Fetched({ card }: { card: Card<Span> }) {
  const { span, loading, error } = useDetails(card.span, false, true);
  if (loading) return <Loading rows={2} />;
  if (error) return <Failure error={error} />;
  const messages = span.messages.filter((m) => !m.repeats);
  const input = messages.filter((m) => m.direction !== "output");
  const last = input.findLastIndex((m) => m.role === "assistant") + 1;
  return <Body card={{ ...card, span, before: undefined, seen: input.slice(0, last), fresh: input.slice(last), output: messages.filter((m) => m.direction === "output") }} />;
}

function Body({ card, asked }: { card: Card<Span>; asked?: Part }) {
  const [earlier, setEarlier] = useState(false);
  const { span } = card;
  const failed = span.status === "error";
  const names = useMemo(() => callNames(span.messages), [span.messages]);
  return (
    <div className={css.body}>
      {card.before && <TurnChanges before={card.before} after={span} />}
      {card.seen.length > 0 && (
        <button type="button" className={css.earlier} aria-expanded={earlier} onClick={() => setEarlier(!earlier)}>
          {earlier ? "Fold" : "Show"} {plural(card.seen.length, "message")} from before
        </button>
      )}
      {earlier && card.seen.map((message, i) => <MessageView key={`s${message.hash}${i}`} message={message as Schema<"Message">} tool={span.tool} names={names} />)}
      {asked && <PartView part={asked} />}
      {card.fresh.map((message, i) => (
        <MessageView key={`i${message.hash}${i}`} message={message as Schema<"Message">} tool={span.tool} names={names} />
      ))}
      {card.output.map((message, i) => (
        <MessageView key={`o${message.hash}${i}`} message={message as Schema<"Message">} tool={span.tool} names={names} />
      ))}
      {card.seen.length + card.fresh.length + card.output.length === 0 && !failed && !asked && <p className="dim">It brought no messages.</p>}
      {failed && <p className={cx(css.error, "foreign")}>{span.status_message || "Failed; the span does not say why."}</p>}
    </div>
  );
}

function Handover({ span, work }: { span: Span; work: Card<Span>["work"] }) {
  if (span.peer_agent) {
    return (
      <span className="dim foreign">
        {span.agent} <ArrowRight width={11} height={11} aria-label="to" /> {span.peer_agent}
      </span>
    );
  }
  return work === "agent" ? null : <span className="dim foreign">{span.agent}</span>;
}
