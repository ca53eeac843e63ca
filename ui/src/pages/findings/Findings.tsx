import { keepPreviousData, useInfiniteQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useParams } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useMemo } from "react";
import { get, type Schema } from "@/api/client";
import { useChannel } from "@/api/live";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button, Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { DataTable, type Column } from "@/components/DataTable";
import { Facets } from "@/components/Facets";
import { FindBox } from "@/components/FindBox";
import { Later } from "@/components/Later";
import { Await, Empty } from "@/components/Notice";
import { Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Severity } from "@/components/Severity";
import { attackName } from "@/lib/attacks";
import { cx } from "@/lib/cx";
import { count } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { rank, SEVERITY_TOKEN } from "@/lib/severity";
import { signalName } from "@/lib/signals";
import { stamp } from "@/lib/time";
import { useNarrow } from "@/lib/use";
import { Detail } from "./Detail";
import { groupKey, lines, type Finding, type Group, type Line } from "./grouped";
import css from "./Findings.module.css";

const route = getRouteApi("/findings");
const PAGE = 100;
const FIELDS = ["severity", "kind", "detector", "subject", "signal"] as const;
type Field = (typeof FIELDS)[number];
const SAID = [
  { value: "", label: "All" },
  { value: "open", label: "Open" },
  { value: "true", label: "True" },
  { value: "false", label: "False alarms" },
];

const wording = (field: string, value: string) => (field === "kind" ? attackName(value) : field === "signal" ? signalName(value) : value);
const listed = (text: string | undefined) => (text ? text.split(",") : []);

/** What detectors found: over time, in a list, and one of them opened with its reasons. */
export function Findings() {
  const search = route.useSearch();
  const { finding }: { finding?: string } = useParams({ strict: false });
  const navigate = route.useNavigate();
  const time = useRange();
  const queries = useQueryClient();
  const narrow = useNarrow();
  const filters = Object.fromEntries(FIELDS.map((field) => [field, search[field]])) as Record<Field, string | undefined>;
  const asked = { ...filters, q: search.q, feedback: search.feedback };
  useChannel("findings", {}, time.live, (type) => type === "delta" && void queries.invalidateQueries({ queryKey: ["findings"] }));
  const summary = useQuery({
    queryKey: ["findings", "summary", asked, time.query],
    queryFn: ({ signal }) => get("/api/v1/findings/summary", { query: { ...time.query, ...asked, buckets: 90 }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
  });
  const result = useInfiniteQuery({
    queryKey: ["findings", "groups", asked, time.query],
    queryFn: ({ pageParam, signal }) => get("/api/v1/findings/groups", { query: { ...time.query, ...asked, limit: PAGE, cursor: pageParam }, signal }),
    placeholderData: keepPreviousData,
    initialPageParam: "",
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : time.every(10_000)),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const set = (change: Partial<typeof asked>) => void navigate({ to: ".", search: (old) => ({ ...old, ...change }) });
  const toggle = (field: string, value: string) => {
    const on = listed(filters[field as Field]);
    set({ [field]: (on.includes(value) ? on.filter((v) => v !== value) : [...on, value]).join(",") || undefined });
  };
  const show = (id?: string) => void (id ? navigate({ to: "/findings/$finding", params: { finding: id }, search: (old) => old, replace: finding !== undefined }) : navigate({ to: "/findings", search: (old) => old }));
  const unfolded = useMemo(() => new Set(search.unfolded), [search.unfolded]);
  const groups = result.data?.pages.flatMap((page) => page.items) ?? [];
  const others = useOthers(groups.filter((group) => unfolded.has(groupKey(group))), asked, time);
  const rows = lines(groups, unfolded, others);
  const fold = (key: string) => {
    const next = unfolded.has(key) ? [...unfolded].filter((one) => one !== key) : [...unfolded, key].slice(-UNFOLDED_MAX);
    void navigate({ to: ".", search: (old) => ({ ...old, unfolded: next.length > 0 ? next : undefined }), replace: true });
  };
  const at = rows.findIndex((row) => row.key === finding);
  const step = (by: number) => show(rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))]?.key ?? finding);
  useHotkeys(
    finding
      ? [
          { keys: "j", label: "Next finding", group: "Finding", run: () => step(1) },
          { keys: "k", label: "Previous finding", group: "Finding", run: () => step(-1) },
          { keys: "Escape", label: "Close", group: "Finding", run: () => show() },
        ]
      : [],
  );
  const some = FIELDS.some((field) => filters[field]) || !!search.q || !!search.feedback;
  return (
    <Page
      name="Findings"
      bar={
        <>
          <FindBox label="Find findings" placeholder="Find by words of title, subject or explanation" value={search.q ?? ""} onChange={(text) => set({ q: text || undefined })} />
          <Segments label="What people said" value={search.feedback ?? ""} options={SAID} onChange={(value) => set({ feedback: value || undefined })} />
        </>
      }
    >
      <Split side={<Facets facets={summary.data ? facets(summary.data) : summary.error ? [] : undefined} labels={{ subject: "Agent or principal" }} words={wording} isOn={(field, value) => listed(filters[field as Field]).includes(value)} onToggle={toggle} />}>
        {!(narrow && finding) && (
          <Panel flush title="Findings over time" note={summary.data && count(summary.data.total)} className={css.timeline}>
            <Await result={summary} rows={2}>
              {(data) => <Timeline data={data} onBrush={(from, to) => time.setRange({ from, to })} />}
            </Await>
          </Panel>
        )}
        <div className={cx(css.two, finding && css.split)}>
          {!(narrow && finding) && (
            <Panel flush className={css.list}>
              <Await result={result} rows={10}>
                {() =>
                  rows.length === 0 ? (
                    <Nothing some={some} onAll={() => void navigate({ search: (old) => ({ range: old.range, live: old.live }) })} />
                  ) : (
                    <DataTable
                      main
                      label="Findings, newest first"
                      rows={rows}
                      columns={columnsOf(fold, narrow)}
                      rowKey={(row) => row.key}
                      record={({ finding: one, group }) => ({ ...one, times: group?.count ?? 1 })}
                      selected={finding}
                      onOpen={(row) => show(row.key)}
                      onEnd={result.hasNextPage && !result.isFetchingNextPage ? () => void result.fetchNextPage() : undefined}
                      foot={result.isFetchingNextPage ? "Loading more" : undefined}
                    />
                  )
                }
              </Await>
            </Panel>
          )}
          {finding && <Detail key={finding} id={finding} onClose={() => show()} />}
        </div>
      </Split>
    </Page>
  );
}

function facets(data: Schema<"FindingSummary">) {
  return data.facets.map(({ field, values }) => ({ field, distinct: values.length, values: field === "severity" ? [...values].sort((a, b) => rank(b.value) - rank(a.value)) : values }));
}

function Timeline({ data, onBrush }: { data: Schema<"FindingSummary">; onBrush: (from: number, to: number) => void }) {
  const series = data.severities.map(({ severity, counts }) => ({ label: severity, token: SEVERITY_TOKEN[severity], values: counts }));
  return <Chart label="Findings over time by severity" kind="bars" height={92} times={data.times} format={count} series={series} onBrush={onBrush} />;
}

const OTHERS_MAX = 200;
const UNFOLDED_MAX = 20;

/** All findings of the groups that are unfolded, by group. */
function useOthers(groups: readonly Group[], asked: Record<string, string | undefined>, time: ReturnType<typeof useRange>): ReadonlyMap<string, readonly Finding[]> {
  return useQueries({
    queries: groups.map(({ newest: { subject, subject_kind, kind } }) => ({
      queryKey: ["findings", "of", subject_kind, subject, kind, asked, time.query],
      placeholderData: keepPreviousData,
      queryFn: ({ signal }: { signal: AbortSignal }) => get("/api/v1/findings", { query: { ...time.query, ...asked, subject, subject_kind, kind, limit: OTHERS_MAX }, signal }),
    })),
    combine: (results) => new Map(groups.flatMap((group, i) => (results[i]?.data ? [[groupKey(group), results[i].data.items] as const] : []))),
  });
}

/** `narrow`: on a phone the severity is its sign alone, so that there is room for what was found. */
function columnsOf(fold: (key: string) => void, narrow: boolean): Column<Line>[] {
  return [
    { id: "severity", header: narrow ? "" : "Severity", width: narrow ? 40 : 102, narrow: true, drop: 3, cell: ({ finding, group }) => <Severity severity={group?.severity ?? finding.severity} bare={narrow} /> },
    { id: "title", header: "What", width: { share: 3, min: 170 }, narrow: true, wrap: true, cell: (row) => <Title row={row} fold={fold} /> },
    { id: "detector", header: "Detector", width: { share: 1, min: 100 }, drop: 5, cell: ({ finding }) => <span className="dim">{finding.detector}</span> },
    { id: "said", header: "Verdict", width: 92, drop: 7, hint: "What people said: was it true?", cell: ({ finding }) => finding.feedback && <Badge tone={finding.feedback === "true" ? "ok" : "neutral"}>{finding.feedback === "true" ? "true" : "false alarm"}</Badge> },
    { id: "found", header: "Found", width: 96, end: true, narrow: true, hint: "The newest of them", cell: ({ finding }) => <Ago time={finding.end} /> },
  ];
}

function Title({ row: { finding, group, unfolded }, fold }: { row: Line; fold: (key: string) => void }) {
  return (
    <span className={cx(css.lead, !group && css.other)}>
      <span className={cx(css.title, "clip foreign", finding.feedback === "false" && css.false)} title={`${finding.title}\n${attackName(finding.kind)}`}>
        {finding.title}
      </span>
      <span className={css.later}>
        <Later finding={finding} />
      </span>
      {group && group.count > 1 && (
        <button type="button" className={css.fold} aria-expanded={unfolded} aria-label={`${unfolded ? "Fold" : "Show"} all ${group.count} of ${finding.subject}`} title={`${group.count} times since ${stamp(Date.parse(group.first))}; press to see each`} onClick={() => fold(groupKey(group))}>
          {count(group.count)}× <ChevronRight aria-hidden="true" className={cx(unfolded && css.down)} />
        </button>
      )}
    </span>
  );
}

function Nothing({ some, onAll }: { some: boolean; onAll: () => void }) {
  if (some)
    return (
      <Empty
        title="No finding matches"
        actions={
          <Button onClick={onAll}>Show all findings</Button>
        }
      >
        Widen the time range, or take a filter away.
      </Empty>
    );
  return (
    <Empty title="Nothing was found in this time range" actions={<Link to="/agents" className="link">Look at the agents</Link>}>
      Detectors look at the whole fleet every few seconds. What is normal is learned in the first minutes; what chance alone would bring about as often is left out.
    </Empty>
  );
}
