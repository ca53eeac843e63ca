import type { Schema } from "@/api/client";
import { duration } from "@/lib/format";
import { clock, parseTime, stamp } from "@/lib/time";
import { useNow } from "@/lib/use";
import { Badge } from "./Badge";

const LOOK_MS = 15_000;

/** What became of a finding: it is over, what was foretold came or did not, or was due by now. Nothing where it still holds. */
export function Later({ finding }: { finding: Pick<Schema<"Finding">, "start" | "end" | "lead_ns" | "over" | "outcome"> }) {
  const now = useNow(LOOK_MS);
  const due = parseTime(finding.end) + finding.lead_ns / 1e6;
  if (finding.over) {
    const lasted = parseTime(finding.over) - parseTime(finding.start);
    return <Badge title={`It held until ${stamp(parseTime(finding.over))}`}>over{lasted > 0 && ` after ${duration(lasted * 1e6)}`}</Badge>;
  }
  if (finding.outcome) return <Badge tone={finding.outcome === "came" ? "bad" : "neutral"} title={`It was due at ${stamp(due)}`}>{finding.outcome}</Badge>;
  if (finding.lead_ns > 0 && due < now) return <Badge title="Whether it came is told some minutes later, unless this program was stopped meanwhile">was due {clock(due)}</Badge>;
  return null;
}
