import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { get, type Schema } from "@/api/client";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { clockMs, parseTime } from "@/lib/time";
import { Export } from "./Export";
import { Json } from "./Json";
import css from "./LogLines.module.css";
import { AgentLink, SessionLink, TraceLink } from "./Links";
import { Facts } from "./Panel";
import { useAim, useHeld } from "./held";
import { KEPT } from "./kept";
import { useScroller } from "./scroller";
import { Waiting } from "./Waiting";

export type LogRow = Schema<"LogRow">;
const ROW_PX = 24;
const LINE_MAX = 600;
const NEAR_END = 20;

function words(body: LogRow["body"]): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

const idOf = (row: LogRow) => row.id;

/** Log records in lines, which keep their places while they are aimed at; a press opens one. `marked`: the id of one that is found at once. `main`: the list of the page, which the keys walk through. */
export function LogTable(props: { rows: LogRow[]; label: string; main?: boolean; onEnd?: () => void; foot?: ReactNode; marked?: string; actions?: (row: LogRow) => ReactNode; /** The id of the record that is opened, where the address has it. */ opened?: string; onOpened?: (id: string | undefined) => void }) {
  const { onEnd } = props;
  const whole = useRef<HTMLDivElement>(null);
  const aim = useAim(whole, props.opened);
  const { rows, waiting, moved } = useHeld(props.rows, idOf, aim.aimed, aim.question);
  const scroller = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const moves = useScroller(scroller, space);
  const [own, setOwn] = useState<string>();
  const open = props.onOpened ? props.opened : own;
  const [reached, setReached] = useState<string>();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: moves.element,
    scrollMargin: moves.margin,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 16,
    initialRect: { width: 1000, height: 600 },
  });
  const turn = (id: string) => (props.onOpened ?? setOwn)(open === id ? undefined : id);
  const go = (by: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, rows.findIndex((row) => row.id === reached) + by));
    const row = rows[to];
    if (!row) return;
    setReached(row.id);
    virtual.scrollToIndex(to);
  };
  const group = "List";
  useHotkeys(
    props.main
      ? [
          { keys: "j", label: "Next line", group, run: () => go(1) },
          { keys: "k", label: "Previous line", group, run: () => go(-1) },
          { keys: "ArrowDown", label: "Next line", group, run: () => go(1) },
          { keys: "ArrowUp", label: "Previous line", group, run: () => go(-1) },
          { keys: "Enter", label: "Open or close the line", group, run: () => reached !== undefined && turn(reached) },
        ]
      : [],
  );
  const save = rows.length > 0 && <Export label={props.label} records={rows} />;
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { marked } = props;
  useEffect(() => {
    const place = marked === undefined ? -1 : rows.findIndex((row) => row.id === marked);
    if (place >= 0) virtual.scrollToIndex(place, { align: "center" });
  }, [marked, rows, virtual]);
  const [linked] = useState(props.opened); // a link leads to it
  const place = linked === undefined ? -1 : rows.findIndex((row) => row.id === linked);
  const found = place >= 0;
  useEffect(() => {
    if (found) virtual.scrollToIndex(place, { align: "center" });
    // Once: lines that come on top of it, and scrolling by hand, must not be fought.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [found]);
  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - NEAR_END) onEnd();
  }, [last, rows.length, onEnd]);
  return (
    <div ref={whole} className={css.frame} {...aim.events}>
      <Waiting waiting={waiting} moved={moved} />
      <div className={css.head}>
        <span>Time</span>
        <span className={css.level}>Level</span>
        <span className={css.who}>Agent</span>
        <span>Message</span>
        {save && <span className={css.export}>{save}</span>}
      </div>
      <div ref={scroller} {...{ [KEPT]: props.label }} className={css.lines} role="log" aria-label={props.label} aria-live="off" tabIndex={0}>
        <div ref={space} className={css.space} style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            const text = words(row.body);
            return (
              <div key={item.key} ref={virtual.measureElement} data-index={item.index} className={cx(css.line, css[row.level], open === row.id && css.open, reached === row.id && css.reached, marked === row.id && css.marked)} aria-current={marked === row.id || undefined} style={{ transform: `translateY(${item.start - moves.margin}px)` }}>
                <button type="button" className={css.row} aria-expanded={open === row.id} onClick={() => turn(row.id)}>
                  <span className={css.time}>{clockMs(parseTime(row.time))}</span>
                  <span className={css.level}>{row.level.toUpperCase().slice(0, 5)}</span>
                  <span className={cx(css.who, "clip foreign")}>{row.agent || row.service}</span>
                  <span className={cx(css.body, "clip foreign")}>{text.slice(0, LINE_MAX).replaceAll(/\s+/g, " ")}</span>
                </button>
                {open === row.id && <Detail row={row} text={text} actions={props.actions?.(row)} />}
              </div>
            );
          })}
        </div>
        {props.foot != null && <div className={css.foot}>{props.foot}</div>}
      </div>
    </div>
  );
}

function Detail({ row, text, actions }: { row: LogRow; text: string; actions: ReactNode }) {
  const resource = useQuery({
    queryKey: ["resource", row.resource_id],
    queryFn: ({ signal }) => get("/api/v1/resources/{resource_id}", { path: { resource_id: row.resource_id }, signal }),
    staleTime: Infinity,
    retry: false,
  });
  return (
    <div className={css.detail}>
      {typeof row.body === "string" ? <pre className={cx(css.full, "foreign")}>{text}</pre> : <Json value={row.body} />}
      <Facts
        items={[
          ["Time", <code key="t">{row.time}</code>],
          ["Level", `${row.severity_text || row.level} (${row.severity})`],
          ["Agent", row.agent && <AgentLink agent={row.agent} />],
          ["Service", row.service],
          ["Session", row.session && <SessionLink session={row.session} />],
          ["Trace", row.trace_id && <TraceLink trace={row.trace_id} span={row.span_id ?? undefined} />],
          ["Event", row.event_name],
          ["Scope", [row.scope_name, row.scope_version].filter(Boolean).join(" ")],
          ["Left out", row.dropped_attributes_count > 0 && `${count(row.dropped_attributes_count)} attributes, by the sender`],
        ]}
      />
      {Object.keys(row.attributes).length > 0 && <Json value={row.attributes} />}
      {resource.data && Object.keys(resource.data.attributes).length > 0 && (
        <details>
          <summary className="dim">Resource</summary>
          <Json value={resource.data.attributes} />
        </details>
      )}
      {actions}
    </div>
  );
}
