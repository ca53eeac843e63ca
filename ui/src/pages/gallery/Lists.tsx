import { useState } from "react";
import { DataTable, type Column, type Sort } from "@/components/DataTable";
import { FindingLines } from "@/components/FindingLines";
import { LogTable } from "@/components/LogTable";
import { Empty } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { SpanList } from "@/components/SpanList";
import { TraceList } from "@/components/TraceList";
import { count } from "@/lib/format";
import { HOSTILE, sampleFindings, sampleLines, sampleSpanRows, sampleTraces } from "./samples";
import { Section, Shown, State } from "./Shown";

const columns: Column<number>[] = [
  { id: "name", header: "Name", width: { share: 1, min: 140 }, narrow: true, sortable: true, cell: (i) => (i === 3 ? HOSTILE : `row ${i}`) },
  { id: "value", header: "Value", width: 100, end: true, narrow: true, sortable: true, cell: (i) => count((i * 7919) % 1000) },
];
const ROWS = Array.from({ length: 10_000 }, (_, i) => i);
const LINES = sampleLines();

/** Rows, however many: those in sight are drawn. */
export function Lists() {
  const [sort, setSort] = useState<Sort>({ id: "name", desc: false });
  const [byTime, setByTime] = useState<Sort>({ id: "time", desc: true });
  return (
    <Section id="lists" title="Lists" about="Arrows, page keys, Home and End walk, Enter opens. Columns that do not fit are left out, the least important first.">
      <Grid>
        <Shown name="DataTable">
          <State name="10,000 rows" height={260} framed><DataTable label="Sample" rows={ROWS} columns={columns} rowKey={String} sort={sort} onSort={setSort} /></State>
          <State name="no rows, and a foot" height={110} framed><DataTable label="Sample without rows" rows={[]} columns={columns} rowKey={String} foot="That is all" /></State>
        </Shown>
        <Shown name="LogTable">
          <State name="six lines, one of them marked, one hostile" height={190} framed><LogTable label="Sample lines" rows={LINES} marked={LINES[2]?.id} /></State>
          <State name="none, as pages say it" framed><Empty title="No log records in this time range">Nothing matches; widen the time range or the filter.</Empty></State>
        </Shown>
      </Grid>
      <Shown name="TraceList" note="sortable, by what matched">
        <State name="one that failed, one that runs, one with hostile names" height={176} framed><TraceList label="Sample traces" traces={sampleTraces()} sort={byTime} onSort={setByTime} /></State>
      </Shown>
      <Grid>
        <Shown name="SpanList">
          <State name="one that failed, one that runs, one with hostile names" height={176} framed><SpanList label="Sample spans" spans={sampleSpanRows()} /></State>
        </Shown>
        <Shown name="FindingLines">
          <State name="found again and again, judged a false alarm, hostile"><FindingLines label="Sample findings" items={sampleFindings()} times={[12, 1, 1]} /></State>
        </Shown>
      </Grid>
    </Section>
  );
}
