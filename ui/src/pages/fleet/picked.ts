import { useMemo, useState } from "react";
import { linesBy, type LiveFleet } from "@/api/fleet";
import { lassoed } from "@/lib/address";
import { linesOf } from "@/lib/hive";
import type { Grouping, Groups } from "./groups";

/** Who is selected, as the address has it: a group by its name, few agents by their ids, many by the line that was drawn around them. */
export type Picked = { group?: string; agents?: string[]; lasso?: string };

export const NOBODY: Picked = { group: undefined, agents: undefined, lasso: undefined };
const AGENTS_MAX = 24;
const LETTERS_MAX = 800;

/** Those who were drawn around. Ids hold whatever becomes of the map; a line is short however many are within. Exported for tests. */
export function pickedText(agents: string[], lasso: string): Picked {
  const few = agents.length <= AGENTS_MAX && agents.reduce((sum, agent) => sum + agent.length, 0) <= LETTERS_MAX;
  return few ? { agents } : { lasso };
}

/** Lines of who is selected; undefined where nobody is, or where groups are not known yet. */
export function usePicked(fleet: LiveFleet, groups: Groups, by: Grouping, { group, agents, lasso }: Picked): { lines: ReadonlySet<number> } | undefined {
  const { nameOf, order, placed, pending } = groups;
  const { agent } = fleet.columns;
  // Whom a line was drawn around is found once: they stay selected while the map moves under it.
  const key = lasso && `${by} ${fleet.environment} ${lasso}`;
  const [around, setAround] = useState<{ key: string; agents: string[] | undefined }>();
  if (key && around?.key !== key && !pending) setAround({ key, agents: lassoed(lasso, nameOf, order)?.map((line) => agent[line] ?? "") });
  const ids = agents ?? (key && around?.key === key ? around.agents : undefined);
  return useMemo(() => {
    if (pending) return undefined;
    if (group) return { lines: new Set(linesOf(nameOf, order, group)) };
    if (!ids) return undefined;
    const at = linesBy(agent);
    return { lines: new Set(ids.map((id) => at.get(id)).filter((line) => line !== undefined)) };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `placed` says when lines change groups; the names and the order are new with every update
  }, [group, ids, agent, placed, pending]);
}
