import { useState } from "react";
import { Graph } from "@/components/Graph";
import { toast } from "@/components/toasts";
import { Waterfall, type WaterfallView } from "@/components/Waterfall";
import { Grid } from "@/components/Page";
import { HOSTILE, sampleSpans } from "./samples";
import { Section, Shown, State } from "./Shown";

const NODES = ["planner", "researcher", "gpt-4o", HOSTILE].map((id, i) => ({ id, label: id, kind: (["agent", "agent", "model", "tool"] as const)[i], size: 4 - i }));
const EDGES = [["planner", "researcher"], ["researcher", "gpt-4o"], ["researcher", HOSTILE]].map(([source = "", target = ""], i) => ({ source, target, weight: 3 - i, label: `${3 - i} calls`, error: i === 2 }));
const STEPS = [{ span_id: "1", offset_ns: 0, duration_ns: 2e8 }, { span_id: "3", offset_ns: 2e8, duration_ns: 9e8 }];
const SPANS = sampleSpans();

/** What happened when, and who worked with whom. */
export function Traces() {
  const [span, setSpan] = useState<string>();
  const [view, setView] = useState<WaterfallView>({});
  return (
    <Section id="traces" title="Traces and graphs" about="A waterfall is walked and folded by keys, looked closer at with z; without WebGL a graph is its table.">
      <Shown name="Waterfall">
        <State name="a step that failed, one under way, one with a hostile name; the critical path" height={280} framed>
          <Waterfall spans={SPANS} steps={STEPS} totalNs={2e9} selected={span} onSelect={setSpan} view={view} onView={(change) => setView({ ...view, ...change })} />
        </State>
      </Shown>
      <Grid>
        <Shown name="Graph">
          <State name="full: press a node" height={300} framed><Graph label="Sample graph" nodes={NODES} edges={EDGES} onOpen={(id) => toast(id, "info")} weightName="Calls" /></State>
        </Shown>
        <Shown name="Graph, empty">
          <State name="nothing to draw" height={300} framed><Graph label="Empty graph" nodes={[]} edges={[]} /></State>
        </Shown>
      </Grid>
    </Section>
  );
}
