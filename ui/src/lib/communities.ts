/** What communities of agents are called: after the one that works with the most others. Pure. */

export type Community = { number: number; size: number; inside: number; lead: string; name: string };
/** `title` tells any two apart. */
export type Named = Community & { title: string };

/** Communities with their titles; of leads that share a name, the id says which. */
export function titled(communities: readonly Community[]): Named[] {
  const times = new Map<string, number>();
  for (const { name } of communities) times.set(name, (times.get(name) ?? 0) + 1);
  return communities.map((one) => ({ ...one, title: `around ${one.name}${(times.get(one.name) ?? 0) > 1 && one.name !== one.lead ? ` (${one.lead})` : ""}` }));
}

/** The number of each agent's community, by its id; who is in none is left out. */
export function placesOf(agent: readonly string[], community: readonly number[]): Map<string, number> {
  const found = new Map<string, number>();
  agent.forEach((id, i) => (community[i] ?? -1) >= 0 && found.set(id, community[i] ?? -1));
  return found;
}
