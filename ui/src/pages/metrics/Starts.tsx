import type { ReactNode } from "react";
import { Begin } from "@/components/Begin";
import { Empty, Loading } from "@/components/Notice";
import { useMetrics } from "./known";
import css from "./Metrics.module.css";
import { firstQuery } from "./result";

type Metric = { text: string; about: string };
type Start = { title: string; query: string; about: string };

const SHOWN_MAX = 8;
/** What most want to see first, by the metrics that it takes. Ten are chosen once, over the time range: `topk` alone takes others at each point. These are names of the OpenTelemetry conventions, the simulator and Prometheus. */
const TELLING: { title: string; takes: string[]; query: string }[] = [
  { title: "Requests a second, by model", takes: ["agent_requests_total"], query: "sum by (gen_ai_request_model) (rate(agent_requests_total[5m]))" },
  { title: "Share of requests given up", takes: ["agent_errors_total", "agent_requests_total"], query: "sum(rate(agent_errors_total[5m])) / sum(rate(agent_requests_total[5m]))" },
  { title: "Model calls: 95 % take no longer", takes: ["gen_ai_client_operation_duration_seconds"], query: "histogram_quantile(0.95, sum by (le) (rate(gen_ai_client_operation_duration_seconds_bucket[5m])))" },
  { title: "Tokens a second, in and out", takes: ["agent_tokens_total"], query: "sum by (gen_ai_token_type) (rate(agent_tokens_total[5m]))" },
  { title: "Ten dearest agents, dollars an hour", takes: ["agent_cost_USD_total"], query: "sum by (swarmscope_agent_id) (rate(agent_cost_USD_total[5m])) * 3600 and topk(10, sum by (swarmscope_agent_id) (increase(agent_cost_USD_total[$__range] @ end())))" },
  { title: "Ten longest queues", takes: ["agent_queue_depth"], query: "agent_queue_depth and topk(10, avg_over_time(agent_queue_depth[$__range] @ end()))" },
  { title: "Ten lowest in quality", takes: ["agent_quality_score_ratio"], query: "agent_quality_score_ratio and bottomk(10, avg_over_time(agent_quality_score_ratio[$__range] @ end()))" },
  { title: "What is scraped, and up", takes: ["up"], query: "sum by (job) (up)" },
];

/** Queries to begin with, of the metrics that there are: the most telling first, then others as their names want it. Exported for tests. */
export function starts(metrics: readonly Metric[]): Start[] {
  const known = new Map(metrics.map((one) => [one.text, one.about]));
  const told = TELLING.filter(({ takes }) => takes.every((name) => known.has(name)));
  const used = new Set(told.flatMap(({ takes }) => takes));
  // What rules record (`:`) and the states of their alerts have pages of their own.
  const rest = metrics.filter(({ text }) => !used.has(text) && !/^ALERTS|:/.test(text)).map(({ text, about }) => ({ title: text, query: firstQuery(text), about }));
  return [...told.map(({ title, takes, query }) => ({ title, query, about: known.get(takes[0] ?? "") ?? "" })), ...rest].slice(0, SHOWN_MAX);
}

/** The explorer before anything was asked: one press draws what most want to see first. */
export function Starts({ onAsk }: { onAsk: (query: string) => void }) {
  const metrics = useMetrics();
  const found = starts(metrics.data ?? []);
  if (metrics.isPending) return <Loading rows={8} />;
  if (found.length === 0) return <Empty title="Ask the metrics">Write PromQL; completion knows metrics, labels and values. What agents send as metrics is here, next to what the platform counts itself.</Empty>;
  return (
    <Begin label="Queries to begin with" queries={found} onPick={onAsk}>
      Press one to draw it, choose a metric from the list, or write PromQL: completion knows metrics, labels and values.
    </Begin>
  );
}

/** What the metric of a query counts, as its sender says. */
export function About({ metric }: { metric: string }): ReactNode {
  const about = useMetrics().data?.find(({ text }) => text === metric || text === metric.replace(/_(bucket|sum|count)$/, ""))?.about;
  if (!about) return null;
  return (
    <p className={css.what}>
      <code className="foreign">{metric}</code> <span className="foreign">{about}</span>
    </p>
  );
}
