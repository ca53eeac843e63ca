import { useVirtualizer } from "@tanstack/react-virtual";
import { Bot, ChevronDown, Circle, Database, Sparkles, Wrench } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import type { Schema } from "@/api/client";
import { idsText, parseIds, parseStretch, stretchText } from "@/lib/address";
import { cx } from "@/lib/cx";
import { count, duration } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { WORK_LABEL, WORK_TOKEN, workOf, type Work } from "@/lib/palette";
import { token, useTheme } from "@/lib/theme";
import { descendants, gaps, joined, overview, ticks, visible, waits, type Stretch } from "@/lib/trace";
import { useNarrow, useSize } from "@/lib/use";
import { Swatch } from "./Badge";
import { stretchesPicture, type Stretch as Painted } from "./paint";
import { SaveChart } from "./SaveChart";
import { KEPT } from "./kept";
import { useScroller } from "./scroller";
import css from "./Waterfall.module.css";

type Span = Schema<"Span">;
type Props = {
  spans: Span[];
  steps: Schema<"CriticalStep">[];
  totalNs: number;
  selected?: string;
  onSelect: (spanId: string) => void;
  /** Spans that stay bright; the others step back. */
  bright?: (span: Span) => boolean;
  view: WaterfallView;
  onView: (change: WaterfallView) => void;
};
/** What part of the time is in sight, and the spans whose branches are folded, as an address has them. */
export type WaterfallView = { window?: string; folded?: string };
type Zoom = { from: number; to: number };

const LEGEND = ["agent", "model", "tool", "retrieval"] as const;
const ROW_PX = 26;
const MAP_PX = 34;
const LABEL_SHARE = 0.8;
/** Parts of the width in sight below which nothing is told apart. */
const FINEST = 400;

export const WORK_SIGN: Record<Work, typeof Bot> = { agent: Bot, model: Sparkles, tool: Wrench, retrieval: Database, other: Circle };

/** A span as a picture has it. */
function stretchOf(span: Span | undefined): Painted[] {
  if (!span) return [];
  return [{ label: span.name || "unnamed", depth: span.depth, from: span.offset_ns, to: span.offset_ns + span.duration_ns, token: WORK_TOKEN[workOf(span)], failed: span.status === "error" }];
}

/** What a download holds of a span. */
function recordOf(span: Span): Record<string, unknown> {
  const { trace_id, span_id, parent_span_id, depth, name, agent, peer_agent, service, operation, tool, model, offset_ns, duration_ns, self_ns, critical, status, status_message, pending, input_tokens, output_tokens, cost_usd } = span;
  return { trace_id, span_id, parent_span_id, depth, name, agent, peer_agent, service, operation, tool, model, offset_ns, duration_ns, self_ns, critical, status, status_message, pending, input_tokens, output_tokens, cost_usd };
}

/** All spans of a trace over time. Rows out of sight are not drawn; the map on top shows and narrows the whole. */
export function Waterfall({ spans, steps, totalNs, selected, onSelect, bright, view: { window: seen, folded }, onView }: Props) {
  const closed = useMemo(() => parseIds(folded), [folded]);
  const scroller = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const moves = useScroller(scroller, space);
  const shown = useMemo(() => visible(spans, closed), [spans, closed]);
  const below = useMemo(() => descendants(spans), [spans]);
  const works = useMemo(() => {
    const done = new Set(spans.map(workOf));
    return LEGEND.filter((work) => done.has(work));
  }, [spans]);
  const critical = useMemo(() => {
    const bySpan = new Map<string, Schema<"CriticalStep">[]>();
    for (const step of steps) {
      const known = bySpan.get(step.span_id);
      if (known) known.push(step);
      else bySpan.set(step.span_id, [step]);
    }
    return bySpan;
  }, [steps]);
  const total = Math.max(1, totalNs);
  const idle = useMemo(() => gaps(steps, totalNs).filter((gap) => gap.to - gap.from > totalNs / 500), [steps, totalNs]);
  const zoom = useMemo(() => parseStretch(seen, total), [seen, total]);
  const setZoom = (next: Zoom | undefined) => onView({ window: next && stretchText(next) });
  const view = zoom ?? { from: 0, to: total };
  const narrow = useNarrow();
  const marks = ticks(view.from, view.to, narrow ? 3 : 6);
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: moves.element, scrollMargin: moves.margin, estimateSize: () => ROW_PX, overscan: 14, initialRect: { width: 1000, height: 700 } });
  const at = (ns: number) => ((ns - view.from) / (view.to - view.from)) * 100;
  const position = shown.findIndex((index) => spans[index]?.span_id === selected);
  useEffect(() => {
    if (position >= 0) virtual.scrollToIndex(position);
    // Only when another span is chosen: scrolling by hand must not be fought.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [selected]);

  const fold = (id: string, shut: boolean) => {
    const next = new Set(closed);
    if (shut) next.add(id);
    else next.delete(id);
    onView({ folded: idsText(next) });
  };
  const go = (to: number) => {
    const span = spans[shown[Math.max(0, Math.min(shown.length - 1, to))] ?? 0];
    if (span) onSelect(span.span_id);
  };
  const closer = () => {
    const span = spans[shown[position] ?? -1];
    setZoom(zoom || !span ? undefined : { from: span.offset_ns, to: span.offset_ns + Math.max(1, span.duration_ns) });
  };
  const group = "Waterfall";
  useHotkeys([
    { keys: "j", label: "Next span", group, run: () => go(position + 1) },
    { keys: "k", label: "Previous span", group, run: () => go(position - 1) },
    { keys: "ArrowDown", label: "Next span", group, run: () => go(position + 1) },
    { keys: "ArrowUp", label: "Previous span", group, run: () => go(position - 1) },
    { keys: "ArrowLeft", label: "Fold the span", group, run: () => selected && fold(selected, true) },
    { keys: "ArrowRight", label: "Unfold the span", group, run: () => selected && fold(selected, false) },
    { keys: "Home", label: "First span", group, run: () => go(0) },
    { keys: "End", label: "Last span", group, run: () => go(shown.length - 1) },
    { keys: "z", label: "Look closer at the span, or at the whole", group, run: closer },
  ]);
  return (
    <div className={css.waterfall}>
      <div className={css.top}>
        <div className={css.head}>
          <div className={css.legend}>
            {works.map((work) => (
              <span key={work}>
                <Swatch token={WORK_TOKEN[work]} /> {WORK_LABEL[work]}
              </span>
            ))}
            <span title="The chain of spans that set how long the trace took">
              <Swatch token="--text" /> Critical path
            </span>
            <span title="Pale: time in which a span waited for spans below it">
              <span className={css.pale} /> Waiting
            </span>
          </div>
          <SaveChart
            label="Waterfall"
            canvas={() => stretchesPicture(shown.flatMap((index) => stretchOf(spans[index])), total)}
            records={() => spans.map(recordOf)}
            legend={[...works.map((work) => ({ label: WORK_LABEL[work], token: WORK_TOKEN[work] })), { label: "failed", token: "--bad" }]}
          />
        </div>
        <Overview spans={spans} idle={idle} total={total} zoom={zoom} marks={marks} at={at} onZoom={setZoom} />
      </div>
      <div ref={scroller} {...{ [KEPT]: "Spans" }} className={css.rows} role="tree" aria-label="Spans" tabIndex={0}>
        <div ref={space} className={css.space} style={{ height: virtual.getTotalSize() }} role="presentation">
          {virtual.getVirtualItems().map((item) => {
            const index = shown[item.index] ?? 0;
            const span = spans[index];
            if (!span) return null;
            return (
              <Row
                key={span.span_id}
                span={span}
                waited={waits(spans, index, (view.to - view.from) / FINEST)}
                idle={idle}
                dim={bright !== undefined && !bright(span)}
                top={item.start - moves.margin}
                below={below[index] ?? 0}
                closed={closed.has(span.span_id)}
                selected={span.span_id === selected}
                marks={marks}
                at={at}
                critical={joined(critical.get(span.span_id), (view.to - view.from) / FINEST)}
                onFold={fold}
                onSelect={onSelect}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

type RowProps = {
  span: Span;
  waited: Stretch[];
  idle: Stretch[];
  dim: boolean;
  top: number;
  below: number;
  closed: boolean;
  selected: boolean;
  marks: number[];
  at: (ns: number) => number;
  critical: Stretch[];
  onFold: (id: string, shut: boolean) => void;
  onSelect: (id: string) => void;
};

function Row({ span, waited, idle, dim, top, below, closed, selected, marks, at, critical, onFold, onSelect }: RowProps) {
  const work = workOf(span);
  const Sign = WORK_SIGN[work];
  const left = at(span.offset_ns);
  const right = at(span.offset_ns + span.duration_ns);
  const roomRight = right < LABEL_SHARE * 100;
  const inside = !roomRight && left < (1 - LABEL_SHARE) * 100;
  const frame = { transform: `translateY(${top}px)`, "--depth": Math.min(span.depth, 24), "--paint": `var(${WORK_TOKEN[work]})` } as React.CSSProperties;
  return (
    <div
      role="treeitem"
      aria-level={span.depth + 1}
      aria-selected={selected}
      aria-expanded={below > 0 ? !closed : undefined}
      className={cx(css.row, span.status === "error" && css.error, span.pending && css.pending, dim && css.dimmed)}
      style={frame}
      onClick={() => onSelect(span.span_id)}
    >
      <div className={css.name}>
        {below > 0 ? (
          <button
            type="button"
            tabIndex={-1}
            className={cx(css.fold, closed && css.closed)}
            aria-label={closed ? "Unfold" : "Fold"}
            onClick={(event) => {
              event.stopPropagation();
              onFold(span.span_id, !closed);
            }}
          >
            <ChevronDown aria-hidden="true" />
          </button>
        ) : (
          <span className={css.leaf} />
        )}
        <Sign className={css.sign} aria-label={WORK_LABEL[work]} />
        <span className={cx(css.label, "clip foreign")}>{span.name || "unnamed"}</span>
        {closed && <span className={css.count}>{count(below)}</span>}
        <span className={cx(css.who, "clip foreign")}>{span.agent || span.service}</span>
      </div>
      <div className={css.track}>
        {marks.map((mark) => (
          <span key={mark} className={css.grid} style={{ left: `${at(mark)}%` }} />
        ))}
        {idle.map((gap) => (
          <span key={gap.from} className={css.idle} style={{ left: `${at(gap.from)}%`, width: `${at(gap.to) - at(gap.from)}%` }} />
        ))}
        <span className={css.bar} style={{ left: `${left}%`, width: `${Math.max(0, right - left)}%` }} />
        {waited.map((wait) => (
          <span key={wait.from} className={css.wait} style={{ left: `${at(wait.from)}%`, width: `${at(wait.to) - at(wait.from)}%` }} />
        ))}
        {critical.map((step) => (
          <span key={step.from} className={css.critical} style={{ left: `${at(step.from)}%`, width: `${at(step.to) - at(step.from)}%` }} />
        ))}
        <span className={cx(css.time, inside && css.inside)} style={inside ? { right: 4 } : roomRight ? { left: `${Math.max(0, right)}%` } : { right: `${100 - Math.min(100, left)}%` }}>
          {span.pending ? `${duration(span.duration_ns)} so far` : duration(span.duration_ns)}
        </span>
      </div>
    </div>
  );
}

type OverviewProps = { spans: Span[]; idle: Stretch[]; total: number; zoom: Zoom | undefined; marks: number[]; at: (ns: number) => number; onZoom: (zoom: Zoom | undefined) => void };

function Overview({ spans, idle, total, zoom, marks, at, onZoom }: OverviewProps) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, zoom: large } = useSize(box);
  const theme = useTheme();
  const [drag, setDrag] = useState<Zoom>();
  useEffect(() => {
    const target = canvas.current;
    const pen = target?.getContext("2d");
    if (!target || !pen || width === 0) return;
    const ratio = (window.devicePixelRatio || 1) * large;
    target.width = width * ratio;
    target.height = MAP_PX * ratio;
    pen.scale(ratio, ratio);
    const paint: Record<string, string> = { error: token("--bad"), ...Object.fromEntries(Object.entries(WORK_TOKEN).map(([work, name]) => [work, token(name)])) };
    const high = MAP_PX - 4;
    const line = Math.max(1, Math.min(4, high / Math.max(1, spans.length)));
    for (const run of overview(spans, (span) => (span.status === "error" ? "error" : workOf(span)), total, Math.round(width), Math.min(spans.length, high))) {
      pen.fillStyle = paint[run.kind] ?? "";
      pen.fillRect(run.from, 2 + run.row * line, run.to - run.from, Math.max(1, line - 0.5));
    }
  }, [spans, total, width, large, theme]);
  const ns = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - bounds.left) / bounds.width)) * total;
  };
  const area = drag ?? zoom;
  return (
    <div
      ref={box}
      className={css.map}
      title="Drag to look closer, press twice for the whole"
      onDoubleClick={() => onZoom(undefined)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: ns(event), to: ns(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ from: drag.from, to: ns(event) })}
      onPointerUp={() => {
        if (drag && Math.abs(drag.to - drag.from) > total / 500) onZoom({ from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to) });
        setDrag(undefined);
      }}
    >
      <canvas ref={canvas} />
      {idle.map((gap) => (
        <span key={gap.from} className={css.gap} title={`Nothing ran for ${duration(gap.to - gap.from)}`} style={{ left: `${(100 * gap.from) / total}%`, width: `${(100 * (gap.to - gap.from)) / total}%` }} />
      ))}
      {area && <span className={css.window} style={{ left: `${(100 * Math.min(area.from, area.to)) / total}%`, width: `${(100 * Math.abs(area.to - area.from)) / total}%` }} />}
      {marks.map((mark) => (
        <span key={mark} className={css.tick} style={{ left: `${at(mark)}%` }}>
          {duration(mark)}
        </span>
      ))}
    </div>
  );
}
