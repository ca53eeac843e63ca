import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Radio } from "lucide-react";
import { get, refusal, type Schema } from "@/api/client";
import { Button, Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { Copy } from "@/components/Copy";
import { Dialog } from "@/components/Dialog";
import { Facets } from "@/components/Facets";
import { FilterBar } from "@/components/FilterBar";
import { LogLines } from "@/components/LogLines";
import { LogTable, type LogRow } from "@/components/LogTable";
import { Await } from "@/components/Notice";
import { Fill, Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { hasTerm, toggleTerm } from "@/lib/filter";
import { count } from "@/lib/format";
import css from "./Logs.module.css";
import { logClass, Patterns } from "./Patterns";
import { Tail } from "./Tail";

const route = getRouteApi("/logs");
const VIEWS: { value: "lines" | "patterns"; label: string }[] = [
  { value: "lines", label: "Lines" },
  { value: "patterns", label: "Patterns" },
];
const LEVELS: [string, string][] = [
  ["fatal", "--bad"],
  ["error", "--bad"],
  ["warn", "--warn"],
  ["info", "--info"],
  ["debug", "--cat-8"],
  ["trace", "--cat-8"],
  ["unset", "--cat-8"],
];

export function Logs() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const q = search.q ?? "";
  const set = (change: { q?: string; tail?: boolean; line?: string; view?: string; about?: string }) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const facets = useQuery({
    queryFn: ({ signal }) => get("/api/v1/facets", { query: { ...time.query, q, noun: "logs", limit: 10 }, signal }),
    queryKey: ["facets", "logs", q, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
  });
  const histogram = useQuery({
    queryFn: ({ signal }) => get("/api/v1/logs/histogram", { query: { ...time.query, q, buckets: 90 }, signal }),
    queryKey: ["logs", "histogram", q, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(5000),
  });
  const error = histogram.error;
  const filterError = refusal(error);
  const context = (row: LogRow) => (
    <div className={css.deeds}>
      <Button onClick={() => set({ line: row.id })}>Lines around it</Button>
      <Copy text={permalink(row.id)} label="Copy a link to this line" />
    </div>
  );
  return (
    <Page
      name="Logs"
      bar={
        <>
          <Segments label="Show" value={search.view === "patterns" ? "patterns" : "lines"} options={VIEWS} onChange={(view) => set({ view: view === "lines" ? undefined : view, tail: undefined, about: undefined })} />
          <Button on={!!search.tail} onClick={() => set({ tail: search.tail ? undefined : true, view: undefined, about: undefined })}>
            <Radio aria-hidden="true" /> Live tail
          </Button>
          <FilterBar noun="logs" value={q} error={filterError} onChange={(text) => set({ q: text || undefined })} placeholder="Find log records by words, level:error, agent:planner, any attribute" />
        </>
      }
    >
      <Split side={<Facets facets={facets.data?.facets ?? (facets.error ? [] : undefined)} isOn={(field, value) => hasTerm(q, field, value)} onToggle={(field, value) => set({ q: toggleTerm(q, field, value) || undefined })} />}>
        <Panel flush title="Records over time" note={histogram.data && count(histogram.data.total)} className={css.histogram}>
          <Await result={histogram} rows={2}>
            {(data) => <Volume data={data} onBrush={(from, to) => time.setRange({ from, to })} />}
          </Await>
        </Panel>
        <Fill>
          <Panel flush className={css.list}>
            {search.view === "patterns" ? (
              <Patterns q={q} about={logClass(search.about)} onAbout={(about) => set({ about: about || undefined })} onOpen={(template) => set({ view: undefined, about: undefined, q: hasTerm(q, "template", template) ? q : toggleTerm(q, "template", template) })} />
            ) : search.tail ? (
              <Tail key={q} q={q} actions={context} />
            ) : (
              <LogLines q={q} actions={context} />
            )}
          </Panel>
        </Fill>
      </Split>
      {search.line && <Around line={search.line} onClose={() => set({ line: undefined })} />}
    </Page>
  );
}

function Volume({ data, onBrush }: { data: Schema<"LogHistogram">; onBrush: (from: number, to: number) => void }) {
  const series = LEVELS.filter(([level]) => data.levels[level]).map(([level, token]) => ({ label: level, token, values: data.levels[level] ?? [] }));
  return <Chart label="Records over time by level" kind="bars" height={86} times={data.times_ms} format={count} series={series} onBrush={onBrush} />;
}

/** The address of one line, whatever the filter and the time range are. */
function permalink(line: string): string {
  return `${location.origin}/logs?line=${encodeURIComponent(JSON.stringify(line))}`;
}

function Around({ line, onClose }: { line: string; onClose: () => void }) {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/logs/context", { query: { id: line, before: 40, after: 40 }, signal }), queryKey: ["logs", "context", line], select: lines, retry: false });
  return (
    <Dialog title="Lines around it" onClose={onClose} className={css.wide}>
      <p className={css.note}>
        What the same service and agent said before and after. <Copy text={permalink(line)} label="Copy a link to this line" />
      </p>
      <div className={css.context}>
        <Await result={result}>{(rows) => <LogTable label="Lines around" marked={line} rows={rows} />}</Await>
      </div>
    </Dialog>
  );
}

function lines(data: Schema<"LogContext">): LogRow[] {
  return [...data.before, data.line, ...data.after];
}
