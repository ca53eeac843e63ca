import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get } from "@/api/client";
import { placesOf, titled, type Named } from "@/lib/communities";

/** Communities are found anew so often, and pages between which one goes meanwhile show the same ones. */
const FOUND_MS = 30_000;

type Asked = { start: string; end?: string };

/** The communities of a stretch of time, largest first; the number of one stays while it lives. `of`: the number of an agent's, −1 where it is in none. `found`: rises when they are found anew. */
export type Communities = { all: readonly Named[]; of: (agent: string) => number; titleOf: (agent: string) => string; found: number };

/** What `useCommunities` gives. */
export type Found = { data: Communities | undefined; error: Error | null; refetch: () => void };

/** Who works with each other more than with the rest: one grouping, and one name and number for each, on every page. `data` is undefined until it is known, or where not `on`. */
export function useCommunities(asked: Asked, live: boolean, on = true): Found {
  const { data, error, refetch, dataUpdatedAt } = useQuery({
    queryKey: ["communities", asked],
    enabled: on,
    staleTime: FOUND_MS,
    refetchInterval: live ? FOUND_MS : false,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/emergence/network/communities", { query: asked, signal }),
  });
  const known = useMemo(() => {
    if (!data || !on) return undefined;
    const all = titled(data.communities);
    const places = placesOf(data.agent, data.community);
    const titles = new Map(all.map((one) => [one.number, one.title]));
    const of = (agent: string) => places.get(agent) ?? -1;
    return { all, of, titleOf: (agent: string) => titles.get(of(agent)) ?? "", found: dataUpdatedAt };
  }, [data, on, dataUpdatedAt]);
  return { data: known, error, refetch: () => void refetch() };
}
