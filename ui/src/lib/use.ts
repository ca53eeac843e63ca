import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";

/** The moment, renewed every `everyMs` while the page is visible. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** `value` as it was when it last stood still for `ms`. */
export function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

/** How large an element is, in its own pixels, and how many times as large these are drawn: more than once on a wall screen. */
export function useSize(ref: RefObject<HTMLElement | null>): { width: number; height: number; zoom: number } {
  const [size, setSize] = useState({ width: 0, height: 0, zoom: 1 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const measure = () => {
      const width = element.clientWidth;
      const height = element.clientHeight;
      const zoom = element.currentCSSZoom || 1;
      setSize((old) => (old.width === width && old.height === height && old.zoom === zoom ? old : { width, height, zoom }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref]);
  return size;
}

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (change) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", change);
      return () => list.removeEventListener("change", change);
    },
    () => window.matchMedia(query).matches,
    () => false,
  );
}

/** A wall screen shows so many pixels side by side, however many it has. */
const WALL_PX = 1280;
const LARGE_MIN = 1.25;

/** How many times as large as on a desk a wall screen draws everything. */
export function useLarge(): number {
  return useSyncExternalStore(
    (change) => {
      window.addEventListener("resize", change);
      return () => window.removeEventListener("resize", change);
    },
    () => Math.max(LARGE_MIN, Math.round((window.innerWidth / WALL_PX) * 20) / 20),
    () => LARGE_MIN,
  );
}

/** Phone width. */
export function useNarrow(): boolean {
  return useMedia("(max-width: 720px)");
}

/** Calls `away` on a press outside of `ref`, and on Escape. */
export function useAway(ref: RefObject<HTMLElement | null>, open: boolean, away: () => void): void {
  const latest = useRef(away);
  useEffect(() => {
    latest.current = away;
  });
  useEffect(() => {
    if (!open) return undefined;
    const press = (event: PointerEvent) => {
      if (event.target instanceof Node && !ref.current?.contains(event.target)) latest.current();
    };
    const key = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      latest.current();
    };
    document.addEventListener("pointerdown", press, true);
    document.addEventListener("keydown", key, true);
    return () => {
      document.removeEventListener("pointerdown", press, true);
      document.removeEventListener("keydown", key, true);
    };
  }, [open, ref]);
}
