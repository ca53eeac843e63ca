import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowRight, ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { MessageView } from "@/components/MessageView";
import { Empty } from "@/components/Notice";
import { WORK_SIGN } from "@/components/Waterfall";
import { cx } from "@/lib/cx";
import { count, duration, money, plural } from "@/lib/format";
import { WORK_TOKEN } from "@/lib/palette";
import type { Card } from "@/lib/trace";
import css from "./Trace.module.css";

type Span = Schema<"Span">;
type Props = { cards: Card<Span>[]; selected: string | undefined; onSelect: (spanId: string) => void };

const CARD_PX = 120;

/** The trace as a story: what was said, which tools ran, who handed work to whom. */
export function Transcript({ cards, selected, onSelect }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
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
  if (cards.length === 0) return <Empty title="No conversation in this trace">Its spans carry no messages, tools or agents. The waterfall shows them all.</Empty>;
  return (
    <div ref={scroller} className={css.cards} tabIndex={0} role="feed" aria-label="Transcript">
      <div className={css.space} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const card = cards[item.index];
          if (!card) return null;
          const frame = { transform: `translateY(${item.start}px)`, "--level": Math.min(card.level, 6), "--paint": `var(${WORK_TOKEN[card.work]})` } as React.CSSProperties;
          return (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={css.slot} style={frame}>
              <CardView card={card} chosen={card.span.span_id === selected} onSelect={onSelect} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function title(span: Span, work: Card<Span>["work"]): string {
  if (work === "tool") return span.tool || span.name;
  if (work === "model") return span.model || span.name;
  return span.name;
}

function CardView({ card, chosen, onSelect }: { card: Card<Span>; chosen: boolean; onSelect: (id: string) => void }) {
  const { span, work } = card;
  const [open, setOpen] = useState(true);
  const [earlier, setEarlier] = useState(false);
  const Sign = WORK_SIGN[work];
  const failed = span.status === "error";
  const hasBody = card.fresh.length + card.output.length + card.seen.length > 0 || failed;
  return (
    <article className={cx(css.card, chosen && css.chosen, failed && css.failed)}>
      <button type="button" className={css.cardHead} onClick={() => onSelect(span.span_id)} title="Show the span">
        <span className={css.sign}>
          <Sign aria-hidden="true" />
        </span>
        <span className={cx(css.what, "foreign")}>{title(span, work)}</span>
        <Handover span={span} work={work} />
        {failed && <Badge tone="bad">failed</Badge>}
        {span.pending && <Badge tone="info">running</Badge>}
        <span className={css.figures}>
          {span.input_tokens + span.output_tokens > 0 && <span title="tokens in and out">{count(span.input_tokens)} → {count(span.output_tokens)}</span>}
          {span.cost_usd > 0 && <span>{money(span.cost_usd)}</span>}
          <span title={`${duration(span.offset_ns)} into the trace`}>{duration(span.duration_ns)}</span>
        </span>
        {hasBody && (
          <span
            role="presentation"
            className={css.turner}
            onClick={(event) => {
              event.stopPropagation();
              setOpen(!open);
            }}
          >
            {open ? <ChevronDown width={14} height={14} aria-hidden="true" /> : <ChevronRight width={14} height={14} aria-hidden="true" />}
          </span>
        )}
      </button>
      {open && hasBody && (
        <div className={css.body}>
          {card.seen.length > 0 && (
            <button type="button" className={css.earlier} aria-expanded={earlier} onClick={() => setEarlier(!earlier)}>
              {earlier ? "Fold" : "Show"} {plural(card.seen.length, "message")} from before
            </button>
          )}
          {earlier && card.seen.map((message, i) => <MessageView key={`s${message.hash}${i}`} message={message as Schema<"Message">} />)}
          {card.fresh.map((message, i) => (
            <MessageView key={`i${message.hash}${i}`} message={message as Schema<"Message">} />
          ))}
          {card.output.map((message, i) => (
            <MessageView key={`o${message.hash}${i}`} message={message as Schema<"Message">} />
          ))}
          {failed && <p className={cx(css.error, "foreign")}>{span.status_message || "Failed; the span does not say why."}</p>}
        </div>
      )}
    </article>
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
