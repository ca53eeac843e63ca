import { useState, type ReactNode } from "react";
import { cx } from "@/lib/cx";
import { chartRecords } from "@/lib/download";
import { plural } from "@/lib/format";
import { shade } from "@/lib/heat";
import { clock, stamp } from "@/lib/time";
import css from "./HeatGrid.module.css";
import { gridPicture } from "./paint";
import { SaveChart } from "./SaveChart";

export type HeatLine = { key: string; name: ReactNode; counts: readonly number[] };

const ROOM_PX = 120;

type Props = {
  label: string;
  /** Beginning of each column in ms, ascending. */
  times: readonly number[];
  lines: readonly HeatLine[];
  /** What one of what is counted is called. */
  noun: string;
  /** Gets a line and the two ends of a column. */
  onOpen?: (key: string, from: number, to: number) => void;
};

/** How often each of a few things happened over time, as shades; a cell that holds something can be pressed. */
export function HeatGrid({ label, times, lines, noun, onOpen }: Props) {
  const [told, setTold] = useState<{ line: HeatLine; i: number }>();
  const most = Math.max(1, ...lines.flatMap((line) => line.counts));
  const height = Math.max(20, Math.min(52, Math.floor(ROOM_PX / Math.max(1, lines.length))));
  const step = times.length > 1 ? (times[1] ?? 0) - (times[0] ?? 0) : 60_000;
  const words = (line: HeatLine, i: number) => `${line.key}: ${plural(line.counts[i] ?? 0, noun)}, ${stamp(times[i] ?? 0)} to ${clock((times[i] ?? 0) + step)}`;
  const ends = [times[0] ?? 0, times[Math.floor(times.length / 2)] ?? 0, (times.at(-1) ?? 0) + step];
  const picture = () => gridPicture(lines.map((line) => ({ name: line.key, counts: line.counts })), ends.map(stamp));
  const records = () => chartRecords(times, lines.map((line) => ({ label: line.key, values: line.counts })), `${noun}s`);
  return (
    <div className={css.grid} style={{ "--cell": `${height}px` } as React.CSSProperties} role="group" aria-label={label} onPointerLeave={() => setTold(undefined)}>
      {lines.map((line) => (
        <Line key={line.key} line={line} most={most} words={(i) => words(line, i)} onTell={(i) => setTold({ line, i })} onOpen={onOpen && ((i) => onOpen(line.key, times[i] ?? 0, (times[i] ?? 0) + step))} />
      ))}
      <span />
      <span className={css.axis} aria-hidden="true">
        {ends.map((end) => (
          <span key={end}>{clock(end).slice(0, 5)}</span>
        ))}
      </span>
      <span className={css.told}>
        <span aria-hidden="true">{told ? words(told.line, told.i) : `A stronger colour means more.${onOpen ? " Press a cell to see what it was." : ""}`}</span>
        <SaveChart up label={label} canvas={picture} records={records} />
      </span>
    </div>
  );
}

function Line({ line, most, words, onTell, onOpen }: { line: HeatLine; most: number; words: (i: number) => string; onTell: (i: number) => void; onOpen?: (i: number) => void }) {
  return (
    <>
      <span className={cx(css.name, "clip")}>{line.name}</span>
      <span className={css.row}>
        {line.counts.map((n, i) => (
          <button
            key={i}
            type="button"
            tabIndex={n > 0 && onOpen ? 0 : -1}
            disabled={n === 0 || !onOpen}
            aria-hidden={n === 0 || undefined}
            aria-label={n > 0 ? words(i) : undefined}
            className={cx(css.cell, n > 0 && css[`s${Math.max(1, shade(n, most))}`])}
            onPointerEnter={() => onTell(i)}
            onFocus={() => onTell(i)}
            onClick={() => onOpen?.(i)}
          />
        ))}
      </span>
    </>
  );
}
