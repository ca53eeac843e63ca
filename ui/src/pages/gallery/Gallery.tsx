import { useState } from "react";
import { Ago } from "@/components/Ago";
import { Badge, Kbd, StateBadge, Swatch } from "@/components/Badge";
import { Button, Segments } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { Copy } from "@/components/Copy";
import { DataTable, type Column, type Sort } from "@/components/DataTable";
import { Choice, Dialog, Popover } from "@/components/Dialog";
import { Export } from "@/components/Export";
import { Facets } from "@/components/Facets";
import { FilterBar } from "@/components/FilterBar";
import { Graph } from "@/components/Graph";
import { HeatMap } from "@/components/HeatMap";
import { Json } from "@/components/Json";
import { LogTable, type LogRow } from "@/components/LogTable";
import { Markdown } from "@/components/Markdown";
import { MessageView } from "@/components/MessageView";
import { Empty, Failure, Loading } from "@/components/Notice";
import { Grid, Page } from "@/components/Page";
import { Facts, Panel, Stats } from "@/components/Panel";
import { Sparkline } from "@/components/Sparkline";
import { StateTimeline } from "@/components/StateTimeline";
import { LiveSwitch, TimeRange } from "@/components/TimeRange";
import { toast } from "@/components/toasts";
import { Waterfall } from "@/components/Waterfall";
import { count, duration } from "@/lib/format";
import { categoryToken } from "@/lib/palette";
import { STATES } from "@/lib/states";
import type { Range } from "@/lib/time";
import css from "./Gallery.module.css";
import { HOSTILE, sampleHeat, sampleMessages, sampleSpans, sampleTimes, wave } from "./samples";

const columns: Column<number>[] = [
  { id: "name", header: "Name", width: { share: 1, min: 140 }, narrow: true, sortable: true, cell: (i) => (i === 3 ? HOSTILE : `row ${i}`) },
  { id: "value", header: "Value", width: 100, end: true, narrow: true, sortable: true, cell: (i) => count((i * 7919) % 1000) },
];
const ROWS = Array.from({ length: 10_000 }, (_, i) => i);
const NODES = ["planner", "researcher", "gpt-4o", HOSTILE].map((id, i) => ({ id, label: id, kind: (["agent", "agent", "model", "tool"] as const)[i], size: 4 - i }));
const EDGES = [["planner", "researcher"], ["researcher", "gpt-4o"], ["researcher", HOSTILE]].map(([source = "", target = ""], i) => ({ source, target, weight: 3 - i, label: `${3 - i} calls`, error: i === 2 }));
const NOW = Date.UTC(2026, 0, 31, 12);

const LINES: LogRow[] = (["info", "debug", "warn", "error", "info", "fatal"] as const).map((level, i) => ({
  id: String(i), level, time: new Date(NOW + i * 1000).toISOString(), observed_time: new Date(NOW).toISOString(), body: i === 3 ? HOSTILE : `line ${i}`, agent: `agent-${i % 2}`,
  attributes: {}, dropped_attributes_count: 0, event_name: "", flags: 0, resource_id: "0", scope_name: "", scope_version: "", service: "", session: "", severity: 9, severity_text: "", span_id: null, template_id: "0", trace_id: null,
}));

/** Every shared component with made-up content, so that they can be looked at and tested without a server. */
export function Gallery() {
  const [open, setOpen] = useState(false);
  const [sort, setSort] = useState<Sort>({ id: "name", desc: false });
  const [choice, setChoice] = useState("one");
  const [range, setRange] = useState<Range>({ last: 900_000 });
  const [live, setLive] = useState(true);
  const [span, setSpan] = useState<string>();
  const [filter, setFilter] = useState("");
  const spans = sampleSpans();
  return (
    <Page name="Gallery" timeless scroll>
      <Grid>
        <Panel title="Buttons">
          <div className={css.row}>
            <Button look="primary" onClick={() => toast("It is done")}>Primary</Button>
            <Button onClick={() => toast("It failed, and this says why", "bad")}>Plain</Button>
            <Button look="quiet">Quiet</Button>
            <Button disabled>Disabled</Button>
            <Segments label="Choice" value={choice} options={["one", "two", "three"].map((value) => ({ value, label: value }))} onChange={setChoice} />
            <Button onClick={() => setOpen(true)}>Dialog</Button>
            <Popover label="Popover" button={(control) => <Button {...control}>Popover</Button>}>{(close) => <Choice onClick={close}>A choice</Choice>}</Popover>
          </div>
        </Panel>
        <Panel title="Badges and states">
          <div className={css.row}>
            {(["neutral", "ok", "warn", "bad", "info", "accent"] as const).map((tone) => (
              <Badge key={tone} tone={tone}>{tone}</Badge>
            ))}
            {STATES.map((state) => (
              <StateBadge key={state} state={state} />
            ))}
            <Kbd>⌘K</Kbd>
            {[0, 1, 2, 3, 4, 5, 6, 7].map((i) => (
              <Swatch key={i} token={categoryToken(i)} />
            ))}
            <Sparkline values={wave(40, 1)} />
          </div>
        </Panel>
      </Grid>
      <Stats items={[{ label: "Agents", value: "10,204" }, { label: "Errors", value: "7.1 %", bad: true }, { label: "p95", value: duration(1.24e9) }]} />
      <Panel title="States over time">
        <StateTimeline
          from={NOW - 600_000}
          to={NOW}
          changes={[
            { time: new Date(NOW - 60_000).toISOString(), state: "wedged", reason: "open for 60 s without progress" },
            { time: new Date(NOW - 240_000).toISOString(), state: "looping", reason: "same tool 12 times" },
            { time: new Date(NOW - 420_000).toISOString(), state: "working", reason: "" },
            { time: new Date(NOW - 600_000).toISOString(), state: "idle", reason: "" },
          ]}
        />
      </Panel>
      <Grid>
        <Panel title="Lines" flush>
          <Chart label="Lines" times={sampleTimes(60)} format={count} series={[{ label: "one", values: wave(60, 1), token: "--cat-1", fill: true }, { label: "two", values: wave(60, 2), token: "--cat-2" }]} />
        </Panel>
        <Panel title="Bars" flush>
          <Chart label="Bars" kind="bars" times={sampleTimes(40)} format={count} series={[{ label: "failed", values: wave(40, 3).map((v) => v / 6), token: "--bad" }, { label: "fine", values: wave(40, 1), token: "--cat-1" }]} />
        </Panel>
        <Panel title="Heat map">
          <HeatMap heat={sampleHeat()} label="Sample heat map" onSelect={(area) => toast(`${duration(area.minNs)} to ${duration(area.maxNs)}`, "info")} />
        </Panel>
      </Grid>
      <Panel title="Waterfall" flush className={css.tall}>
        <Waterfall spans={spans} steps={[{ span_id: "1", offset_ns: 0, duration_ns: 2e8 }, { span_id: "3", offset_ns: 2e8, duration_ns: 9e8 }]} totalNs={2e9} selected={span} onSelect={setSpan} />
      </Panel>
      <Grid>
        <Panel title="Messages">
          {sampleMessages().map((message) => (
            <MessageView key={message.raw} message={message} />
          ))}
        </Panel>
        <Panel title="JSON and facts">
          <Json value={{ model: "m-1", stream: true, temperature: 0.2, messages: [{ role: "user", content: "hi" }], nothing: null }} />
          <Facts items={[["Name", HOSTILE], ["Empty", ""], ["Duration", duration(8.1e8)]]} />
        </Panel>
        <Panel title="Facets">
          <Facets
            facets={[{ field: "state", distinct: 3, values: [{ value: "working", count: 812 }, { value: "idle", count: 120 }, { value: "wedged", count: 3 }] }]}
            isOn={(_, value) => value === "idle"}
            onToggle={() => toast("Toggled")}
          />
        </Panel>
        <Panel title="Table of 10,000 rows" flush className={css.tall}>
          <DataTable label="Sample" rows={ROWS} columns={columns} rowKey={String} sort={sort} onSort={setSort} />
        </Panel>
        <Panel title="Empty" flush>
          <Empty title="Nothing here">It says why, and what to do.</Empty>
        </Panel>
        <Panel title="Filter with completion">
          <FilterBar noun="agents" value={filter} onChange={setFilter} placeholder="Filter agents, such as state:wedged" />
        </Panel>
        <Panel title="Failing" flush>
          <Failure error={new Error("the store is away; try again")} retry={() => toast("Tried again", "info")} />
        </Panel>
        <Panel title="Loading" flush>
          <Loading label="Sample" />
        </Panel>
      </Grid>
      <Grid>
        <Panel title="Markdown">
          <Markdown text={"**Bold**, `code` and [a link](https://example.org)\n\n1. one\n2. two\n\n```python\nprint(1)\n```"} />
        </Panel>
        <Panel title="Times, copies and downloads">
          <div className={css.row}>
            <TimeRange range={range} onChange={setRange} />
            <LiveSwitch on={live} onChange={setLive} />
            <Ago time={NOW} />
            <Copy text="copied" />
            <Export label="sample" records={[{ a: 1, b: HOSTILE }]} />
          </div>
        </Panel>
      </Grid>
      <Panel title="Graph, and its table" flush height={320}>
        <Graph label="Sample graph" nodes={NODES} edges={EDGES} onOpen={(id) => toast(id, "info")} weightName="Calls" />
      </Panel>
      <Panel title="Log lines, one of them marked" flush height={220}>
        <LogTable label="Sample lines" rows={LINES} marked={LINES[2]?.id} />
      </Panel>
      {open && (
        <Dialog title="A dialog" onClose={() => setOpen(false)}>
          <p>The focus stays inside; escape closes it.</p>
          <Button onClick={() => setOpen(false)}>Close</Button>
        </Dialog>
      )}
    </Page>
  );
}
