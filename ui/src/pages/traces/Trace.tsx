import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useMemo } from "react";
import { ApiError, get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { IconButton, Segments } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { AgentLink, SessionLink } from "@/components/Links";
import { LogLines } from "@/components/LogLines";
import { Await, Empty } from "@/components/Notice";
import { Crumbs, Page } from "@/components/Page";
import { Panel, Stats, type StatItem } from "@/components/Panel";
import { Waterfall } from "@/components/Waterfall";
import { cx } from "@/lib/cx";
import { download } from "@/lib/download";
import { count, duration, money, short } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { withRoles } from "@/lib/roles";
import { transcript } from "@/lib/trace";
import { parseTime } from "@/lib/time";
import { SpanDetail } from "./SpanDetail";
import css from "./Trace.module.css";
import { Transcript } from "./Transcript";

const route = getRouteApi("/traces/$trace");
const SPANS_MAX = 50_000;
const GROWING_MS = 1500;
const AROUND_MS = 10 * 60_000;

export function Trace() {
  const { trace } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const result = useQuery({
    queryFn: ({ signal }) => get("/api/v1/traces/{trace_id}", { path: { trace_id: trace }, query: { limit: SPANS_MAX }, signal }).then(told),
    queryKey: ["trace", trace],
    staleTime: 30_000,
    refetchInterval: (query) => ((query.state.data?.summary.pending ?? 0) > 0 ? GROWING_MS : false),
  });
  const data = result.data;
  const cards = useMemo(() => (data ? transcript(data.spans) : []), [data]);
  const view = search.view ?? (cards.some((card) => card.work !== "other") ? "transcript" : "waterfall");
  const show = (change: { view?: string; span?: string }) => void navigate({ search: (old) => ({ ...old, ...change }), replace: change.view === undefined });
  useHotkeys([
    { keys: "1", label: "Transcript", group: "Page", run: () => show({ view: "transcript" }) },
    { keys: "2", label: "Waterfall", group: "Page", run: () => show({ view: "waterfall" }) },
    { keys: "3", label: "Logs", group: "Page", run: () => show({ view: "logs" }) },
    ...(search.span ? [{ keys: "Escape", label: "Close the span", group: "Page", run: () => show({ span: undefined }) }] : []),
  ]);
  const missing = result.error instanceof ApiError && result.error.status === 404;
  const options = [
    { value: "transcript", label: "Transcript" },
    { value: "waterfall", label: "Waterfall" },
    { value: "logs", label: "Logs" },
  ];
  const span = data?.spans.find((s) => s.span_id === search.span);
  return (
    <Page
      name={data?.summary.name || short(trace)}
      timeless
      title={
        <Crumbs>
          <Link to="/traces">Traces</Link>
          {data?.summary.name || short(trace)}
        </Crumbs>
      }
      tools={
        <>
          <Copy text={trace} label="Copy the trace id" />
          <IconButton label="Download as JSON" onClick={() => download(`trace-${trace}.json`, JSON.stringify(data, null, 1), "application/json")}>
            <Download aria-hidden="true" />
          </IconButton>
        </>
      }
      bar={<Segments label="View" value={view} options={options} onChange={(value) => show({ view: value })} />}
    >
      {missing ? (
        <Empty title="There is no such trace" actions={<Link to="/traces" className="link">Search traces</Link>}>
          <code>{trace}</code> was never received, has not been stored yet, or is older than what is kept.
        </Empty>
      ) : (
        <Await result={result} rows={14}>
          {(whole) => (
            <>
              <Summary trace={whole} />
              <div className={cx(css.split, span && css.with)}>
                <Panel flush className={css.main}>
                  {view === "transcript" ? (
                    <Transcript cards={cards} selected={search.span} onSelect={(id) => show({ span: id })} />
                  ) : view === "logs" ? (
                    <LogLines q={`trace_id:${trace}`} window={around(whole)} />
                  ) : (
                    <Waterfall spans={whole.spans} steps={whole.critical_path} totalNs={whole.summary.duration_ns} selected={search.span} onSelect={(id) => show({ span: id })} />
                  )}
                </Panel>
                {span && <SpanDetail key={span.span_id} span={span} trace={whole} onClose={() => show({ span: undefined })} />}
              </div>
            </>
          )}
        </Await>
      )}
    </Page>
  );
}

/** The trace with a role for every message that has one somewhere. */
function told(trace: Schema<"Trace">): Schema<"Trace"> {
  return { ...trace, spans: trace.spans.map((span) => ({ ...span, messages: withRoles(span) })) };
}

/** The time in which a trace's logs can be: its own, and some more for clocks that differ. */
function around(trace: Schema<"Trace">): { start: string; end: string } {
  const start = parseTime(trace.summary.start_time);
  return { start: new Date(start - AROUND_MS).toISOString(), end: new Date(start + trace.summary.duration_ns / 1e6 + AROUND_MS).toISOString() };
}

function Summary({ trace }: { trace: Schema<"Trace"> }) {
  const { summary } = trace;
  const items: StatItem[] = [
    { label: "Duration", value: duration(summary.duration_ns), note: summary.pending > 0 ? <Badge tone="info">running</Badge> : undefined },
    { label: "Started", value: <span className={css.small}><Ago time={summary.start_time} /></span> },
    { label: "Spans", value: count(summary.spans), note: trace.truncated ? `first ${count(trace.spans.length)} shown` : undefined },
    { label: "Failed", value: count(summary.errors), bad: summary.errors > 0 },
    { label: "Agent", value: <span className={css.small}><AgentLink agent={summary.agent} /></span>, note: summary.agents.length > 1 ? `+${summary.agents.length - 1}` : undefined },
    { label: "Tokens", value: count(summary.input_tokens + summary.output_tokens), title: `${count(summary.input_tokens)} in, ${count(summary.output_tokens)} out` },
    { label: "Cost", value: money(summary.cost_usd) },
  ];
  if (summary.session) items.push({ label: "Session", value: <span className={css.small}><SessionLink session={summary.session} /></span> });
  return <Stats items={items} />;
}
