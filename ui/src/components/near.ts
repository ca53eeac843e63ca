import { useEffect, useRef, useState, type RefObject } from "react";

/** So far from the screen something counts as near. */
const MARGIN = "400px";

/** Whether an element is on the screen or soon will be, so that a page of many parts asks for those that are looked at. */
export function useNear<T extends Element>(): [place: RefObject<T | null>, near: boolean] {
  const place = useRef<T>(null);
  const [near, setNear] = useState(typeof IntersectionObserver === "undefined");
  useEffect(() => {
    if (typeof IntersectionObserver === "undefined" || !place.current) return;
    const watch = new IntersectionObserver((all) => setNear(all.at(-1)?.isIntersecting ?? false), { rootMargin: MARGIN });
    watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return [place, near];
}
