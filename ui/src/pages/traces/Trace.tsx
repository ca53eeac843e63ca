import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Columns2, Download } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { ApiError, type Schema } from "@/api/client";
import { openTrace, traceFile } from "@/api/trace";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button, IconButton, Segments } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { Dialog } from "@/components/Dialog";
import { AgentLink, SessionLink } from "@/components/Links";
import { LogLines } from "@/components/LogLines";
import { Await, Empty } from "@/components/Notice";
import { Crumbs, Page } from "@/components/Page";
import { partsPicture } from "@/components/paint";
import { Panel, Stats, type StatItem } from "@/components/Panel";
import { SaveChart } from "@/components/SaveChart";
import { Spent } from "@/components/Spent";
import { toast } from "@/components/toasts";
import { Waterfall } from "@/components/Waterfall";
import { cx } from "@/lib/cx";
import { download, fileName } from "@/lib/download";
import { count, duration, percent, plural, short } from "@/lib/format";
import { OUTCOME } from "@/lib/outcomes";
import { useHotkeys } from "@/lib/keyboard";
import { WORK_LABEL, WORK_TOKEN, workOf } from "@/lib/palette";
import { breakdown, growing, transcript } from "@/lib/trace";
import { useNarrow, useNow, useSettled } from "@/lib/use";
import { parseTime } from "@/lib/time";
import { Hops } from "./Hops";
import { Pick } from "./Pick";
import { Reasons } from "./Reasons";
import { SpanDetail } from "./SpanDetail";
import css from "./Trace.module.css";
import { Transcript } from "./Transcript";

const route = getRouteApi("/traces/$trace");
const GROWING_MS = 1500;
const AROUND_MS = 10 * 60_000;

/** Whether a span says the words somewhere that people see. */
function says(span: Schema<"Span">, words: string): boolean {
  const has = (text: string) => text.toLowerCase().includes(words);
  return [span.name, span.agent, span.tool, span.model, span.peer_agent, span.service, span.status_message, span.span_id].some(has) || span.messages.some((m) => has(m.text || m.raw)) || Object.entries(span.attributes).some(([k, v]) => has(k) || has(typeof v === "string" ? v : JSON.stringify(v) ?? ""));
}

/** One trace: what was said, when it ran, who worked with whom, and its logs. */
export function Trace() {
  const { trace } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const result = useQuery({
    queryFn: ({ signal }) => openTrace(trace, signal),
    queryKey: ["trace", trace],
    staleTime: 30_000,
    // Comparing two large answers value by value costs more than drawing the new one.
    structuralSharing: false,
    refetchInterval: (query) => (query.state.data && growing(query.state.data, Date.now()) ? GROWING_MS : false),
  });
  const data = result.data;
  const telling = useMemo(() => data?.spans.some((s) => workOf(s) !== "other" || s.messages.length > 0) ?? false, [data]);
  const view = search.view ?? (telling || !data ? "transcript" : "waterfall");
  const cards = useMemo(() => (data && view === "transcript" ? transcript(data.spans) : []), [data, view]);
  const [comparing, setComparing] = useState(false);
  const words = useSettled((search.find ?? "").trim().toLowerCase(), 150);
  const failed = search.only === "failed";
  const bright = useMemo(() => (words || failed ? new Set((data?.spans ?? []).filter((s) => (!failed || s.status === "error") && (!words || says(s, words))).map((s) => s.span_id)) : undefined), [data, words, failed]);
  const tale = useMemo(() => (bright ? cards.filter((card) => bright.has(card.span.span_id)) : cards), [cards, bright]);
  const show = (change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: change.view === undefined });
  useHotkeys([
    { keys: "1", label: "Transcript", group: "Page", run: () => show({ view: "transcript" }) },
    { keys: "2", label: "Waterfall", group: "Page", run: () => show({ view: "waterfall" }) },
    { keys: "3", label: "Graph", group: "Page", run: () => show({ view: "graph" }) },
    { keys: "4", label: "Logs", group: "Page", run: () => show({ view: "logs" }) },
    { keys: "e", label: "Failed only", group: "Page", run: () => show({ only: failed ? undefined : "failed" }) },
    ...(search.span ? [{ keys: "Escape", label: "Close the span", group: "Page", run: () => show({ span: undefined }) }] : []),
  ]);
  const save = async () => {
    try {
      download(`${fileName(`Trace ${trace}`)}.json`, await traceFile(trace), "application/json");
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), "bad");
    }
  };
  const missing = result.error instanceof ApiError && result.error.status === 404;
  const options = [
    { value: "transcript", label: "Transcript" },
    { value: "waterfall", label: "Waterfall" },
    { value: "graph", label: "Graph" },
    { value: "logs", label: "Logs" },
  ];
  const span = data?.spans.find((s) => s.span_id === search.span);
  const narrow = useNarrow();
  const split = useRef<HTMLDivElement>(null);
  const opened = narrow && span?.span_id;
  useEffect(() => {
    if (opened) split.current?.scrollIntoView({ block: "start" });
  }, [opened]);
  return (
    <Page
      name={data?.summary.name || short(trace)}
      timeless
      scroll={narrow}
      title={
        <Crumbs>
          <Link to="/traces">Traces</Link>
          {data?.summary.name || short(trace)}
        </Crumbs>
      }
      tools={
        <>
          <Button onClick={() => setComparing(true)} disabled={!data}>
            <Columns2 aria-hidden="true" /> Compare
          </Button>
          <Copy text={trace} label="Copy the trace id" />
          <IconButton label="Download as JSON" onClick={() => void save()}>
            <Download aria-hidden="true" />
          </IconButton>
        </>
      }
      bar={
        <>
          <Segments label="View" value={view} options={options} onChange={(value) => show({ view: value })} />
          {(view === "transcript" || view === "waterfall") && (
            <>
              <input className={css.find} type="search" placeholder="Find in the trace" aria-label="Find in the trace" value={search.find ?? ""} onChange={(event) => show({ find: event.target.value || undefined })} />
              <Button on={failed} disabled={!failed && !data?.summary.errors} title={data?.summary.errors === 0 ? "No span of this trace failed, so there is nothing to narrow to" : "Shows only the spans that failed"} onClick={() => show({ only: failed ? undefined : "failed" })}>
                {data?.summary.errors === 0 && !failed ? "Nothing failed" : "Failed only"}
              </Button>
              {bright && <span className="dim">{plural(bright.size, "span")}</span>}
            </>
          )}
        </>
      }
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
              {whole.summary.errors > 0 && <Reasons spans={whole.spans} errors={whole.summary.errors} onOpen={(id) => show({ span: id })} onAll={() => show({ view: view === "transcript" ? view : "waterfall", only: "failed" })} />}
              {view === "waterfall" && <Where trace={whole} />}
              <div ref={split} className={cx(css.split, span && css.with)}>
                <Panel flush className={css.main}>
                  {view === "transcript" ? (
                    <Transcript cards={tale} narrowed={bright !== undefined} detailed={whole.detailed} selected={search.span} onSelect={(id) => show({ span: id })} folds={search} onFolds={show} />
                  ) : view === "graph" ? (
                    <Hops spans={whole.spans} onOpen={(name) => show({ view: "waterfall", find: name })} />
                  ) : view === "logs" ? (
                    <LogLines oldestFirst q={`trace_id:${trace}`} window={around(whole)} />
                  ) : (
                    <Waterfall spans={whole.spans} steps={whole.critical_path} totalNs={whole.summary.duration_ns} selected={search.span} onSelect={(id) => show({ span: id })} bright={bright && ((s) => bright.has(s.span_id))} view={search} onView={show} />
                  )}
                </Panel>
                {span && <SpanDetail key={span.span_id} span={span} trace={whole} onClose={() => show({ span: undefined })} />}
              </div>
            </>
          )}
        </Await>
      )}
      {comparing && data && (
        <Dialog title="Compare with another trace" onClose={() => setComparing(false)}>
          <Pick like={data.summary} onPick={(other) => void navigate({ to: "/traces/compare", search: { a: other, b: trace } })} />
        </Dialog>
      )}
    </Page>
  );
}

/** The critical path by kind of work: what set how long the trace took. */
function Where({ trace }: { trace: Schema<"Trace"> }) {
  const total = Math.max(1, trace.summary.duration_ns);
  const parts = useMemo(() => breakdown(trace.spans, trace.critical_path, trace.summary.duration_ns), [trace]);
  const label = (work: (typeof parts)[number]["work"]) => (work === "idle" ? "Nothing ran" : WORK_LABEL[work]);
  return (
    <div className={css.time}>
      <div className={css.where} role="img" aria-label={`Where the time went: ${parts.map((p) => `${label(p.work)} ${percent(p.ns / total)}`).join(", ")}`}>
        {parts.map((part) => (
          <span key={part.work} className={cx(css.part, part.work === "idle" && css.idle)} style={{ flexGrow: part.ns, "--paint": part.work === "idle" ? "var(--line-strong)" : `var(${WORK_TOKEN[part.work]})` } as React.CSSProperties} title={`${label(part.work)}: ${duration(part.ns)}, ${percent(part.ns / total)} of the critical path`}>
            <span>
              {label(part.work)} {percent(part.ns / total)}
            </span>
          </span>
        ))}
      </div>
      <SaveChart
        label="Where the time went"
        canvas={() => partsPicture(parts.map((part) => ({ label: label(part.work), value: part.ns, token: part.work === "idle" ? "--line-strong" : WORK_TOKEN[part.work] })))}
        legend={parts.map((part) => ({ label: `${label(part.work)} ${percent(part.ns / total)}`, token: part.work === "idle" ? "--line-strong" : WORK_TOKEN[part.work] }))}
        records={() => parts.map((part) => ({ work: label(part.work), critical_ns: part.ns, share: part.ns / total }))}
      />
    </div>
  );
}

/** The time in which a trace's logs can be: its own, and some more for clocks that differ. */
function around(trace: Schema<"Trace">): { start: string; end: string } {
  const start = parseTime(trace.summary.start_time);
  return { start: new Date(start - AROUND_MS).toISOString(), end: new Date(start + trace.summary.duration_ns / 1e6 + AROUND_MS).toISOString() };
}

function Summary({ trace }: { trace: Schema<"Trace"> }) {
  const { summary } = trace;
  const now = useNow(10_000);
  const items: StatItem[] = [
    { label: "Duration", value: duration(summary.duration_ns), note: growing(trace, now) ? <Badge tone="info">{OUTCOME.running}</Badge> : undefined },
    { label: "Started", value: <Ago time={summary.start_time} />, words: true },
    { label: "Spans", value: count(summary.spans), note: trace.truncated ? `first ${count(trace.spans.length)} shown` : undefined },
    { label: "Failed", value: count(summary.errors), bad: summary.errors > 0 },
    { label: "Agent", value: <AgentLink agent={summary.agent} />, words: true, note: summary.agents.length > 1 ? `+${summary.agents.length - 1}` : undefined },
    { label: "Tokens", value: count(summary.input_tokens + summary.output_tokens), title: `${count(summary.input_tokens)} in, ${count(summary.output_tokens)} out` },
    { label: "Cost", value: <Spent usd={summary.cost_usd} unpriced={summary.unpriced} /> },
  ];
  if (summary.session) items.push({ label: "Session", value: <SessionLink session={summary.session} />, words: true });
  return <Stats items={items} />;
}
