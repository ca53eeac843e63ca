import type { Schema } from "@/api/client";

export type Finding = Schema<"Finding">;
export type Group = Schema<"FindingGroup">;
/** A line of the list: the newest finding of a group with how many there are, or one of the others of a group that is unfolded. */
export type Line = { key: string; finding: Finding; group?: Group; unfolded?: boolean };

export const groupKey = ({ newest }: Group): string => [newest.subject_kind, newest.subject, newest.kind].join("\n");

/** The lines of the list. others: of the groups that are unfolded, by their key; absent: still loading. */
export function lines(groups: readonly Group[], unfolded: ReadonlySet<string>, others: ReadonlyMap<string, readonly Finding[]>): Line[] {
  const seen = new Set<string>();
  const out: Line[] = [];
  for (const group of groups) {
    const key = groupKey(group);
    if (seen.has(key)) continue; // it grew while pages were loaded: the first of them tells it
    seen.add(key);
    const open = group.count > 1 && unfolded.has(key);
    out.push({ key: group.newest.id, finding: group.newest, group, unfolded: open });
    if (open) for (const finding of others.get(key) ?? []) if (finding.id !== group.newest.id) out.push({ key: finding.id, finding });
  }
  return out;
}
