import type { Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { count, plural } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";

type Of = Pick<Schema<"SessionRow">, "outcome" | "errors">;

/** The word for how it ended. */
export function outcomeOf({ outcome }: Of): string {
  return OUTCOME[outcome === "fine" ? "ok" : outcome];
}

const HINT: Partial<Record<Of["outcome"], string>> = {
  recovered: "the last turn ended well",
  looping: "one of its agents makes the same call again and again",
  running: "its last turn has not ended yet",
  unfinished: "its last turn never ended, and nothing came for five minutes",
};
const TONE = { failed: "bad", looping: "bad", recovered: "warn", unfinished: "warn", running: "info", fine: "neutral" } as const;

/** How a session ended, or that it has not; the number of failed spans is a hint away. `part`: they are counted among some of its spans only. */
export function Outcome({ of, part }: { of: Of; part?: boolean }) {
  const hint = [part ? `${count(of.errors)} of the spans that match failed` : of.errors > 0 ? `${plural(of.errors, "span")} failed` : "No span failed", HINT[of.outcome]].filter(Boolean).join(", ");
  if (of.outcome === "fine") return <span className="dim" title={hint}>{outcomeOf(of)}</span>;
  return <span title={hint}><Badge tone={TONE[of.outcome]}>{outcomeOf(of)}</Badge></span>;
}
