import { ChevronRight } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { useNarrow } from "@/lib/use";
import { KEPT, useKept } from "./kept";
import css from "./Page.module.css";
import { useRange } from "./range";
import { SCROLLS } from "./scroller";
import { CopyLink, LiveSwitch, TimeRange } from "./TimeRange";
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
  /** Nothing that one would come back to under a name of its own. */
  unsaved?: boolean;
  /** Shows what is now whatever the range: only the live switch. */
  now?: boolean;
  scroll?: boolean;
  children: ReactNode;
};

/** The frame of a page: heading, time range, and one area below that never grows beyond the window; on a phone it does, and the page moves as one. */
export function Page({ name, title, tools, bar, timeless, unsaved, now, scroll, children }: Props) {
  const time = useRange();
  useKept();
  useEffect(() => {
    document.title = `${name} · Swarmscope`;
  }, [name]);
  return (
    <div className={css.page} {...{ [SCROLLS]: "", [KEPT]: "page" }}>
      <header className={css.head}>
        <h1 className={css.title}>{title ?? name}</h1>
        <div className={css.tools}>
          {tools}
          {!unsaved && <Views />}
          {!timeless && !now && <TimeRange range={time.range} onChange={time.setRange} />}
          {!timeless && !now && <CopyLink />}
          {!timeless && <LiveSwitch on={time.live} onChange={time.setLive} />}
        </div>
      </header>
      {bar != null && <div className={css.bar}>{bar}</div>}
      <div className={cx(css.body, scroll && css.scroll)} tabIndex={scroll ? 0 : undefined} {...{ [KEPT]: "body" }}>
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
          {index > 0 && <span className={css.sep}>{"/\u00a0"}</span>}
          {child}
        </span>
      ))}
    </>
  );
}

/** What narrows at the left of what is shown; on a phone it is folded above it, under its name. */
export function Split({ side, name = "Facets", children }: { side: ReactNode; name?: string; children: ReactNode }) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  return (
    <div className={css.split}>
      {narrow && (
        <button type="button" className={css.unfold} aria-expanded={open} onClick={() => setOpen(!open)}>
          <ChevronRight aria-hidden="true" className={cx(open && css.down)} /> {name}
        </button>
      )}
      {(!narrow || open) && (
        <aside className={css.side} aria-label={name} tabIndex={0}>
          {side}
        </aside>
      )}
      <div className={css.content}>{children}</div>
    </div>
  );
}

export function Fill({ children }: { children: ReactNode }) {
  return <div className={css.fill}>{children}</div>;
}

/** Panels side by side, as many as fit; those of a row fill it and are as tall as the tallest. */
export function Grid({ children, min = 340 }: { children: ReactNode; min?: number }) {
  return (
    <div className={css.grid} style={{ "--least": `${min}px` } as React.CSSProperties}>
      {children}
    </div>
  );
}
