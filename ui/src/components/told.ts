import { useRouter, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";

/** Parts of an address that any page may have, and that are dropped with the page. */
export type Told = { zoom?: string; as?: string; opened?: string; hidden?: Record<string, string[]> };

/** Says in the address what is looked at, without a step that goes back to it: for what moves, and for looks. */
export function useTell(): (change: Told & { query?: string }) => void {
  const router = useRouter();
  return useCallback((change) => void router.navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, ...change }) as never, replace: true, resetScroll: false }), [router]);
}

const STILL_MS = 250;

/** `tell`, once what moves stands still, and `done` then; not at all where another page is on its way by then. Returns what calls it off. */
export function useTellLater(): (change: Parameters<ReturnType<typeof useTell>>[0], done?: () => void) => () => void {
  const router = useRouter();
  const tell = useTell();
  return useCallback(
    (change, done) => {
      const { pathname } = router.history.location;
      const timer = setTimeout(() => {
        if (router.history.location.pathname !== pathname) return;
        done?.();
        tell(change);
      }, STILL_MS);
      return () => clearTimeout(timer);
    },
    [router, tell],
  );
}

export function useTold(): Told {
  return useSearch({ strict: false });
}

/** A text that moves, such as what is in sight: at once here, in the address once it stands still. Back, forward and links move it too. */
export function useMoving(name: "zoom" | "query"): [string | undefined, (text: string | undefined) => void] {
  const { [name]: said }: { zoom?: string; query?: string } = useSearch({ strict: false });
  const later = useTellLater();
  const [text, setText] = useState(said);
  const [known, setKnown] = useState({ said, told: said });
  if (known.said !== said) {
    setKnown({ said, told: said });
    if (said !== known.told) setText(said);
  }
  useEffect(() => {
    if (text === known.told) return undefined;
    return later({ [name]: text }, () => setKnown((old) => ({ ...old, told: text })));
  }, [name, text, known.told, later]);
  return [text, setText];
}

/** The series of a chart that are hidden, by the chart's name; a press hides one or shows it again. */
export function useHidden(chart: string): [ReadonlySet<string>, (series: string) => void] {
  const { hidden } = useTold();
  const tell = useTell();
  const mine = hidden?.[chart];
  const set = useMemo(() => new Set(mine), [mine]);
  const toggle = (series: string) => {
    const next = set.has(series) ? [...set].filter((one) => one !== series) : [...set, series];
    const others = Object.fromEntries(Object.entries(hidden ?? {}).filter(([name]) => name !== chart));
    const all = next.length > 0 ? { ...others, [chart]: next } : others;
    tell({ hidden: Object.keys(all).length > 0 ? all : undefined });
  };
  return [set, toggle];
}
