import { Link } from "@tanstack/react-router";
import type { Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { AgentLink } from "@/components/Links";
import css from "./Workflows.module.css";

type Failure = Schema<"WorkflowFailure">;

/** Why the newest run that failed did: the words of its first error, as the way to its span. */
export function Cause({ failure }: { failure: Failure }) {
  return (
    <p className={css.words}>
      <strong>Failed last:</strong> <bdi className={css.step}>{failure.name}</bdi> {failure.agent && <>of <AgentLink agent={failure.agent} /></>} <Ago time={failure.start_time} />: <CauseLink failure={failure} />
    </p>
  );
}

/** The words of an error, as the way to its span. */
export function CauseLink({ failure, className = "link foreign" }: { failure: Failure; className?: string }) {
  return (
    <Link to="/traces/$trace" params={{ trace: failure.trace_id }} search={{ span: failure.span_id, view: "waterfall" }} className={className}>
      {failure.message || "an error without words"}
    </Link>
  );
}
