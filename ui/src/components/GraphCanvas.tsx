import { createNodeBorderProgram } from "@sigma/node-border";
import DirectedGraph from "graphology";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import Sigma from "sigma";
import { NodeCircleProgram } from "sigma/rendering";
import type { EdgeLabelDrawingFunction, NodeHoverDrawingFunction, NodeLabelDrawingFunction } from "sigma/rendering";
import type { Settings } from "sigma/settings";
import { animateNodes } from "sigma/utils";
import { parseSight, sightText } from "@/lib/address";
import { joined, layered, startOf, type GraphEdge, type GraphNode, type Positions } from "@/lib/graph";
import { flattened } from "@/lib/download";
import { categoryOf, categoryToken, isHollow, REST_TOKEN, WORK_TOKEN, type Work } from "@/lib/palette";
import { isState } from "@/lib/states";
import { token, useTheme } from "@/lib/theme";
import { useMedia } from "@/lib/use";
import { place } from "./graphWork";
import { keepPlaces, placesOf } from "./places";
import css from "./Graph.module.css";

export type GraphControl = { zoom: (by: number) => void; fit: () => void; picture: () => HTMLCanvasElement | undefined };

type Props = {
  label: string;
  /** Under which its places are kept. */
  name: string;
  /** Who belongs together is not known yet: nothing is placed until it is. */
  waiting: boolean;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  layout: "layers" | "force";
  selected?: string;
  /** What is in sight, as the address has it, and how it is told there once it stands still; returns what calls it off. */
  zoom: string | undefined;
  onZoom: (change: { zoom: string | undefined }, done: () => void) => () => void;
  onOpen?: (id: string) => void;
  onLost: () => void;
  control: Ref<GraphControl>;
};

const FEW_EDGES = 40;
const FEW_NODES = 60;
const NODE_PX = [5, 20] as const;
/** Where there are so many that larger ones would hide each other. */
const CROWD = 60;
const CROWD_PX = [2.5, 9] as const;
const EDGE_PX = [1, 6] as const;
/** Among many, with heads that have room between two nodes. */
const CROWD_EDGE_PX = [0.6, 2.2] as const;
/** Kept free around the drawing, for names. */
const PADDING_PX = 46;
/** Who stood somewhere goes on from there, where so large a share of all did. */
const KNOWN_MIN = 0.6;
/** Among many, nodes from this size on are named. */
const LABEL_PX = 6;
const LABEL_MAX = 48;
/** On a canvas of so many pixels side by side nodes are as large as they are meant; on a narrower one they are smaller with it, down to half. */
const ROOMY_PX = 600;
/** An arrow is so many times as long as its label, or goes without: labels of short ones would hide each other. */
const EDGE_LABEL_ROOM = 1.5;
const MOVE_MS = 240;

function roomOn(canvas: HTMLElement | null): number {
  return canvas ? Math.min(1, Math.max(0.5, canvas.clientWidth / ROOMY_PX)) : 1;
}

/** A colour between two; both `#rrggbb`. */
function mix(a: string, b: string, share: number): string {
  const part = (text: string, at: number) => parseInt(text.slice(at, at + 2), 16) || 0;
  return `#${[1, 3, 5].map((at) => Math.round(part(a, at) * (1 - share) + part(b, at) * share).toString(16).padStart(2, "0")).join("")}`;
}

function colourOf(node: GraphNode): string {
  if (node.category !== undefined) return token(node.category < 0 ? REST_TOKEN : categoryToken(node.category));
  if (node.state && isState(node.state)) return token(`--state-${node.state}`);
  if (node.kind && node.kind in WORK_TOKEN) return token(WORK_TOKEN[node.kind as Work]);
  return token(categoryToken(categoryOf(node.kind ?? "")));
}

/** Where a text of `wide` pixels beside a node begins: at its right, or at its left where it would be cut off. */
function beside(pen: CanvasRenderingContext2D, x: number, size: number, wide: number, gap: number): number {
  const right = x + size + gap;
  return right + wide <= pen.canvas.clientWidth ? right : Math.max(0, x - size - gap - wide);
}

/** A text on a patch of the background, so that arrows do not run through it. `y`: its middle. */
function patched(pen: CanvasRenderingContext2D, text: string, x: number, y: number, high: number, colours: { text: string; surface: string }): void {
  pen.globalAlpha = 0.8;
  pen.fillStyle = colours.surface;
  pen.fillRect(x - 3, y - high / 2 - 1, pen.measureText(text).width + 6, high + 2);
  pen.globalAlpha = 1;
  pen.fillStyle = colours.text;
  pen.fillText(text, x, y + high / 3);
}

/** What labels cover in this picture, so that none is written over another. */
class Covered {
  private boxes: { x: number; y: number; wide: number; high: number }[] = [];
  /** Nothing is written yet. */
  fresh = true;

  clear(): void {
    this.boxes = [];
    this.fresh = true;
  }

  /** Whether the place was free; it is taken then. `y`: its middle. */
  take(x: number, y: number, wide: number, high: number): boolean {
    if (this.boxes.some((b) => Math.abs(b.y - y) < (b.high + high) / 2 && x < b.x + b.wide && b.x < x + wide)) return false;
    this.boxes.push({ x, y, wide, high });
    return true;
  }
}

type Labelled = Parameters<NodeLabelDrawingFunction>[1];

type Place = [x: number, y: number];

/** The name at the right of a node, or, where that is cut off, below or above it; else at its left, else, where it must have one, below or above it, else not at all: it stands in the card, and in the table. `first`: the node whose name comes before all others. */
function labelOf(colours: { text: string; surface: string }, covered: Covered, first: () => Labelled | undefined): NodeLabelDrawingFunction {
  const draw: NodeLabelDrawingFunction = (pen, data, settings) => {
    if (!data.label) return;
    pen.font = `${settings.labelWeight} ${settings.labelSize}px ${settings.labelFont}`;
    const wide = pen.measureText(data.label).width;
    const high = settings.labelSize + 2;
    const right: Place = [data.x + data.size + 4, data.y];
    const left: Place = [data.x - data.size - 4 - wide, data.y];
    const middle = Math.max(0, Math.min(pen.canvas.clientWidth - wide, data.x - wide / 2));
    const around: Place[] = [[middle, data.y + data.size + high], [middle, data.y - data.size - high]];
    // At the right edge it stands below or above: arrows come from the left.
    const cut = right[0] + wide > pen.canvas.clientWidth;
    const places = cut ? [...around, left] : (data as { forceLabel?: boolean }).forceLabel ? [right, left, ...around] : [right, left];
    const free = places.find(([x, y]) => x >= 0 && covered.take(x, y, wide, high));
    if (free) patched(pen, data.label, ...free, settings.labelSize, colours);
  };
  return (pen, data, settings) => {
    if (covered.fresh) {
      covered.fresh = false;
      const one = first();
      if (one) draw(pen, one, settings);
    }
    if (data.key !== first()?.key) draw(pen, data, settings);
  };
}

/** What flows over an arrow, at its middle; left out where the arrow is too short for it. */
function edgeLabelOf(colours: { dim: string; surface: string }, covered: Covered): EdgeLabelDrawingFunction {
  return (pen, edge, source, target, settings) => {
    if (!edge.label) return;
    pen.font = `${settings.edgeLabelWeight} ${settings.edgeLabelSize}px ${settings.edgeLabelFont}`;
    const wide = pen.measureText(edge.label).width;
    if (Math.hypot(target.x - source.x, target.y - source.y) < wide * EDGE_LABEL_ROOM) return;
    if (!covered.take((source.x + target.x - wide) / 2, (source.y + target.y) / 2, wide, settings.edgeLabelSize)) return;
    patched(pen, edge.label, (source.x + target.x - wide) / 2, (source.y + target.y) / 2, settings.edgeLabelSize, { text: colours.dim, surface: colours.surface });
  };
}

/** The card at the node under the pointer, in the colours of the theme. */
function cardOf(colours: { raised: string; line: string; text: string; dim: string }): NodeHoverDrawingFunction {
  return (pen, data, settings) => {
    const note = (data as { note?: string }).note;
    const text = data.label ?? "";
    pen.font = `600 12px ${settings.labelFont}`;
    const width = pen.measureText(text).width;
    pen.font = `400 11px ${settings.labelFont}`;
    const wide = Math.max(width, note ? pen.measureText(note).width : 0) + 18;
    const high = note ? 40 : 24;
    const left = beside(pen, data.x, data.size, wide, 5);
    const top = data.y - high / 2;
    pen.beginPath();
    pen.roundRect(left, top, wide, high, 6);
    pen.fillStyle = colours.raised;
    pen.strokeStyle = colours.line;
    pen.lineWidth = 1;
    pen.fill();
    pen.stroke();
    pen.beginPath();
    pen.arc(data.x, data.y, data.size + 2, 0, Math.PI * 2);
    pen.strokeStyle = colours.text;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.textBaseline = "middle";
    pen.fillStyle = colours.text;
    pen.font = `600 12px ${settings.labelFont}`;
    pen.fillText(text, left + 9, top + 13);
    if (!note) return;
    pen.fillStyle = colours.dim;
    pen.font = `400 11px ${settings.labelFont}`;
    pen.fillText(note, left + 9, top + 28);
  };
}

/** Hollow: the colour as a ring around nothing. */
const Ring = createNodeBorderProgram({ borders: [{ size: { value: 0.4 }, color: { attribute: "color" } }, { size: { fill: true }, color: { transparent: true } }] });

function settings(nodes: number, edges: number, room: number, theme: { text: string; dim: string; raised: string; line: string; font: string; surface: string }, covered: Covered, first: () => Labelled | undefined): Partial<Settings> {
  return {
    allowInvalidContainer: true,
    nodeProgramClasses: { circle: NodeCircleProgram, ring: Ring },
    defaultEdgeType: "arrow",
    renderEdgeLabels: edges <= FEW_EDGES,
    labelFont: theme.font,
    labelSize: 12,
    labelWeight: "500",
    labelColor: { color: theme.text },
    edgeLabelFont: theme.font,
    edgeLabelSize: 11,
    edgeLabelWeight: "400",
    edgeLabelColor: { color: theme.dim },
    labelRenderedSizeThreshold: nodes <= FEW_NODES ? 0 : LABEL_PX * room,
    labelDensity: nodes <= FEW_NODES ? 4 : 1,
    defaultDrawNodeLabel: labelOf(theme, covered, first),
    defaultDrawEdgeLabel: edgeLabelOf(theme, covered),
    defaultDrawNodeHover: cardOf({ ...theme }),
    minCameraRatio: 0.02,
    maxCameraRatio: 3,
    stagePadding: PADDING_PX,
    zIndex: true,
  };
}

/** Puts nodes and edges into the graph that is drawn, and takes the others out. True when who is joined to whom is not as before. */
function fill(graph: DirectedGraph, nodes: readonly GraphNode[], edges: readonly GraphEdge[], room: number): boolean {
  const faint = token("--line-strong");
  const bad = token("--bad");
  const most = Math.max(1e-9, ...nodes.map((n) => n.size ?? 0));
  const heaviest = Math.max(1e-9, ...edges.map((e) => Math.log1p(e.weight)));
  const kept = new Set(nodes.map((n) => n.id));
  const links = new Set(edges.map((e) => `${e.source}\n${e.target}`));
  let changed = false;
  for (const id of graph.nodes()) if (!kept.has(id)) changed = (graph.dropNode(id), true);
  for (const edge of graph.edges()) if (!links.has(edge)) changed = (graph.dropEdge(edge), true);
  const [least, largest] = nodes.length > CROWD ? CROWD_PX : NODE_PX;
  const [thin, thick] = nodes.length > CROWD ? CROWD_EDGE_PX : EDGE_PX;
  for (const node of nodes) {
    const size = room * (least + (largest - least) * Math.sqrt((node.size ?? 0) / most));
    const looks = { label: node.label.slice(0, LABEL_MAX), note: node.note, size, color: colourOf(node), type: isHollow(node.category ?? 0) ? "ring" : "circle" };
    if (graph.hasNode(node.id)) graph.mergeNodeAttributes(node.id, looks);
    else changed = (graph.addNode(node.id, { ...looks, ...startOf(node.id) }), true);
  }
  for (const edge of edges) {
    const key = `${edge.source}\n${edge.target}`;
    const size = thin + (thick - thin) * (Math.log1p(edge.weight) / heaviest);
    const looks = { label: edge.label?.slice(0, LABEL_MAX), size, color: edge.error ? bad : faint, zIndex: edge.error ? 1 : 0 };
    if (graph.hasEdge(key)) graph.mergeEdgeAttributes(key, looks);
    else changed = (graph.addDirectedEdgeWithKey(key, edge.source, edge.target, looks), true);
  }
  return changed;
}

/** Who is near the node under the pointer stays bright, all others step back. */
function reducers(drawn: Sigma, graph: DirectedGraph, chosen: () => string | undefined): void {
  const back = () => token("--surface");
  drawn.setSetting("nodeReducer", (id, data) => {
    const one = chosen();
    if (one === undefined || !graph.hasNode(one)) return data;
    if (id === one) return { ...data, zIndex: 2, forceLabel: true };
    return graph.areNeighbors(one, id) ? { ...data, zIndex: 1, forceLabel: true } : { ...data, color: mix(String(data["color"]), back(), 0.78), label: "" };
  });
  drawn.setSetting("edgeReducer", (id, data) => {
    const one = chosen();
    if (one === undefined || !graph.hasNode(one)) return data;
    return graph.hasExtremity(id, one) ? { ...data, zIndex: 2, forceLabel: true, color: mix(String(data["color"]), token("--accent"), 0.35) } : { ...data, hidden: true };
  });
}

/** What is written at a node, at its place on the screen. */
function labelled(drawn: Sigma, graph: DirectedGraph, id: string | undefined): Labelled | undefined {
  const data = id !== undefined && graph.hasNode(id) ? drawn.getNodeDisplayData(id) : undefined;
  return id !== undefined && data ? { ...data, key: id, ...drawn.framedGraphToViewport(data), size: drawn.scaleSize(data.size) } : undefined;
}

/** Where the camera stands for what the address has in sight. */
function looking(zoom: string | undefined): { x: number; y: number; ratio: number; angle: number } {
  const { k, x, y } = parseSight(zoom) ?? { k: 1, x: 0.5, y: 0.5 };
  return { x, y, ratio: 1 / k, angle: 0 };
}

/** The drawn graph. Loaded with the first graph that is shown. */
export default function GraphCanvas({ label, name, waiting, nodes, edges, layout, selected, zoom, onZoom, onOpen, onLost, control }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ sigma: Sigma; graph: DirectedGraph }>(undefined);
  const hovered = useRef<string>(undefined);
  const chosen = useRef(selected);
  const latest = useRef({ onOpen, onLost, onZoom, zoom });
  const told = useRef(zoom);
  const theme = useTheme();
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const links = joined(nodes, edges);
  const small = links.length <= FEW_EDGES;
  useEffect(() => {
    latest.current = { onOpen, onLost, onZoom, zoom };
    chosen.current = selected;
  });
  useImperativeHandle(control, () => {
    const camera = () => drawn.current?.sigma.getCamera();
    const duration = still ? 0 : MOVE_MS;
    return {
      zoom: (by) => void camera()?.animate({ ratio: (camera()?.ratio ?? 1) / by }, { duration }),
      fit: () => void camera()?.animate({ x: 0.5, y: 0.5, ratio: 1, angle: 0 }, { duration }),
      picture: () => {
        drawn.current?.sigma.refresh({ skipIndexation: true });
        return flattened(Object.values(drawn.current?.sigma.getCanvases() ?? {}));
      },
    };
  }, [still]);
  useEffect(() => {
    const target = box.current;
    if (!target) return undefined;
    const graph = new DirectedGraph({ type: "directed", multi: false });
    const looks = { text: token("--text"), dim: token("--text-2"), raised: token("--raised"), line: token("--line-strong"), font: token("--font"), surface: token("--surface") };
    const covered = new Covered();
    const sigma: Sigma = new Sigma(graph, target, settings(small ? 1 : FEW_NODES + 1, small ? 1 : FEW_EDGES + 1, roomOn(target), looks, covered, () => labelled(sigma, graph, hovered.current ?? chosen.current)));
    sigma.on("beforeRender", () => covered.clear());
    drawn.current = { sigma, graph };
    reducers(sigma, graph, () => hovered.current ?? chosen.current);
    const point = (id: string | undefined) => {
      hovered.current = id;
      target.style.cursor = id !== undefined && latest.current.onOpen ? "pointer" : "grab";
      sigma.refresh({ skipIndexation: true });
    };
    sigma.on("enterNode", ({ node }) => point(node));
    sigma.on("leaveNode", () => point(undefined));
    sigma.on("clickNode", ({ node }) => latest.current.onOpen?.(node));
    const camera = sigma.getCamera();
    camera.setState(looking(latest.current.zoom));
    let stop: (() => void) | undefined;
    camera.on("updated", ({ x, y, ratio }) => {
      stop?.();
      const text = sightText({ k: 1 / ratio, x, y });
      if (text !== told.current) stop = latest.current.onZoom({ zoom: text }, () => (told.current = text));
    });
    const lost = () => latest.current.onLost();
    target.addEventListener("webglcontextlost", lost, true);
    return () => {
      target.removeEventListener("webglcontextlost", lost, true);
      stop?.();
      drawn.current = undefined;
      sigma.kill();
    };
  }, [theme, small]);
  useEffect(() => {
    if (told.current === zoom) return;
    told.current = zoom;
    drawn.current?.sigma.getCamera().setState(looking(zoom));
  }, [zoom]);
  const grouped = nodes.some((n) => (n.category ?? -1) >= 0);
  const shape = JSON.stringify([layout, waiting, grouped, nodes.map((n) => n.id).sort(), links.map((e) => [e.source, e.target]).sort()]);
  const shrunk = useRef(1);
  const content = useRef({ nodes, links, grouped });
  useEffect(() => {
    content.current = { nodes, links, grouped };
  });
  useEffect(() => {
    const at = drawn.current;
    const canvas = box.current;
    if (!at || !canvas) return undefined;
    const now = content.current;
    fill(at.graph, now.nodes, now.links, roomOn(canvas));
    const put = (positions: Positions) => {
      canvas.dataset["placed"] = "true";
      at.graph.updateEachNodeAttributes((id, data) => ({ ...data, ...positions[id] }));
    };
    if (layout === "layers") {
      shrunk.current = 1;
      put(layered(now.nodes, now.links, canvas.clientWidth / canvas.clientHeight));
      return undefined;
    }
    const radius = Object.fromEntries(at.graph.mapNodes((id, data) => [id, Number(data["size"])]));
    const sized = (scale: number) => {
      shrunk.current = scale;
      fill(at.graph, content.current.nodes, content.current.links, roomOn(canvas) * scale);
    };
    const kept = placesOf(name);
    const known = now.nodes.filter((n) => kept?.positions[n.id]);
    const from = kept && known.length >= KNOWN_MIN * now.nodes.length && (waiting || kept.grouped === now.grouped) ? kept.positions : undefined;
    if (from && kept && !canvas.dataset["placed"]) {
      const middle = { x: known.reduce((sum, n) => sum + (from[n.id]?.x ?? 0), 0) / known.length, y: known.reduce((sum, n) => sum + (from[n.id]?.y ?? 0), 0) / known.length };
      sized(kept.scale);
      put(Object.fromEntries(now.nodes.map((n) => [n.id, from[n.id] ?? middle])));
    }
    if (waiting) return undefined;
    let stop: (() => void) | undefined;
    const move = (positions: Positions, scale: number, done: boolean) => {
      stop?.();
      sized(scale);
      const there = Object.fromEntries(Object.entries(positions).filter(([id]) => at.graph.hasNode(id)));
      if (still || !canvas.dataset["placed"]) put(there);
      else stop = animateNodes(at.graph, there, { duration: MOVE_MS });
      if (done) keepPlaces(name, { positions, scale, grouped: now.grouped });
    };
    const group = now.grouped ? Object.fromEntries(now.nodes.map((n) => [n.id, n.category ?? -1])) : undefined;
    const end = place(now.nodes, now.links, { radius, canvas: { wide: canvas.clientWidth, high: canvas.clientHeight, padding: PADDING_PX }, group, from }, move);
    return () => {
      end();
      stop?.();
    };
  }, [shape, layout, waiting, name, still, theme, small]);
  useEffect(() => {
    if (drawn.current) fill(drawn.current.graph, nodes, links, roomOn(box.current) * shrunk.current);
  });
  useEffect(() => {
    drawn.current?.sigma.refresh({ skipIndexation: true });
  }, [selected]);
  return <div ref={box} className={css.canvas} role="img" aria-label={label} />;
}
