import { Badge, type Tone } from "@/components/Badge";

const LOOK: Record<string, { tone: Tone; about: string }> = {
  firing: { tone: "bad", about: "true for as long as the rule demands" },
  pending: { tone: "warn", about: "true, but not yet for as long as the rule demands" },
  inactive: { tone: "ok", about: "watches, and nothing is wrong" },
  resolved: { tone: "ok", about: "no longer true" },
  recording: { tone: "info", about: "writes its result as a series" },
  failing: { tone: "bad", about: "could not be evaluated" },
};

/** How a rule or an alert stands. */
export function RuleState({ state }: { state: string }) {
  const look = LOOK[state];
  return (
    <Badge tone={look?.tone} title={look?.about ?? "not evaluated yet"}>
      {look ? state : "waiting"}
    </Badge>
  );
}
