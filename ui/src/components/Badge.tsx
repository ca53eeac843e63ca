import type { ReactNode } from "react";
import { cx } from "@/lib/cx";
import { categoryToken, isHollow, REST_TOKEN } from "@/lib/palette";
import { isState, STATE_MEANING, STATE_SHAPE } from "@/lib/states";
import css from "./Badge.module.css";

export type Tone = "neutral" | "ok" | "warn" | "bad" | "info" | "accent";

export function Badge({ tone = "neutral", title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={cx(css.badge, tone !== "neutral" && css[tone])} title={title}>
      {children}
    </span>
  );
}

/** The shape and colour of a live state; hollow for idle, a cross for abandoned. */
export function StateShape({ state }: { state: string }) {
  if (!isState(state)) return null;
  const hollow = state === "idle" || state === "abandoned";
  const paint = { "--paint": `var(--state-${state})` } as React.CSSProperties;
  return (
    <svg viewBox="0 0 12 12" className={css.shape} aria-hidden="true" style={paint}>
      <path
        d={STATE_SHAPE[state]}
        fill={hollow ? "none" : "var(--paint)"}
        fillOpacity={state === "waiting" ? 0.55 : 1}
        stroke="var(--paint)"
        strokeWidth={hollow ? 2 : 1.2}
        strokeLinecap="round"
      />
    </svg>
  );
}

export function StateBadge({ state, reason }: { state: string; reason?: string }) {
  return (
    <span className={css.state} title={reason || (isState(state) ? STATE_MEANING[state] : undefined)}>
      <StateShape state={state} />
      {state || "unknown"}
    </span>
  );
}

export function Kbd({ children }: { children: ReactNode }) {
  return <kbd className={css.kbd}>{children}</kbd>;
}

/** A square of a colour token, before a name in a legend. */
export function Swatch({ token, hollow }: { token: string; hollow?: boolean }) {
  return <span className={cx(css.swatch, hollow && css.hollow)} style={{ "--paint": `var(${token})` } as React.CSSProperties} aria-hidden="true" />;
}

/** The mark of a category by its number from 0; −1: of none. */
export function CategorySwatch({ category }: { category: number }) {
  return category < 0 ? <Swatch token={REST_TOKEN} /> : <Swatch token={categoryToken(category)} hollow={isHollow(category)} />;
}
