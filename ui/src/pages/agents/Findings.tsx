import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Radar } from "lucide-react";
import { send, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Button } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { Export } from "@/components/Export";
import { FindingLines } from "@/components/FindingLines";
import { Await, Empty, Failure, Loading } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { chance } from "@/lib/findings";
import { plural } from "@/lib/format";
import { signalFormat, signalName } from "@/lib/signals";
import { useFound } from "./Watched";
import css from "./Agent.module.css";

type Verdict = Schema<"SignalVerdict">;

/** What was found about the agent, and what detectors hold of it this moment. */
export function Findings({ agent }: { agent: string }) {
  const found = useFound(agent);
  const look = useMutation({ mutationFn: () => send("POST", `/api/v1/detect/${encodeURIComponent(agent)}`, undefined).then((r) => r.json() as Promise<Schema<"Detection">>) });
  return (
    <>
      <Panel
        title="Findings"
        note={found.data && plural(found.data.items.length, "finding")}
        tools={
          <>
            <Link to="/findings" search={{ subject: agent }} className="link">
              All of them
            </Link>
            {found.data && found.data.items.length > 0 && <Export label="Findings" records={found.data.items} />}
          </>
        }
      >
        <Await result={found} rows={3}>
          {(data) => (data.items.length ? <FindingLines items={data.items} label="Findings about the agent" /> : <p className="dim">Nothing was found about this agent in this time range.</p>)}
        </Await>
      </Panel>
      <Panel
        flush
        title="This moment"
        note={look.data && <>judged with {plural(look.data.agents, "agent")}, data of <Ago time={look.data.time} /></>}
        tools={
          <Button look="primary" disabled={look.isPending} onClick={() => look.mutate()}>
            <Radar aria-hidden="true" /> {look.isPending ? "Judging …" : "Judge now"}
          </Button>
        }
        height={look.data ? 74 + 34 * Math.min(12, look.data.signals.length + 1) : undefined}
      >
        {look.isPending ? (
          <Loading rows={5} />
        ) : look.error ? (
          <Failure error={look.error} title="It could not be judged" retry={() => look.mutate()} />
        ) : look.data ? (
          <DataTable label="Signals now, strangest first" rows={look.data.signals} columns={COLUMNS} rowKey={(row) => row.signal} />
        ) : (
          <Empty title="What do the detectors say of it now?">“Judge now” asks them all, signal by signal, and compares with what is normal for this agent and its peers.</Empty>
        )}
      </Panel>
    </>
  );
}

const written = (row: Verdict, value: number | null) => (value == null ? <span className={css.unknown}>—</span> : signalFormat(row.unit, row.signal)(value));

const COLUMNS: Column<Verdict>[] = [
  { id: "signal", header: "Signal", width: { share: 2, min: 140 }, narrow: true, cell: (row) => <span className="clip">{signalName(row.signal)}</span> },
  { id: "verdict", header: "Verdict", width: 92, narrow: true, cell: (row) => (row.strange ? <Badge tone="bad">strange</Badge> : row.tail == null ? <Badge>not known</Badge> : <Badge tone="ok">normal</Badge>) },
  { id: "observed", header: "Now", width: { share: 1, min: 80 }, end: true, narrow: true, cell: (row) => written(row, row.observed) },
  { id: "expected", header: "Expected", width: { share: 1, min: 80 }, end: true, drop: 2, cell: (row) => written(row, row.expected) },
  { id: "band", header: "Normal", width: { share: 2, min: 130 }, end: true, drop: 3, cell: (row) => row.lower != null && row.upper != null && <>{written(row, row.lower)} to {written(row, row.upper)}</> },
  { id: "tail", header: "Chance", width: { share: 1, min: 96 }, end: true, drop: 1, hint: "How often chance gives as much", cell: (row) => (row.tail == null ? "" : chance(1 - row.tail)) },
];
