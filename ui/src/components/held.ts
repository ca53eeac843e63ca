import { useEffect, useMemo, useState, type FocusEvent, type RefObject } from "react";
import { useSettled } from "@/lib/use";

/** What follows so soon upon an act of the reader's is its answer, and taken in at once. */
export const SETTLE_MS = 5000;

/** Rows as they stood when they were aimed at. */
export type Held<T> = { keys: readonly string[]; rows: readonly T[] };

/** Rows in the places that they are held in, and how many others wait; `moved`: what is held would stand in another order. */
export type Placed<T> = { rows: readonly T[]; waiting: number; moved: boolean };

export function holdOf<T>(rows: readonly T[], rowKey: (row: T) => string): Held<T> {
  return { keys: rows.map(rowKey), rows };
}

/** New rows in the places of the held ones: values are new, places are not. One that is gone stays as it was; those after the last known one move nothing and are taken in. */
export function placed<T>(held: Held<T>, rows: readonly T[], rowKey: (row: T) => string): Placed<T> {
  const places = new Map(held.keys.map((key, at) => [key, at]));
  const newest = new Map<string, T>();
  let [last, before, moved, unknown, after] = [-1, -1, false, 0, 0];
  rows.forEach((row, i) => {
    const key = rowKey(row);
    const at = places.get(key);
    if (at === undefined) {
      unknown += 1;
      after += 1;
      return;
    }
    newest.set(key, row);
    moved ||= at < before;
    [last, before, after] = [i, at, 0];
  });
  const more = last >= 0 ? rows.slice(rows.length - after) : [];
  const kept = held.keys.flatMap((key, at) => {
    const row = newest.get(key) ?? held.rows[at];
    // A row that is a place in columns may by now be another's.
    return row !== undefined && (newest.has(key) || rowKey(row) === key) ? [row] : [];
  });
  return { rows: [...kept, ...more], waiting: unknown - more.length, moved };
}

/** How many came, went, or stand elsewhere in `now` than in what is shown; those that only moved down or up with others are not counted. */
export function differing<T>(shown: readonly T[], now: readonly T[], rowKey: (row: T) => string): number {
  const places = new Map(shown.map((row, at) => [rowKey(row), at]));
  const stayed = now.flatMap((row) => places.get(rowKey(row)) ?? []);
  // The longest run that kept its order: who is in it did not move.
  const longest: number[] = [];
  for (const at of stayed) {
    const i = longest.findIndex((end) => end > at);
    longest[i < 0 ? longest.length : i] = at;
  }
  return now.length - longest.length + (shown.length - stayed.length);
}

/** Rows that keep their places while `aimed`, but for what follows upon a new `question`. */
export function useHeld<T>(rows: readonly T[], rowKey: (row: T) => string, aimed: boolean, question: string): Placed<T> {
  const settled = useSettled(question, SETTLE_MS) === question;
  const [held, setHeld] = useState<Held<T>>();
  const hold = aimed && settled;
  if (hold !== (held !== undefined)) setHeld(hold ? holdOf(rows, rowKey) : undefined);
  return useMemo(() => (held ? placed(held, rows, rowKey) : { rows, waiting: 0, moved: false }), [held, rows, rowKey]);
}

const FIELDS = "input, textarea, select, button, [contenteditable]";

/** Whether a reader aims at something within `frame`, by pointer or by keys, and what he asked for: his address without `selected`, and how often he pressed or wrote something. */
export function useAim(frame: RefObject<HTMLElement | null>, selected: string | undefined) {
  const [over, setOver] = useState(false);
  const [keyed, setKeyed] = useState(false);
  const [acts, setActs] = useState(0);
  useEffect(() => {
    const acted = (event: Event) => {
      const field = event.target instanceof Element && event.target.closest(FIELDS);
      if (field && (event.type === "click" || !frame.current?.contains(field))) setActs((n) => n + 1);
    };
    const kinds = ["keydown", "click", "change"] as const;
    kinds.forEach((kind) => document.addEventListener(kind, acted, true));
    return () => kinds.forEach((kind) => document.removeEventListener(kind, acted, true));
  }, [frame]);
  const asked = [...new URLSearchParams(window.location.search)].filter(([, value]) => value !== selected);
  return {
    aimed: over || keyed,
    question: `${acts} ${window.location.pathname} ${new URLSearchParams(asked).toString()}`,
    events: {
      onPointerEnter: () => setOver(true),
      onPointerLeave: () => setOver(false),
      onKeyUp: () => setKeyed(true),
      onBlur: (event: FocusEvent) => {
        if (!event.currentTarget.contains(event.relatedTarget)) setKeyed(false);
      },
    },
  };
}
