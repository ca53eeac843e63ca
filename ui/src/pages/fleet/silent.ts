import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { get, type Schema } from "@/api/client";
import { linesBy, type LiveFleet } from "@/api/fleet";
import { useRange } from "@/components/range";
import { useCalm } from "@/lib/calm";

/** Agents that a grave finding calls silent and that still do nothing. An agent without open work is idle to the fleet, however long. */
export type Silence = { finding: Schema<"Finding">; lines: number[] };

/** Of what was found, newest first, who of the fleet is silent still: each agent once, a finding of nobody not at all. Exported for tests. */
export function silences({ columns }: Pick<LiveFleet, "columns">, findings: readonly Schema<"Finding">[]): Silence[] {
  if (findings.length === 0) return [];
  const places = linesBy(columns.agent);
  const told = new Set<number>();
  const found: Silence[] = [];
  for (const finding of findings) {
    const named = finding.participants.length > 0 ? finding.participants : [finding.subject];
    const lines = named.flatMap((agent) => places.get(agent) ?? []).filter((line) => !told.has(line) && !((columns.spans[line] ?? 0) > 0));
    lines.forEach((line) => told.add(line));
    if (lines.length > 0) found.push({ finding, lines });
  }
  return found;
}

export function useSilences(fleet: LiveFleet): Silence[] {
  const time = useRange();
  const result = useQuery({
    queryKey: ["findings", "silent"],
    queryFn: ({ signal }) => get("/api/v1/findings", { query: { start: "-15m", kind: "dead_node,silence", severity: "critical,high", feedback: "open", limit: 50 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    enabled: useCalm(),
    retry: false,
  });
  const items = result.data?.items;
  return useMemo(() => silences(fleet, items ?? []), [fleet, items]);
}
