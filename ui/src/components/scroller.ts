import { useCallback, useLayoutEffect, useState, type RefObject } from "react";
import { useNarrow } from "@/lib/use";

/** Marks what scrolls on a phone. */
export const SCROLLS = "data-scrolls";

/**
 * What moves a long list: on a desk the list itself, on a phone the whole page, as a thumb cannot tell one part that moves from another.
 * `margin`: how far below the beginning of what moves the rows begin, in pixels.
 */
export function useScroller(own: RefObject<HTMLElement | null>, rows: RefObject<HTMLElement | null>): { element: () => HTMLElement | null; margin: number } {
  const narrow = useNarrow();
  const [margin, setMargin] = useState(0);
  const element = useCallback(() => (narrow && own.current?.closest<HTMLElement>(`[${SCROLLS}]`)) || own.current, [narrow, own]);
  useLayoutEffect(() => {
    const page = element();
    if (!page || page === own.current) return undefined;
    const measure = () => rows.current && setMargin(Math.round(rows.current.getBoundingClientRect().top - page.getBoundingClientRect().top + page.scrollTop));
    measure();
    const observer = new ResizeObserver(measure);
    for (let part: HTMLElement | null = own.current; part && part !== page; part = part.parentElement) for (const beside of part.parentElement?.children ?? []) observer.observe(beside);
    return () => observer.disconnect();
  }, [element, own, rows]);
  return { element, margin: narrow ? margin : 0 };
}
