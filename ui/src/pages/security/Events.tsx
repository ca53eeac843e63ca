import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { Copy } from "@/components/Copy";
import { DataTable, type Column } from "@/components/DataTable";
import { AgentLink, SessionLink, TraceLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Opened, Part, Verbatim } from "@/components/Opened";
import { Facts, Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { Severity } from "@/components/Severity";
import { attackName } from "@/lib/attacks";
import { cx } from "@/lib/cx";
import { percent, plural, sentence } from "@/lib/format";
import { useHotkeys } from "@/lib/keyboard";
import { wordsOf } from "@/lib/messages";
import { parseTime, stamp } from "@/lib/time";
import css from "./Security.module.css";

type Event = Schema<"SecurityEvent">;
type Asked = Partial<Record<"severity" | "kind" | "principal" | "source" | "endpoint" | "agent" | "q", string>>;
const PAGE = 100;
const LINE_MAX = 240;

type Props = { asked: Asked; event: string | undefined; some: boolean; onAll: () => void; onShow: (id: string | undefined) => void; onDrill: (field: "principal" | "source" | "endpoint", value: string) => void };

/** Every event that something is held against, newest first. What attackers wrote is shown as text and nothing else. */
export function Events({ asked, event, some, onAll, onShow, onDrill }: Props) {
  const time = useRange();
  const result = useInfiniteQuery({
    queryKey: ["security", "events", asked, time.query],
    queryFn: ({ pageParam, signal }) => get("/api/v1/security/events", { query: { ...time.query, ...asked, limit: PAGE, cursor: pageParam }, signal }),
    placeholderData: keepPreviousData,
    initialPageParam: "",
    refetchInterval: (query) => ((query.state.data?.pages.length ?? 0) > 2 ? false : time.every(5000)),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const rows = result.data?.pages.flatMap((page) => page.items) ?? [];
  const at = rows.findIndex((row) => row.id === event);
  const apart = useQuery({
    queryKey: ["security", "event", event],
    enabled: !!event && at < 0 && result.isFetched,
    staleTime: Infinity,
    queryFn: ({ signal }) => get("/api/v1/security/events/{event_id}", { path: { event_id: event ?? "" }, signal }),
  });
  const open = rows[at] ?? (event ? apart.data : undefined);
  const step = (by: number) => onShow(rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.id ?? event);
  useHotkeys(
    open
      ? [
          { keys: "j", label: "Next event", group: "Event", run: () => step(1) },
          { keys: "k", label: "Previous event", group: "Event", run: () => step(-1) },
          { keys: "Escape", label: "Close", group: "Event", run: () => onShow(undefined) },
        ]
      : [],
  );
  return (
    <div className={cx(css.events, open && css.opened)}>
      <Panel flush title="Events" note={result.data && (result.hasNextPage ? `the newest ${rows.length}` : plural(rows.length, "event"))} className={css.table}>
        <Await result={result} rows={8}>
          {() =>
            rows.length === 0 ? (
              <Empty title={some ? "No event matches" : "No events in this time range"} actions={some && <Button onClick={onAll}>Show all events</Button>} />
            ) : (
              <DataTable
                main
                label="Security events, newest first"
                rows={rows}
                columns={COLUMNS}
                rowKey={(row) => row.id}
                selected={event}
                onOpen={(row) => onShow(row.id)}
                onEnd={result.hasNextPage && !result.isFetchingNextPage ? () => void result.fetchNextPage() : undefined}
                foot={result.isFetchingNextPage ? "Loading more" : undefined}
              />
            )
          }
        </Await>
      </Panel>
      {open && <OpenedEvent event={open} onClose={() => onShow(undefined)} onDrill={onDrill} />}
    </div>
  );
}

const COLUMNS: Column<Event>[] = [
  { id: "severity", header: "Severity", width: 104, narrow: true, cell: (row) => <Severity severity={row.severity} /> },
  { id: "kind", header: "Attack", width: { share: 1, min: 136 }, narrow: true, cell: (row) => <span className="clip">{attackName(row.kind)}</span> },
  { id: "principal", header: "Principal", width: { share: 1, min: 110 }, drop: 2, cell: (row) => <span className="clip foreign" title={row.principal}>{row.principal || "—"}</span> },
  { id: "source", header: "Source", width: { share: 1, min: 112 }, drop: 5, cell: (row) => <span className="clip foreign mono">{row.source}</span> },
  { id: "endpoint", header: "Endpoint", width: { share: 1, min: 110 }, drop: 6, cell: (row) => <span className="clip foreign" title={row.endpoint}>{row.endpoint}</span> },
  { id: "message", header: "Payload", width: { share: 3, min: 160 }, drop: 3, cell: (row) => <code className="clip foreign">{wordsOf(row.message).slice(0, LINE_MAX)}</code> },
  { id: "time", header: "When", width: 92, end: true, narrow: true, cell: (row) => <Ago time={row.time} /> },
];

function OpenedEvent({ event, onClose, onDrill }: { event: Event; onClose: () => void; onDrill: Props["onDrill"] }) {
  const drill = (field: "principal" | "source" | "endpoint", value: string) =>
    value && (
      <button key={field} type="button" className="link" onClick={() => onDrill(field, value)}>
        <bdi>{value}</bdi>
      </button>
    );
  return (
    <Opened
      name="Security event"
      className={css.event}
      onClose={onClose}
      head={
        <>
          <Severity severity={event.severity} />
          <Badge>{attackName(event.kind)}</Badge>
          <Ago time={event.time} />
        </>
      }
      deeds={
        <>
          {event.principal && <Button onClick={() => onDrill("principal", event.principal)}>All of this principal</Button>}
          <Link to="/findings" search={{ detector: "security", kind: event.kind }} className="link">
            Findings of this kind
          </Link>
        </>
      }
    >
      <Part title={<>What it said <Copy text={event.message} label="Copy the payload" /></>}>
        <Verbatim className="foreign">{wordsOf(event.message) || "nothing: what counts is how often, when or from where"}</Verbatim>
      </Part>
      <Facts
        items={[
          ["Sort", event.family && event.family !== event.kind && sentence(event.family)],
          ["Confidence", percent(event.confidence)],
          ["Time", stamp(parseTime(event.time))],
          ["Principal", drill("principal", event.principal)],
          ["Source", drill("source", event.source)],
          ["Endpoint", drill("endpoint", event.endpoint)],
          ["Action", sentence(event.action)],
          ["Agent", event.agent && <AgentLink agent={event.agent} />],
          ["Session", event.session && <SessionLink session={event.session} />],
          ["Trace", event.trace_id && <TraceLink trace={event.trace_id} />],
          ...Object.entries(event.attributes).map(([k, v]): [string, string] => [sentence(k), v]),
        ]}
      />
    </Opened>
  );
}
