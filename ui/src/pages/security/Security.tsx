import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { get, type Schema } from "@/api/client";
import { useChannel } from "@/api/live";
import { Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { Dial } from "@/components/Dial";
import { Facets, type FacetItem } from "@/components/Facets";
import { FindBox } from "@/components/FindBox";
import { HeatGrid } from "@/components/HeatGrid";
import { Await, Empty } from "@/components/Notice";
import { Page, Split } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Severity } from "@/components/Severity";
import { attackName, summed, threat } from "@/lib/attacks";
import { count, plural, sentence } from "@/lib/format";
import { categoryToken } from "@/lib/palette";
import { Events } from "./Events";
import { Principals } from "./Principals";
import css from "./Security.module.css";

type Summary = Schema<"SecuritySummary">;
const route = getRouteApi("/security");
export const FIELDS = ["severity", "kind", "principal", "source", "endpoint", "agent"] as const;
type Field = (typeof FIELDS)[number];
const BUCKETS = 48;
const ROWS = [
  { value: "severity", label: "Severity" },
  { value: "kind", label: "Attack" },
] as const;

const listed = (text: string | undefined) => (text ? text.split(",") : []);

/** What is held against whom: how dangerous it is, what was tried and when, by whom, and every event. */
export function Security() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const queries = useQueryClient();
  const chosen = Object.fromEntries(FIELDS.map((field) => [field, search[field]])) as Record<Field, string | undefined>;
  const asked = { ...chosen, q: search.q };
  const some = FIELDS.some((field) => chosen[field]) || !!search.q;
  useChannel("security", {}, time.live, (type) => type === "delta" && void queries.invalidateQueries({ queryKey: ["security"] }));
  const all = useQuery({
    queryKey: ["security", "summary", {}, time.query],
    queryFn: ({ signal }) => get("/api/v1/security/summary", { query: { ...time.query, buckets: BUCKETS }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(5000),
  });
  const narrowed = useQuery({
    queryKey: ["security", "summary", asked, time.query],
    enabled: some,
    queryFn: ({ signal }) => get("/api/v1/security/summary", { query: { ...time.query, ...asked, buckets: BUCKETS }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: time.every(5000),
  });
  const summary = some ? narrowed : all;
  const set = (change: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...change }) });
  const toggle = (field: string, value: string) => {
    const on = listed(chosen[field as Field]);
    set({ [field]: (on.includes(value) ? on.filter((v) => v !== value) : [...on, value]).join(",") || undefined, event: undefined });
  };
  const drill = (field: Field, value: string) => set({ [field]: chosen[field] === value ? undefined : value, event: undefined });
  const rest = () => void navigate({ search: (old) => ({ range: old.range, live: old.live }) });
  return (
    <Page
      name="Security"
      bar={
        <>
          <FindBox label="Find security events" placeholder="Find by words of payload, principal, source or endpoint" value={search.q ?? ""} onChange={(text) => set({ q: text || undefined })} />
          {FIELDS.flatMap((field) => listed(chosen[field]).map((value) => (
            <button key={`${field} ${value}`} type="button" className={css.chip} aria-label={`No longer only ${field} ${value}`} onClick={() => toggle(field, value)}>
              <span className="dim">{field}</span> <bdi className="clip">{field === "kind" ? attackName(value) : value}</bdi> <X aria-hidden="true" />
            </button>
          )))}
          <Link to="/findings" search={{ detector: "security" }} className="link">
            Security findings
          </Link>
        </>
      }
    >
      <Split side={<Facets facets={all.data ? facets(all.data) : all.error ? [] : undefined} labels={{ kind: "Attack" }} words={(field, value) => (field === "kind" ? attackName(value) : value)} isOn={(field, value) => listed(chosen[field as Field]).includes(value)} onToggle={toggle} />}>
        <div className={css.page}>
          <Await result={summary} rows={8}>
            {(data) => (data.events === 0 && !some ? <Calm /> : <Board data={data} some={some} principal={chosen.principal} onDrill={drill} onRange={(from, to, change) => void navigate({ search: (old) => ({ ...old, ...change, range: `${new Date(from).toISOString()}~${new Date(to).toISOString()}` }) })} />)}
          </Await>
          {summary.data && (summary.data.events > 0 || some || search.event) && <Events asked={asked} event={search.event} some={some} onAll={rest} onShow={(id) => set({ event: id })} onDrill={drill} />}
        </div>
      </Split>
    </Page>
  );
}

function facets(data: Summary): FacetItem[] {
  const sums = (by: "kind" | "severity") => summed(data.patterns, by).map(({ key, count: n }) => ({ value: key, count: n }));
  const fields: [Field, { value: string; count: number }[]][] = [["severity", sums("severity")], ["kind", sums("kind")], ["principal", data.principals], ["source", data.sources], ["endpoint", data.endpoints], ["agent", data.agents]];
  return fields.map(([field, values]) => ({ field, values, distinct: values.length }));
}

function Calm() {
  return (
    <Panel className={css.calm}>
      <Empty title="Nothing is held against anybody in this time range" actions={<Link to="/settings" className="link">Connect what sends requests and logins</Link>}>
        Requests, logins, prompts, tool calls and their answers are looked at as they arrive, in spans and logs. What leaves neither can be sent to <code>POST /api/v1/security/events</code>.
      </Empty>
    </Panel>
  );
}

type BoardProps = {
  data: Summary;
  some: boolean;
  principal: string | undefined;
  onDrill: (field: Field, value: string) => void;
  onRange: (from: number, to: number, change: Partial<Record<Field, string>>) => void;
};

function Board({ data, some, principal, onDrill, onRange }: BoardProps) {
  const rows = route.useSearch().rows === "kind" ? "kind" : "severity";
  const navigate = route.useNavigate();
  const { word, token } = threat(data.threat_score);
  const kinds = summed(data.patterns, "kind");
  const lines = (rows === "kind" ? kinds : summed(data.patterns, "severity")).map(({ key, counts }) => ({ key, counts, name: rows === "kind" ? attackName(key) : <Severity severity={key} /> }));
  return (
    <>
      <div className={css.top}>
        <Panel title={principal ? <span className="clip foreign">Risk of {principal}</span> : some ? "Threat score of these" : "Threat score"}>
          <Dial value={data.threat_score} word={word} token={token} label={principal ? `Risk of ${principal}` : "Threat score"} />
          <p className={css.hint}>
            {plural(data.events, "event")} of {plural(kinds.length, "kind")} of attack{!principal && data.principals[0] && <>, {count(data.principals[0].count)} of them by <bdi className="foreign">{data.principals[0].value}</bdi></>}. Each counts by severity and confidence, half as much after an hour; one attack again by the same principal counts half each time. Severe from 90, high from 60.
          </p>
        </Panel>
        <Panel flush title="When, and how bad" tools={<Segments label="Rows" value={rows} options={[...ROWS]} onChange={(value) => void navigate({ search: (old) => ({ ...old, rows: value === "kind" ? value : undefined }), replace: true })} />}>
          {lines.length === 0 ? <p className={css.none}>Nothing matches in this time range.</p> : <HeatGrid label={`Events by ${rows} over time`} noun="event" times={data.times} lines={lines} onOpen={(key, from, to) => onRange(from, to, { [rows]: key })} />}
        </Panel>
      </div>
      <div className={css.middle}>
        <Panel flush title="Attack patterns over time">
          <Chart
            label="Attack patterns over time"
            kind="bars"
            height={180}
            times={data.times}
            format={count}
            series={kinds.length ? kinds.map(({ key, counts }, i) => ({ label: attackName(key), token: categoryToken(i), values: counts })) : [{ label: "none", token: "--cat-8", values: data.times.map(() => 0) }]}
            onBrush={(from, to) => onRange(from, to, {})}
          />
        </Panel>
        {principal ? <Around data={data} onDrill={onDrill} /> : <Principals onDrill={(value) => onDrill("principal", value)} />}
      </div>
    </>
  );
}

/** Whence and against what, of a principal that is looked at. */
function Around({ data, onDrill }: { data: Summary; onDrill: (field: Field, value: string) => void }) {
  const lists = ([["source", data.sources], ["endpoint", data.endpoints], ["agent", data.agents]] as const).filter(([, values]) => values.length > 0);
  return (
    <Panel title="From where, against what" className={css.around}>
      {lists.length === 0 && <p className="dim">No source, endpoint or agent was named.</p>}
      {lists.map(([field, values]) => (
        <section key={field} aria-label={sentence(field)}>
          <h3>{sentence(field)}</h3>
          <ul>
            {values.slice(0, 5).map(({ value, count: n }) => (
              <li key={value}>
                <button type="button" onClick={() => onDrill(field, value)}>
                  <span className="clip foreign">{value}</span>
                  <span className="num dim">{count(n)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Panel>
  );
}
