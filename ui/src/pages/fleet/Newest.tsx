import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get } from "@/api/client";
import { FindingLines } from "@/components/FindingLines";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";

const SHOWN = 5;

/** The newest grave findings that nobody has judged; nothing where there are none. */
export function Newest() {
  const time = useRange();
  const asked = { feedback: "open", severity: "critical,high" };
  const result = useQuery({
    queryKey: ["findings", "newest", time.query],
    queryFn: ({ signal }) => get("/api/v1/findings/groups", { query: { ...time.query, ...asked, limit: SHOWN }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
    retry: false,
  });
  const items = result.data?.items ?? [];
  if (items.length === 0) return null;
  return (
    <Panel title="Findings" note="critical and high, not judged yet" tools={<Link to="/findings" search={asked} className="link">All</Link>}>
      <FindingLines items={items.map((group) => group.newest)} times={items.map((group) => group.count)} label="Newest findings" />
    </Panel>
  );
}
