import { Maximize, Minus, Plus, RotateCw } from "lucide-react";
import { useRef, useState } from "react";
import { count } from "@/lib/format";
import { joined, type GraphEdge, type GraphNode } from "@/lib/graph";
import { hasWebGL } from "@/lib/webgl";
import { IconButton, Segments } from "./Button";
import { DataTable, type Column } from "./DataTable";
import { StateShape } from "./Badge";
import css from "./Graph.module.css";
import type { GraphControl } from "./GraphCanvas";
import { warm } from "./graphWork";
import { Empty, Loading } from "./Notice";
import { SaveChart } from "./SaveChart";
import { soon } from "./soon";
import { useTell, useTellLater, useTold } from "./told";

export type { GraphEdge, GraphNode } from "@/lib/graph";

type Props = {
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** Who is opened, by a press on the node or from the table. */
  onOpen?: (id: string) => void;
  /** `layers`: from callers at the left to called ones at the right, for small graphs; `force`: near whom they work with. By default the size decides. */
  layout?: "layers" | "force";
  /** What is asked for, where that changes on one page: all are arranged anew for another. Else known nodes keep their places. */
  about?: string;
  /** Who belongs together is not known yet, and asked for: it is arranged once it is. */
  waiting?: boolean;
  /** Stays bright with its neighbours. */
  selected?: string;
  /** What the weight counts, as the head of its column in the table. */
  weightName?: string;
  weight?: (value: number) => string;
};

const [GraphCanvas, fetchCanvas] = soon(() => import("./GraphCanvas"));

/** For pages that show a graph first: the drawing library comes, and what places its nodes, while their data is under way. What fails here fails again, and is told, when drawn. */
export function fetchGraph(): void {
  fetchCanvas().catch(() => undefined);
  // To find out whether there is WebGL keeps the page from drawing for a frame or two: what stands around the graph is seen first.
  requestAnimationFrame(() => setTimeout(() => hasWebGL() && warm()));
}

/** Nodes and the arrows between them, with a table of the same for keyboards, screen readers and browsers without WebGL. */
export function Graph(props: Props) {
  const { nodes, edges, label, onOpen, selected } = props;
  const { zoom, as } = useTold();
  const tell = useTell();
  const later = useTellLater();
  const view = as === "table" ? "table" : "graph";
  const [lost, setLost] = useState(false);
  const control = useRef<GraphControl>(null);
  const drawable = hasWebGL() && !lost;
  const [anew, setAnew] = useState(0);
  const [came, setCame] = useState(0);
  const name = [label, props.about].filter(Boolean).join(": ");
  if (nodes.length === 0) return <Empty title="Nobody works with anybody here" />;
  return (
    <div className={css.graph}>
      <div className={css.tools}>
        {drawable && <Segments label="View" value={view} options={[{ value: "graph", label: "Graph" }, { value: "table", label: "Table" }]} onChange={(value) => tell({ as: value === "table" ? value : undefined })} />}
        {drawable && view === "graph" && (
          <>
            <IconButton label="Nearer" onClick={() => control.current?.zoom(1.6)}>
              <Plus aria-hidden="true" />
            </IconButton>
            <IconButton label="Farther" onClick={() => control.current?.zoom(1 / 1.6)}>
              <Minus aria-hidden="true" />
            </IconButton>
            <IconButton label="All of it" onClick={() => control.current?.fit()}>
              <Maximize aria-hidden="true" />
            </IconButton>
            <IconButton label="Arrange anew" title="Arranges all anew. By itself nothing moves: who comes is put beside those it works with" onClick={() => setAnew(anew + 1)}>
              <RotateCw aria-hidden="true" />
            </IconButton>
            <SaveChart label={label} canvas={() => control.current?.picture()} records={() => joined(nodes, edges).map(recordOf)} />
            {came > 0 && <span className={css.came}>{count(came)} came since it was arranged</span>}
          </>
        )}
        {!drawable && <span className="dim">{lost ? "The graphics card gave up drawing; here is the table." : "This browser does not draw graphs (WebGL is off); here is the table."}</span>}
      </div>
      {drawable && view === "graph" ? (
        <GraphCanvas
          props={{ control, name, anew, waiting: props.waiting ?? false, label: `${label}: ${count(nodes.length)} nodes; the table shows the same`, nodes, edges, layout: props.layout, onCame: setCame, selected, zoom, onZoom: later, onOpen, onLost: () => setLost(true) }}
          fallback={<Loading rows={6} label="Loading the graph" />}
        />
      ) : (
        <GraphTable {...props} />
      )}
    </div>
  );
}

/** What a download holds of an edge. */
function recordOf({ source, target, weight, label, figures }: GraphEdge): Record<string, unknown> {
  return { source, target, weight, ...(figures ?? { label }) };
}

function GraphTable({ nodes, edges, label, onOpen, weightName = "Weight", weight = count }: Props) {
  const names = new Map(nodes.map((n) => [n.id, n]));
  const rows = joined(nodes, edges).sort((a, b) => b.weight - a.weight);
  const end = (id: string) => {
    const node = names.get(id);
    const text = (
      <>
        {node?.state && <StateShape state={node.state} />} <bdi>{node?.label || id}</bdi>
      </>
    );
    return onOpen ? (
      <button type="button" className={css.open} title={id} onClick={() => onOpen(id)}>
        {text}
      </button>
    ) : (
      text
    );
  };
  const columns: Column<GraphEdge>[] = [
    { id: "source", header: "From", width: { share: 1, min: 120 }, narrow: true, cell: (e) => end(e.source) },
    { id: "target", header: "To", width: { share: 1, min: 120 }, narrow: true, cell: (e) => end(e.target) },
    { id: "weight", header: weightName, width: 90, end: true, narrow: true, cell: (e) => weight(e.weight) },
    { id: "label", header: "About", width: { share: 1, min: 110 }, drop: 1, cell: (e) => <span className={e.error ? css.bad : undefined}>{e.label}</span> },
  ];
  return <DataTable label={`${label}, as a table`} rows={rows} columns={columns} rowKey={(e) => `${e.source}\n${e.target}`} record={recordOf} />;
}
