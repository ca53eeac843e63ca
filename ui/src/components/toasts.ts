import { useSyncExternalStore } from "react";

export type ToastItem = { id: number; text: string; tone: "ok" | "bad" | "info" };

const SHOWN_MS = 4000;
const SHOWN_MAX = 4;
let items: ToastItem[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(changed: ToastItem[]): void {
  items = changed;
  listeners.forEach((tell) => tell());
}

export function dismiss(id: number): void {
  set(items.filter((item) => item.id !== id));
}

/** Says something in passing. */
export function toast(text: string, tone: ToastItem["tone"] = "ok"): void {
  const id = next++;
  set([...items, { id, text, tone }].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(id), tone === "bad" ? 2 * SHOWN_MS : SHOWN_MS);
}

export function useToasts(): ToastItem[] {
  return useSyncExternalStore(
    (change) => {
      listeners.add(change);
      return () => listeners.delete(change);
    },
    () => items,
  );
}
