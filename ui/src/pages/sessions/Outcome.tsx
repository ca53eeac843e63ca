import type { Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { plural } from "@/lib/format";

type Of = Pick<Schema<"SessionRow">, "outcome" | "errors">;

export const OUTCOME: Record<Of["outcome"], string> = { failed: "Ended in error", recovered: "Recovered", fine: "Fine" };

/** How a session ended; the number of failed spans is a hint away. */
export function Outcome({ of }: { of: Of }) {
  const hint = of.errors > 0 ? `${plural(of.errors, "span")} failed${of.outcome === "recovered" ? ", the last turn ended well" : ""}` : "No span failed";
  if (of.outcome === "fine") return <span className="dim" title={hint}>Fine</span>;
  return <span title={hint}><Badge tone={of.outcome === "failed" ? "bad" : "warn"}>{of.outcome === "failed" ? "Failed" : "Recovered"}</Badge></span>;
}
