import { useMemo } from "react";
import type { LiveFleet } from "@/api/fleet";
import { useCommunities } from "@/components/communities";
import { useRange } from "@/components/range";
import { stateRank } from "@/lib/states";

export const GROUPINGS = ["kind", "model", "team", "node", "service", "state", "community"] as const;
export type Grouping = (typeof GROUPINGS)[number];

export function isGrouping(text: string | undefined): text is Grouping {
  return (GROUPINGS as readonly string[]).includes(text ?? "");
}

/** The fleet is as it is now, and its communities those of the last minutes. */
export const LATELY = { start: "-15m" };

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
  const { live } = useRange();
  const { data: known, error } = useCommunities(LATELY, live, by === "community");
  const byState = by === "state";
  const order = useMemo(() => (byState ? troubleFirst({ columns, rank }) : rank), [byState, rank, columns]);
  const nameOf = (line: number) => {
    if (by === "state") return columns.states[columns.state[line] ?? -1] ?? "";
    if (by === "community") return known?.titleOf(columns.agent[line] ?? "") || "alone";
    return columns[by][line] || `no ${by}`;
  };
  return { nameOf, order, placed: `${by} ${texts} ${byState ? version : ""} ${by === "community" ? (known?.found ?? 0) : ""}`, pending: by === "community" && !known && !error, error };
}
