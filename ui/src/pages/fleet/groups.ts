import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { get } from "@/api/client";
import type { LiveFleet } from "@/api/fleet";
import { communities } from "@/components/graphWork";
import { communityNames } from "@/lib/graph";
import { stateRank } from "@/lib/states";

export const GROUPINGS = ["kind", "model", "team", "node", "service", "state", "community"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export function isGrouping(text: string | undefined): text is Grouping {
  return (GROUPINGS as readonly string[]).includes(text ?? "");
}

const EDGES_MAX = 20_000;
const GRAPH_MS = 60_000;
const NONE: readonly string[] = [];

/** The community of every line by who works with whom, found in a worker; undefined while nobody asked, or it is not found yet. */
function useCommunities(fleet: LiveFleet, on: boolean): { names: readonly string[] | undefined; found: number; error: Error | null } {
  const [known, setKnown] = useState<{ community: Record<string, number>; degree: Record<string, number>; found: number }>();
  const graph = useQuery({
    queryKey: ["fleet", "graph"],
    enabled: on,
    staleTime: GRAPH_MS,
    refetchInterval: GRAPH_MS,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/graph/agents", { query: { start: "-15m", limit: EDGES_MAX }, signal }),
  });
  const { data } = graph;
  useEffect(() => {
    if (!data || !on) return undefined;
    const edges = data.edges.map((e) => ({ source: e.source, target: e.target, weight: e.count }));
    const ids = data.nodes.map((n) => n.id);
    return communities(ids, edges, (community, degree) => setKnown((old) => ({ community, degree, found: (old?.found ?? 0) + 1 })));
  }, [data, on]);
  const { agent, name } = fleet.columns;
  const names = useMemo(() => {
    if (!known || !on) return undefined;
    const called = new Map(agent.map((id, line) => [id, name[line] || id]));
    return communityNames(agent, known.community, known.degree, (id) => called.get(id) ?? id);
  }, [known, on, agent, name]);
  return { names, found: known?.found ?? 0, error: graph.error };
}

/** Lines by state, the worst first, those of a state by name. */
export function troubleFirst({ columns, rank }: Pick<LiveFleet, "columns" | "rank">): number[] {
  const lists = columns.states.map(() => [] as number[]);
  for (const line of rank) lists[columns.state[line] ?? 0]?.push(line);
  const ranked = lists.map((list, state) => ({ list, at: stateRank(columns.states[state] ?? "") }));
  return ranked.sort((a, b) => a.at - b.at).flatMap((one) => one.list);
}

/** How the map is grouped: the group of each line, the order within groups, and a text that differs when somebody stands elsewhere. */
export type Groups = { nameOf: (line: number) => string; order: ArrayLike<number>; placed: string; pending: boolean; error: Error | null };

export function useGroups(fleet: LiveFleet, by: Grouping): Groups {
  const { columns, rank, texts, version } = fleet;
  const { names, found, error } = useCommunities(fleet, by === "community");
  const byState = by === "state";
  const order = useMemo(() => (byState ? troubleFirst({ columns, rank }) : rank), [byState, rank, columns]);
  const nameOf = (line: number) => {
    if (by === "state") return columns.states[columns.state[line] ?? -1] ?? "";
    if (by === "community") return (names ?? NONE)[line] || "alone";
    return columns[by][line] || `no ${by}`;
  };
  return { nameOf, order, placed: `${by} ${texts} ${byState ? version : ""} ${by === "community" ? found : ""}`, pending: by === "community" && !names && !error, error };
}
