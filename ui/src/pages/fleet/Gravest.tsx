import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo } from "react";
import { get, type Schema } from "@/api/client";
import { FindingLines } from "@/components/FindingLines";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";

const SHOWN = 5;

const GRAVE = ["critical", "high"];

/** The gravest findings that nobody has judged, of each severity the newest first; nothing where there are none. */
export const Gravest = memo(function Gravest() {
  const time = useRange();
  const asked = { feedback: "open", severity: GRAVE.join() };
  const result = useQuery({
    queryKey: ["findings", "gravest", time.query],
    queryFn: async ({ signal }) => {
      // One question for each severity: of all together only the newest would come, and what is critical may be older.
      const ask = (severity: string) => get("/api/v1/findings/groups", { query: { ...time.query, ...asked, severity, limit: SHOWN }, signal });
      const found = new Map<string, Schema<"FindingGroup">>();
      for (const group of (await Promise.all(GRAVE.map(ask))).flatMap(({ items }) => items)) {
        const { subject_kind, subject, kind } = group.newest;
        const told = JSON.stringify([subject_kind, subject, kind]);
        if (!found.has(told)) found.set(told, group);
      }
      return [...found.values()].slice(0, SHOWN);
    },
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    retry: false,
  });
  const items = result.data ?? [];
  if (items.length === 0) return null;
  return (
    <Panel title="Findings" note="critical and high, not judged yet" tools={<Link to="/findings" search={asked} className="link">All</Link>}>
      <FindingLines items={items.map((group) => group.newest)} times={items.map((group) => group.count)} label="Gravest findings" />
    </Panel>
  );
});
