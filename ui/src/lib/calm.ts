import { useIsFetching } from "@tanstack/react-query";
import { useEffect, useState } from "react";

const QUIET_MS = 150;
const PATIENCE_MS = 2000;

let calm = false;
const begun = Date.now();

/** Whether the page that was opened first has its answers, or had time for them: what stands around it asks after that. */
export function useCalm(): boolean {
  const asking = useIsFetching() > 0;
  const [past, setPast] = useState(calm);
  useEffect(() => {
    if (past) return undefined;
    const wait = asking ? Math.max(0, begun + PATIENCE_MS - Date.now()) : QUIET_MS;
    const timer = setTimeout(() => {
      calm = true;
      setPast(true);
    }, wait);
    return () => clearTimeout(timer);
  }, [past, asking]);
  return past;
}
