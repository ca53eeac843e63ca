import { useEffect, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import css from "./Page.module.css";
import { useRange } from "./range";
import { LiveSwitch, TimeRange } from "./TimeRange";
import { Views } from "./Views";

type Props = {
  /** What the browser's tab says. */
  name: string;
  /** The heading: words, or crumbs. */
  title?: ReactNode;
  tools?: ReactNode;
  /** A row below the heading: filter, tabs. */
  bar?: ReactNode;
  /** The page has no time range of its own. */
  timeless?: boolean;
  /** Shows what is now whatever the range: only the live switch. */
  now?: boolean;
  scroll?: boolean;
  children: ReactNode;
};

/** The frame of a page: heading, time range, and one area below that never grows beyond the window. */
export function Page({ name, title, tools, bar, timeless, now, scroll, children }: Props) {
  const time = useRange();
  useEffect(() => {
    document.title = `${name} · Swarmscope`;
  }, [name]);
  return (
    <div className={css.page}>
      <header className={css.head}>
        <h1 className={css.title}>{title ?? name}</h1>
        {tools}
        {!timeless && <Views />}
        {!timeless && !now && <TimeRange range={time.range} onChange={time.setRange} />}
        {!timeless && <LiveSwitch on={time.live} onChange={time.setLive} />}
      </header>
      {bar != null && <div className={css.bar}>{bar}</div>}
      <div className={cx(css.body, scroll && css.scroll)} tabIndex={scroll ? 0 : undefined}>
        {children}
      </div>
    </div>
  );
}

/** Parts of a heading, the last of which is the page. */
export function Crumbs({ children }: { children: ReactNode[] }) {
  return (
    <>
      {children.map((child, index) => (
        <span key={index} className={cx("foreign", index === children.length - 1 && "clip")}>
          {index > 0 && <span className={css.sep}>/ </span>}
          {child}
        </span>
      ))}
    </>
  );
}

/** Facets at the left, the list at the right. */
export function Split({ side, children }: { side: ReactNode; children: ReactNode }) {
  return (
    <div className={css.split}>
      <aside className={css.side} aria-label="Facets" tabIndex={0}>
        {side}
      </aside>
      <div className={css.content}>{children}</div>
    </div>
  );
}

export function Fill({ children }: { children: ReactNode }) {
  return <div className={css.fill}>{children}</div>;
}

/** Panels side by side, as many as fit. */
export function Grid({ children, min = 340 }: { children: ReactNode; min?: number }) {
  return (
    <div className={css.grid} style={{ "--least": `${min}px` } as React.CSSProperties}>
      {children}
    </div>
  );
}
