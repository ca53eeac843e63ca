import { useRouter, useRouterState, type ParsedLocation } from "@tanstack/react-router";
import { useEffect } from "react";

/** Marks what scrolls and is to stand where it was when one comes back; its value tells one from another on a page. */
export const KEPT = "data-kept";
const ENTRIES_MAX = 200;
/** How long is waited for the rows that were there: lists ask for their data when they are opened. */
const WAIT_MS = 4000;
const INPUTS = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

type Places = ReadonlyMap<string, number>;

/** How far what scrolls was moved, by the entry of the history and by its address; the oldest goes first. */
const places = new Map<string, Places>();

const entryOf = (location: ParsedLocation) => location.state.__TSR_key ?? location.href;

function keep(name: string, found: Places): void {
  places.delete(name);
  places.set(name, found);
  if (places.size > ENTRIES_MAX) places.delete(places.keys().next().value ?? "");
}

function scrollers(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`[${KEPT}]`)];
}

/** Whether a step from one address to the other goes up: to the list that something was opened from, or closes what was open on it. Exported for tests. */
export function goesUp(from: Pick<ParsedLocation, "pathname" | "searchStr">, to: Pick<ParsedLocation, "pathname" | "searchStr">): boolean {
  return from.pathname === to.pathname ? from.searchStr.length > to.searchStr.length : to.pathname !== "/" && from.pathname.startsWith(`${to.pathname}/`);
}

/** Lists stand where they were: after back and forward, and after going up to where one came from. For the frame of a page. */
export function useKept(): void {
  const router = useRouter();
  const entry = useRouterState({ select: (state) => entryOf(state.resolvedLocation ?? state.location) });
  useEffect(
    () =>
      router.subscribe("onBeforeLoad", ({ fromLocation, toLocation }) => {
        if (!fromLocation) return;
        const found = new Map(scrollers().map((one) => [one.getAttribute(KEPT) ?? "", one.scrollTop]));
        keep(entryOf(fromLocation), found);
        keep(fromLocation.href, found);
        const before = goesUp(fromLocation, toLocation) && places.get(toLocation.href);
        if (before && !places.has(entryOf(toLocation))) keep(entryOf(toLocation), before);
      }),
    [router],
  );
  useEffect(() => {
    const wanted = new Map([...(places.get(entry) ?? [])].filter(([, top]) => top > 0));
    if (wanted.size === 0) return undefined;
    let frame = 0;
    const end = performance.now() + WAIT_MS;
    const stop = () => {
      cancelAnimationFrame(frame);
      INPUTS.forEach((input) => removeEventListener(input, stop, true));
    };
    const look = () => {
      const late = performance.now() > end;
      for (const one of scrollers()) {
        const name = one.getAttribute(KEPT) ?? "";
        const top = wanted.get(name);
        if (top === undefined || (!late && one.scrollHeight - one.clientHeight < top)) continue;
        wanted.delete(name);
        if (one.scrollTop === 0) one.scrollTop = top;
      }
      if (wanted.size === 0 || late) stop();
      else frame = requestAnimationFrame(look);
    };
    INPUTS.forEach((input) => addEventListener(input, stop, true));
    look();
    return stop;
  }, [entry]);
}
