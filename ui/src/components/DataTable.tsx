import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { useHotkeys } from "@/lib/keyboard";
import { useNarrow, useSize } from "@/lib/use";
import { Export } from "./Export";
import { useAim, useHeld } from "./held";
import { KEPT } from "./kept";
import { useScroller } from "./scroller";
import { Waiting } from "./Waiting";
import css from "./DataTable.module.css";

export const ROW_PX = 34;
/** A row of two lines. */
const TALL_PX = 52;
const NEAR_END = 12;
/** Room at the end of the head, where the download stands: it covers no row. On a phone the last heading makes room, and rows keep their width. */
const EXPORT_PX = 30;

export type Column<T> = {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** Pixels, or a share of what is left over with its minimum. */
  width: number | { share: number; min: number };
  end?: boolean;
  sortable?: boolean;
  /** Stays on a phone. */
  narrow?: boolean;
  /** Takes two lines on a phone, where all rows are as high then: what tells one row from the next. */
  wrap?: boolean;
  /** What stands in small below it where rows have two lines. */
  below?: (row: T) => ReactNode;
  /** Where the table is too narrow for all columns, the one with the highest number goes first; without one it stays. */
  drop?: number;
  hint?: string;
};

export type Sort = { id: string; desc: boolean };

type Props<T> = {
  label: string;
  rows: readonly T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  selected?: string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  onEnd?: () => void;
  foot?: ReactNode;
  /** What a download holds for a row; the row itself where it is not given. */
  record?: (row: T) => unknown;
  /** Columns are not known beforehand: on a phone they keep their width, and the table moves sideways. */
  sideways?: boolean;
  /** The row that is brought to the top whenever this changes; undefined: all stays where it is. */
  top?: number;
  /** Takes j, k and Enter from anywhere on the page; one table of a page does. */
  main?: boolean;
};

function least(column: { width: number | { min: number } }): number {
  return typeof column.width === "number" ? column.width : column.width.min;
}

/** narrow: on a phone words give way, so that no figure is out of sight. */
function template(columns: Column<never>[], narrow: boolean): { columns: string; width: string } {
  const tracks = columns.map((c) => (typeof c.width === "number" ? `${c.width}px` : `minmax(${narrow ? 0 : c.width.min}px, ${c.width.share}fr)`));
  const width = columns.reduce((sum, c) => sum + least(c), 0);
  return { columns: tracks.join(" "), width: `${width}px` };
}

/** The columns that fit, as long as leaving some out helps. Exported for tests. */
export function fitting<T>(columns: Column<T>[], width: number): Column<T>[] {
  let shown = columns;
  while (width > 0 && shown.reduce((sum, c) => sum + least(c), 0) > width) {
    const worst = shown.reduce<Column<T> | undefined>((a, c) => (c.drop !== undefined && c.drop > (a?.drop ?? -1) ? c : a), undefined);
    if (!worst) break;
    shown = shown.filter((c) => c !== worst);
  }
  return shown;
}

/** The row that the keys are at: by its key, so that it stays on it while rows come and go around it. */
type Mark = { key: string | undefined; at: number };

/** Where the marked row is now; where it was, if it is gone. Exported for tests. */
export function placeOf<T>(mark: Mark, rows: readonly T[], rowKey: (row: T) => string): number {
  if (mark.key === undefined) return -1;
  const near = rows[mark.at];
  if (near !== undefined && rowKey(near) === mark.key) return mark.at;
  const found = rows.findIndex((row) => rowKey(row) === mark.key);
  return found >= 0 ? found : Math.min(mark.at, rows.length - 1);
}

/** A table that draws the rows in sight only, so that its length costs nothing. Rows keep their places while they are aimed at. Sorting is the owner's: it gets `onSort`. */
export function DataTable<T>(props: Props<T>) {
  const { rowKey, onOpen, onEnd } = props;
  const whole = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const moves = useScroller(scroller, body);
  const aim = useAim(whole, props.selected);
  const { rows, waiting, moved } = useHeld(props.rows, rowKey, aim.aimed, aim.question);
  const [mark, setMark] = useState<Mark>({ key: undefined, at: -1 });
  const narrow = useNarrow();
  const id = useId();
  const { width } = useSize(scroller);
  const columns = narrow ? props.columns.filter((c) => c.narrow) : fitting(props.columns, width - (rows.length > 0 ? EXPORT_PX : 0));
  const tall = narrow && columns.some((c) => c.wrap);
  const high = tall ? TALL_PX : ROW_PX;
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: moves.element, scrollMargin: moves.margin, estimateSize: () => high, overscan: 10, initialRect: { width: 1200, height: 700 } });
  useLayoutEffect(() => virtual.measure(), [high, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - NEAR_END) onEnd();
  }, [last, rows.length, onEnd]);

  const topped = useRef(0);
  useEffect(() => {
    if (props.top === undefined || props.top === topped.current) return;
    topped.current = props.top;
    virtual.scrollToIndex(props.top, { align: "start" });
  }, [props.top, virtual]);

  // What is opened is also where the keys go on from.
  const [opened, setOpened] = useState(props.selected);
  if (opened !== props.selected) {
    setOpened(props.selected);
    if (props.selected !== undefined) setMark({ key: props.selected, at: mark.at });
  }
  const cursor = useMemo(() => placeOf(mark, rows, rowKey), [mark, rows, rowKey]);
  const setCursor = (at: number) => {
    const row = rows[at];
    if (row !== undefined) setMark({ key: rowKey(row), at });
  };
  const move = (to: number) => {
    const at = Math.max(0, Math.min(rows.length - 1, to));
    if (rows.length === 0) return;
    setCursor(at);
    virtual.scrollToIndex(at);
  };
  const open = (index: number) => {
    const row = rows[index];
    if (row !== undefined) onOpen?.(row);
  };
  const page = () => Math.max(1, Math.floor((moves.element()?.clientHeight ?? 300) / high) - 2);
  const onKeyDown = (event: KeyboardEvent) => {
    const step: Record<string, () => void> = {
      ArrowDown: () => move(cursor + 1),
      ArrowUp: () => move(cursor - 1),
      PageDown: () => move(cursor + page()),
      PageUp: () => move(cursor - page()),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      Enter: () => open(cursor),
    };
    const act = event.target === event.currentTarget ? step[event.key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  };
  useHotkeys(
    props.main
      ? [
          { keys: "j", label: "Next row", group: "List", run: () => move(cursor + 1) },
          { keys: "k", label: "Previous row", group: "List", run: () => move(cursor - 1) },
          { keys: "ArrowDown", label: "Next row", group: "List", run: () => move(cursor + 1) },
          { keys: "ArrowUp", label: "Previous row", group: "List", run: () => move(cursor - 1) },
          { keys: "Enter", label: "Open row", group: "List", run: () => open(cursor) },
        ]
      : [],
  );
  const save = rows.length > 0 && <Export label={props.label} records={props.record ? rows.map(props.record) : rows} />;
  const squeezed = narrow && !props.sideways;
  const size = template(columns as unknown as Column<never>[], squeezed);
  const aside = narrow && !!props.sideways && !!save; // a heading that moves sideways would pass below it
  const frame = { "--row": `${high}px`, "--columns": squeezed ? size.columns : `${size.columns} ${EXPORT_PX}px`, "--table-width": squeezed ? "0px" : `calc(${size.width} + ${EXPORT_PX}px)` } as React.CSSProperties;
  return (
    <div ref={whole} className={cx(css.frame, aside && css.aside)} {...aim.events}>
      {save && <span className={css.export} style={{ "--export": `${Math.max(0, width - EXPORT_PX)}px` } as React.CSSProperties}>{save}</span>}
      <Waiting waiting={waiting} moved={moved} />
      <div
        ref={scroller}
        {...{ [KEPT]: props.label }}
        className={cx(css.table, tall && css.tall, squeezed && css.squeezed)}
        role="grid"
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={cursor >= 0 ? `${id}${cursor}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        style={frame}
      >
        <div className={css.inner} role="rowgroup">
          <div className={css.head} role="row" aria-rowindex={1}>
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={props.sort} onSort={props.onSort} />
            ))}
          </div>
          <div ref={body} className={css.body} style={{ height: virtual.getTotalSize() }} role="presentation">
            {items.map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              const key = rowKey(row);
              return (
                <div
                  key={key}
                  id={`${id}${item.index}`}
                  role="row"
                  aria-rowindex={item.index + 2}
                  aria-selected={props.selected === key}
                  className={cx(css.row, item.index === cursor && css.cursor, onOpen && css.open)}
                  style={{ transform: `translateY(${item.start - moves.margin}px)` }}
                  onClick={(event) => {
                    if (event.defaultPrevented || (event.target as HTMLElement).closest("a,button")) return;
                    setCursor(item.index);
                    onOpen?.(row);
                  }}
                >
                  {columns.map((column) => (
                    <div key={column.id} role="gridcell" className={cx(css.td, column.end && css.end, column.wrap && css.wrap)}>
                      {column.cell(row)}
                      {tall && column.below && <span className={css.below}>{column.below(row)}</span>}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
        {props.foot != null && <div className={css.foot}>{props.foot}</div>}
      </div>
    </div>
  );
}

function Head<T>({ column, sort, onSort }: { column: Column<T>; sort?: Sort; onSort?: (sort: Sort) => void }) {
  const sorted = sort?.id === column.id;
  const names = cx(css.th, column.end && css.end, sorted && css.sorted);
  if (!column.sortable || !onSort) {
    return (
      <div role="columnheader" className={names} title={column.hint}>
        {column.header}
      </div>
    );
  }
  const Arrow = sort?.desc ? ArrowDown : ArrowUp;
  return (
    <div role="columnheader" aria-sort={sorted ? (sort.desc ? "descending" : "ascending") : "none"} className={css.cell}>
      <button type="button" className={names} title={column.hint} onClick={() => onSort({ id: column.id, desc: sorted ? !sort.desc : !!column.end })}>
        {column.header}
        {sorted && <Arrow aria-hidden="true" />}
      </button>
    </div>
  );
}
