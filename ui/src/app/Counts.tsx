import { useQuery } from "@tanstack/react-query";
import { get } from "@/api/client";
import { ruleGroups } from "@/api/prometheus";
import { active } from "@/lib/alerts";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";
import { useCalm } from "@/lib/calm";
import css from "./Shell.module.css";

const EVERY_MS = 15_000;
const SHOWN_MAX = 99;

/** How many grave findings of the time that the list shows first nobody has judged yet; nothing where there are none, or nobody may know. */
export function OpenFindings() {
  const result = useQuery({
    queryKey: ["findings", "open"],
    queryFn: ({ signal }) => get("/api/v1/findings/summary", { query: { start: "-15m", feedback: "open", severity: "critical,high", buckets: 1 }, signal }),
    refetchInterval: EVERY_MS,
    enabled: useCalm(),
    retry: false,
  });
  const total = result.data?.total ?? 0;
  if (total === 0) return null;
  const critical = result.data?.severities.some((one) => one.severity === "critical");
  return (
    <span className={cx(css.open, critical && css.worst)} title={`${count(total)} open findings of the last 15 minutes, critical or high`}>
      {total > SHOWN_MAX ? `${SHOWN_MAX}+` : total}
      <span className="hidden"> open</span>
    </span>
  );
}

/** How many alerts fire; nothing where none does, or nobody may know. */
export function FiringAlerts() {
  const result = useQuery({
    queryKey: ["rules"],
    queryFn: ({ signal }) => ruleGroups(signal),
    refetchInterval: EVERY_MS,
    enabled: useCalm(),
    retry: false,
  });
  const firing = active(result.data ?? []).filter((one) => one.state === "firing");
  if (firing.length === 0) return null;
  return (
    <span className={cx(css.open, firing.some((one) => one.labels["severity"] === "critical") && css.worst)} title={`${count(firing.length)} firing`}>
      {firing.length > SHOWN_MAX ? `${SHOWN_MAX}+` : firing.length}
      <span className="hidden"> firing</span>
    </span>
  );
}
