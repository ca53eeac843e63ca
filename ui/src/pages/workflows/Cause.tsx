import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { AgentLink } from "@/components/Links";
import { term } from "@/lib/filter";
import { parseTime } from "@/lib/time";
import css from "./Workflows.module.css";

type Failed = Schema<"SpanRow">;
const FAILED_MAX = 100;

/** Where a failure began: of spans that failed, the one that ended first; those around it failed for it. Exported for tests. */
export function firstFailed<S extends Pick<Failed, "start_time" | "duration_ns">>(spans: readonly S[]): S | undefined {
  const end = (span: S) => parseTime(span.start_time) + span.duration_ns / 1e6;
  return spans.reduce<S | undefined>((first, span) => (first && end(first) <= end(span) ? first : span), undefined);
}

/** Why the newest run that failed did: the words of its first error, and the way to its span. */
export function Cause({ runs }: { runs: readonly Schema<"TraceRow">[] }) {
  const run = runs.findLast((one) => one.errors > 0);
  const result = useQuery({
    enabled: run !== undefined,
    queryKey: ["workflow", "cause", run?.trace_id, run?.errors],
    queryFn: ({ signal }) => get("/api/v1/spans", { query: { q: `${term("trace_id", run?.trace_id ?? "")} status:error`, start: run?.start_time, order: "asc", limit: FAILED_MAX }, signal }),
  });
  const span = firstFailed(result.data?.items ?? []);
  if (!run || !span) return null;
  return (
    <p className={css.words}>
      <strong>Failed last:</strong> <bdi className={css.step}>{span.name}</bdi> {span.agent && <>of <AgentLink agent={span.agent} /></>} <Ago time={span.start_time} />:{" "}
      <Link to="/traces/$trace" params={{ trace: span.trace_id }} search={{ span: span.span_id, view: "waterfall" }} className="link foreign">
        {span.status_message || "an error without words"}
      </Link>
    </p>
  );
}
