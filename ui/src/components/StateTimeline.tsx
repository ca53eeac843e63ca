import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { clock, parseTime } from "@/lib/time";
import css from "./StateTimeline.module.css";

type Change = { time: string; state: string; reason: string };

/** The states of one agent over time. `changes` is newest first; before the first one nothing is known. */
export function StateTimeline({ changes, from, to }: { changes: Change[]; from: number; to: number }) {
  const oldest = changes.at(-1);
  const begin = Math.max(from, oldest ? parseTime(oldest.time) : from);
  const span = Math.max(1, to - begin);
  const parts = changes
    .map((change, i) => ({ ...change, start: Math.max(begin, parseTime(change.time)), end: i === 0 ? to : parseTime(changes[i - 1]?.time ?? "") }))
    .filter((part) => part.end > begin);
  return (
    <div>
      <div className={css.timeline} role="list" aria-label="States over time">
        {parts.map((part) => {
          const words = `${part.state} for ${duration((part.end - part.start) * 1e6)} from ${clock(part.start)}${part.reason ? `: ${part.reason}` : ""}`;
          const frame = { left: `${((part.start - begin) / span) * 100}%`, width: `${((part.end - part.start) / span) * 100}%`, "--paint": `var(--state-${part.state})` } as React.CSSProperties;
          return <span key={part.time} role="listitem" aria-label={words} title={words} className={cx(css.part, css[part.state])} style={frame} />;
        })}
      </div>
      <div className={css.ends}>
        <span>{clock(begin)}</span>
        <span>now</span>
      </div>
    </div>
  );
}
