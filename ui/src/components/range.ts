import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { toClipboard } from "@/lib/clipboard";
import { bounds, MINUTE, parseRange, rangeLabel, rangeText, type Range } from "@/lib/time";
import { toast } from "./toasts";

export const DEFAULT_RANGE: Range = { last: 15 * MINUTE };

/** The time range of the page as the address has it, and how to change it. */
export function useRange() {
  const search: { range?: string; live?: boolean } = useSearch({ strict: false });
  const navigate = useNavigate();
  const range = parseRange(search.range) ?? DEFAULT_RANGE;
  const fixed = "from" in range;
  const live = !fixed && search.live !== false;
  const set = (change: { range?: string; live?: boolean }) =>
    void navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, ...change }) as never });
  return {
    range,
    live,
    /** Milliseconds between refetches, or not at all. */
    every: (ms: number) => (live ? ms : false) as number | false,
    /** What the server takes; a relative start lets it use its own clock. */
    query: fixed ? { start: new Date(range.from).toISOString(), end: new Date(range.to).toISOString() } : { start: `-${rangeText(range)}` },
    setRange: (chosen: Range) => set({ range: rangeText(chosen), live: undefined }),
    setLive: (on: boolean) => set({ live: on ? undefined : false, ...(on && fixed && { range: rangeText(DEFAULT_RANGE) }) }),
  };
}

/** Copies a link to what is shown with both ends of the time range in it, so that it shows the same whenever it is opened. */
export function useCopyLink(): () => void {
  const router = useRouter();
  const { range } = useRange();
  return () => {
    const fixed = bounds(range, Date.now());
    const { searchStr } = router.buildLocation({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, range: rangeText(fixed), live: undefined }) as never });
    toClipboard(new URL(router.history.location.pathname + searchStr, location.origin).href).then(
      () => toast(`The link is copied; it shows ${rangeLabel(fixed)} whenever it is opened`),
      (error: unknown) => toast(`Not copied: ${error instanceof Error ? error.message : String(error)}`, "bad"),
    );
  };
}
