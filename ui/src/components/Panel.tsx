import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import css from "./Panel.module.css";
import { Sparkline } from "./Sparkline";

/** A titled part of a page. `flush`: the body reaches the border (tables, charts). `height`: on a desk; on a phone it is as high as what it holds. */
export function Panel(props: { title?: ReactNode; note?: ReactNode; tools?: ReactNode; flush?: boolean; className?: string; height?: number; children: ReactNode }) {
  return (
    <section className={cx(css.panel, props.className, props.height !== undefined && css.high)} style={props.height !== undefined ? ({ "--high": `${props.height}px` } as React.CSSProperties) : undefined}>
      {props.title != null && (
        <header className={css.head}>
          <h2 className={css.title}>
            {props.title}
            {props.note != null && <span className={css.note}>{props.note}</span>}
          </h2>
          {props.tools}
        </header>
      )}
      <div className={cx(css.body, props.flush && css.flush)}>{props.children}</div>
    </section>
  );
}

export type StatItem = { label: string; value: ReactNode; note?: ReactNode; bad?: boolean; title?: string; /** One sentence below it: what the figure says. */ about?: string; /** At the right of its label, in small. */ corner?: ReactNode; /** A press anywhere on it follows the link that stands in it. */ whole?: boolean; /** Not well, and not as `bad`. */ warn?: boolean; /** Words, not a figure: small, and in as many lines as they need. */ words?: boolean; trend?: ArrayLike<number | null> };

/** Figures side by side. */
export function Stats({ items }: { items: StatItem[] }) {
  return (
    <dl className={css.stats}>
      {items.map((item) => (
        <div key={item.label} className={cx(css.stat, item.bad ? css.bad : item.warn && css.warn, item.whole && css.whole)} title={item.title}>
          <dt>
            {item.label}
            {item.corner != null && <span className={css.corner}> {item.corner}</span>}
          </dt>
          <dd className={cx(item.words && css.words)}>
            {item.value} {item.note != null && <span className={css.small}>{item.note}</span>}
          </dd>
          {item.about && <dd className={css.about}>{item.about}</dd>}
          {item.trend && item.trend.length > 1 && (
            <dd className={css.trend}>
              <Sparkline values={item.trend} token={item.bad ? "--bad" : item.warn ? "--warn" : "--accent"} width={104} height={18} label={`${item.label} over the last minutes`} />
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

/** Names and values in two columns, or in as many as fit where it is `wide`; entries without a value are left out. */
export function Facts({ items, wide }: { items: [string, ReactNode][]; wide?: boolean }) {
  return (
    <dl className={cx(css.facts, wide && css.wide)}>
      {items
        .filter(([, value]) => value !== "" && value != null && value !== false)
        .map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="foreign">{value}</dd>
    </div>
  );
}
