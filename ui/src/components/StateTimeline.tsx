import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";
import { STATE_MEANING, STATES } from "@/lib/states";
import { token } from "@/lib/theme";
import { clock, parseTime, stamp } from "@/lib/time";
import { EDGE, sheet, WIDE } from "./paint";
import { SaveChart } from "./SaveChart";
import css from "./StateTimeline.module.css";

const PICTURE_PX = 64;

type Change = { time: string; state: string; reason: string };

/** The states of one agent over time. `changes` is newest first; before the first one nothing is known. */
export function StateTimeline({ changes, from, to }: { changes: Change[]; from: number; to: number }) {
  const oldest = changes.at(-1);
  const begin = Math.max(from, oldest ? parseTime(oldest.time) : from);
  const span = Math.max(1, to - begin);
  const parts = changes
    .map((change, i) => ({ ...change, start: Math.max(begin, parseTime(change.time)), end: i === 0 ? to : parseTime(changes[i - 1]?.time ?? "") }))
    .filter((part) => part.end > begin);
  const picture = () => {
    const drawn = sheet(PICTURE_PX);
    if (!drawn) return undefined;
    const { canvas, pen } = drawn;
    const [left, wide] = [EDGE, WIDE - 2 * EDGE];
    for (const part of parts) {
      pen.globalAlpha = part.state === "idle" || part.state === "abandoned" ? 0.45 : 1;
      pen.fillStyle = token(`--state-${part.state}`);
      pen.fillRect(left + ((part.start - begin) / span) * wide, 8, Math.max(1, ((part.end - part.start) / span) * wide - 1), 34);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = token("--text-2");
    pen.fillText(stamp(begin), left, 54);
    pen.textAlign = "right";
    pen.fillText(stamp(to), left + wide, 54);
    return canvas;
  };
  const records = () => parts.map((part) => ({ from: new Date(part.start).toISOString(), to: new Date(part.end).toISOString(), state: part.state, reason: part.reason }));
  const legend = [...new Set(parts.map((part) => part.state))].map((state) => ({ label: state, token: `--state-${state}` }));
  return (
    <div>
      <div className={css.timeline} role="list" aria-label="States over time">
        {parts.map((part, place) => {
          const words = `${part.state} for ${duration((part.end - part.start) * 1e6)} from ${clock(part.start)}${part.reason ? `: ${part.reason}` : ""}`;
          const frame = { left: `${((part.start - begin) / span) * 100}%`, width: `${((part.end - part.start) / span) * 100}%`, "--paint": `var(--state-${part.state})` } as React.CSSProperties;
          return <span key={place} role="listitem" aria-label={words} title={words} className={cx(css.part, css[part.state])} style={frame} />;
        })}
      </div>
      <div className={css.ends}>
        <span>{clock(begin)}</span>
        <span className={css.legend}>
          {STATES.filter((state) => parts.some((part) => part.state === state)).map((state) => (
            <span key={state} className={css.key} title={STATE_MEANING[state]}>
              <span className={cx(css.sample, css[state])} style={{ "--paint": `var(--state-${state})` } as React.CSSProperties} aria-hidden="true" />
              {state}
            </span>
          ))}
        </span>
        <span className={css.right}>
          now <SaveChart label="States over time" canvas={picture} records={records} legend={legend} />
        </span>
      </div>
    </div>
  );
}
