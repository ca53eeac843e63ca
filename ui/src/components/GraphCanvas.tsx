import { createNodeBorderProgram } from "@sigma/node-border";
import DirectedGraph from "graphology";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import Sigma from "sigma";
import { NodeCircleProgram } from "sigma/rendering";
import type { EdgeLabelDrawingFunction, NodeHoverDrawingFunction, NodeLabelDrawingFunction } from "sigma/rendering";
import type { Settings } from "sigma/settings";
import { animateNodes } from "sigma/utils";
import { parseSight, sightText } from "@/lib/address";
import { beside, frameOf, type Frame } from "@/lib/beside";
import { mix } from "@/lib/colour";
import { around, Covered, toName } from "@/lib/covered";
import { flattened } from "@/lib/download";
import { GAP_PX, joined, layered, startOf, type GraphEdge, type GraphNode, type Positions } from "@/lib/graph";
import { categoryOf, categoryToken, isHollow, REST_TOKEN, WORK_TOKEN, type Work } from "@/lib/palette";
import { isState } from "@/lib/states";
import { token, useTheme } from "@/lib/theme";
import { useMedia } from "@/lib/use";
import { place } from "./graphWork";
import { keepPlaces, placesOf } from "./places";
import css from "./Graph.module.css";

export type GraphControl = { zoom: (by: number) => void; fit: () => void; picture: () => HTMLCanvasElement | undefined };

type Layout = "layers" | "force";

type Props = {
  label: string;
  /** Under which its places are kept. */
  name: string;
  /** How often it was asked to arrange all anew. */
  anew: number;
  /** Who belongs together is not known yet: nothing is placed until it is. */
  waiting: boolean;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  /** By default the size decides. */
  layout?: Layout;
  /** How many stand in the drawing that came after it was arranged. */
  onCame: (came: number) => void;
  selected?: string;
  /** What is in sight, as the address has it, and how it is told there once it stands still; returns what calls it off. */
  zoom: string | undefined;
  onZoom: (change: { zoom: string | undefined }, done: () => void) => () => void;
  onOpen?: (id: string) => void;
  onLost: () => void;
  control: Ref<GraphControl>;
};

const FEW_EDGES = 40;
const NODE_PX = [5, 20] as const;
/** Where there are so many that larger ones would hide each other. */
const CROWD = 60;
const CROWD_PX = [2.5, 9] as const;
const EDGE_PX = [1, 6] as const;
/** Among many, with heads that have room between two nodes. */
const CROWD_EDGE_PX = [0.6, 2.2] as const;
/** How far the colour of a community steps back for its arrows. */
const INSIDE_FAINT = 0.45;
/** Kept free around the drawing, for names, on a canvas that is wide. */
const PADDING_PX = 46;
/** Up to so many are drawn in layers, where nothing else is said. */
const LAYERS_MAX = 40;
/** A drawing of an earlier look is gone on with where so large a share of all was arranged in it. */
const KNOWN_MIN = 0.6;
/** A handful has no places to be remembered yet: once twice as many are there, all are arranged anew. From here on nobody is moved but on request. */
const HANDFUL = 12;
/** So much of their size nodes have at least, where layers are long. */
const LAYER_SCALE_MIN = 0.4;
/** Of the space between two layers, how much there is at least where there is one layer only; as a share of the height. */
const ONE_LAYER = 0.3;
/** So many names are tried in one picture, those of the largest in sight. */
const NAMES_MAX = 200;
const LABEL_MAX = 48;
/** On a canvas of so many pixels side by side nodes are as large as they are meant; on a narrower one they are smaller with it, down to half. */
const ROOMY_PX = 600;
/** An arrow is so many times as long as its label, or goes without: labels of short ones would hide each other. */
const EDGE_LABEL_ROOM = 1.5;
const MOVE_MS = 240;

function roomOn(canvas: HTMLElement | null): number {
  return canvas ? Math.min(1, Math.max(0.5, canvas.clientWidth / ROOMY_PX)) : 1;
}

/** What is kept free around the drawing; a narrow canvas has less to give. */
function paddingOn(canvas: HTMLElement | null): number {
  return Math.round(PADDING_PX * roomOn(canvas));
}

function colourOf(node: GraphNode): string {
  if (node.category !== undefined) return token(node.category < 0 ? REST_TOKEN : categoryToken(node.category));
  if (node.state && isState(node.state)) return token(`--state-${node.state}`);
  if (node.kind && node.kind in WORK_TOKEN) return token(WORK_TOKEN[node.kind as Work]);
  return token(categoryToken(categoryOf(node.kind ?? "")));
}

/** Where a text of `wide` pixels beside a node begins: at its right, or at its left where it would be cut off. */
function startBeside(pen: CanvasRenderingContext2D, x: number, size: number, wide: number, gap: number): number {
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

type Labelled = Parameters<NodeLabelDrawingFunction>[1] & { key: string };

/** What is written in one picture: dots first take their places, then names in the order of `names`. */
type Written = { covered: Covered; begun: boolean; names: () => Iterable<Labelled>; dots: () => Iterable<{ x: number; y: number; radius: number }> };

/** The name beside a node, where it covers neither a dot nor another name; not at all where there is no such place: it stands in the card, and in the table. */
function labelOf(colours: { text: string; surface: string }, written: Written): NodeLabelDrawingFunction {
  const draw: NodeLabelDrawingFunction = (pen, data, settings) => {
    if (!data.label) return;
    pen.font = `${settings.labelWeight} ${settings.labelSize}px ${settings.labelFont}`;
    const wide = pen.measureText(data.label).width;
    const high = settings.labelSize + 2;
    const places = around({ x: data.x, y: data.y, radius: data.size }, wide, high, 4);
    const { clientWidth, clientHeight } = pen.canvas;
    const free = places.find(([x, y]) => x >= 0 && x + wide <= clientWidth && y >= high / 2 && y + high / 2 <= clientHeight && written.covered.take(x - 3, y, wide + 6, high)); // as wide as its patch
    if (free) patched(pen, data.label, ...free, settings.labelSize, colours);
  };
  // The drawing library names one node a square of its canvas, square by square: with the first of them all are written, in our order.
  return (pen, _, settings) => {
    if (written.begun) return;
    written.begun = true;
    for (const dot of written.dots()) written.covered.dot(dot);
    for (const one of written.names()) draw(pen, one, settings);
  };
}

/** What flows over an arrow, at its middle; left out where the arrow is too short for it. */
function edgeLabelOf(colours: { dim: string; surface: string }, { covered }: Written): EdgeLabelDrawingFunction {
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
    const left = startBeside(pen, data.x, data.size, wide, 5);
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

/** Hollow: the colour as a ring around the ground, which hides the arrows below. */
const Ring = createNodeBorderProgram({ borders: [{ size: { value: 0.4 }, color: { attribute: "color" } }, { size: { fill: true }, color: { attribute: "ground" } }] });

function settings(edges: number, room: number, theme: { text: string; dim: string; raised: string; line: string; font: string; surface: string }, written: Written): Partial<Settings> {
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
    labelRenderedSizeThreshold: 0,
    defaultDrawNodeLabel: labelOf(theme, written),
    defaultDrawEdgeLabel: edgeLabelOf(theme, written),
    defaultDrawNodeHover: cardOf({ ...theme }),
    minCameraRatio: 0.02,
    maxCameraRatio: 3,
    stagePadding: Math.round(PADDING_PX * room),
    zIndex: true,
  };
}

/** Puts nodes and edges into the graph that is drawn, and takes the others out. True when who is joined to whom is not as before. */
function fill(graph: DirectedGraph, nodes: readonly GraphNode[], edges: readonly GraphEdge[], room: number): boolean {
  const faint = token("--line-strong");
  const bad = token("--bad");
  const ground = token("--surface");
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
    const looks = { label: node.label.slice(0, LABEL_MAX), note: node.note, size, color: colourOf(node), ground, type: isHollow(node.category ?? 0) ? "ring" : "circle" };
    if (graph.hasNode(node.id)) graph.mergeNodeAttributes(node.id, looks);
    else changed = (graph.addNode(node.id, { ...looks, ...startOf(node.id) }), true);
  }
  // What stays inside a community is of its colour: an arrow that passes behind others is no arrow to them.
  const category = new Map(nodes.map((n) => [n.id, n.category ?? -1]));
  const colour = new Map(nodes.map((n) => [n.id, mix(colourOf(n), ground, INSIDE_FAINT)]));
  const inside = (edge: GraphEdge) => (category.get(edge.source) ?? -1) >= 0 && category.get(edge.source) === category.get(edge.target);
  for (const edge of edges) {
    const key = `${edge.source}\n${edge.target}`;
    const size = thin + (thick - thin) * (Math.log1p(edge.weight) / heaviest);
    const looks = { label: edge.label?.slice(0, LABEL_MAX), size, color: edge.error ? bad : inside(edge) ? (colour.get(edge.source) ?? faint) : faint, zIndex: edge.error ? 1 : 0 };
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
function labelled(drawn: Sigma, id: string): Labelled | undefined {
  const data = drawn.getNodeDisplayData(id);
  return data ? { ...data, key: id, ...drawn.framedGraphToViewport(data), size: drawn.scaleSize(data.size) } : undefined;
}

/** What is written at the nodes in sight, in its order. */
function namesOf(drawn: Sigma, graph: DirectedGraph, chosen: string | undefined): Labelled[] {
  const { width, height } = drawn.getDimensions();
  return toName(graph.nodes().flatMap((id) => labelled(drawn, id) ?? []), chosen, { wide: width, high: height }).slice(0, NAMES_MAX);
}

/** Every dot, at its place on the screen. */
function* dotsOf(drawn: Sigma, graph: DirectedGraph): Iterable<{ x: number; y: number; radius: number }> {
  for (const id of graph.nodes()) {
    const data = drawn.getNodeDisplayData(id);
    if (data) yield { ...drawn.framedGraphToViewport(data), radius: drawn.scaleSize(data.size) };
  }
}

/** How all stand: under which name and how often asked for, where everybody stood who was there since, who came after the rest was arranged, how much of their size nodes have, and the part of the plane that is in sight. */
type Standing = { name: string; anew: number; positions: Positions; came: Set<string>; scale: number; frame: Frame; layout: Layout };

/** What is in sight of a drawing in such a frame, with room for names at the sides, while the camera shows all of it. */
function roomOf(sigma: Sigma, canvas: HTMLElement): Frame {
  const whole = { cameraState: { x: 0.5, y: 0.5, ratio: 1, angle: 0 } };
  const free = paddingOn(canvas);
  const [a, b] = [sigma.viewportToGraph({ x: free, y: free / 2 }, whole), sigma.viewportToGraph({ x: canvas.clientWidth - free, y: canvas.clientHeight - free / 2 }, whole)];
  return { x: [Math.min(a.x, b.x), Math.max(a.x, b.x)], y: [Math.min(a.y, b.y), Math.max(a.y, b.y)] };
}

/** How much of their size nodes have that stand in layers, so that none covers the one below it. `high`: of the drawing, in pixels. */
function layerScale(positions: Positions, radius: (id: string) => number, high: number): number {
  const { y } = frameOf(positions);
  const unit = Math.max(1e-9, y[1] - y[0]) / Math.max(1, high); // of a pixel
  const layers = new Map<number, string[]>();
  for (const [id, { x }] of Object.entries(positions)) layers.set(x, [...(layers.get(x) ?? []), id]);
  let scale = 1;
  for (const ids of layers.values()) {
    ids.sort((a, b) => (positions[a]?.y ?? 0) - (positions[b]?.y ?? 0));
    ids.slice(1).forEach((id, i) => {
      const before = ids[i] ?? id;
      const gap = ((positions[id]?.y ?? 0) - (positions[before]?.y ?? 0)) / unit;
      scale = Math.min(scale, Math.max(0, gap - 2) / (radius(id) + radius(before)));
    });
  }
  return Math.max(LAYER_SCALE_MIN, scale);
}

/** How far apart layers stand; 0 where there are none. */
function layerGap({ layout, positions, frame }: Standing): number {
  if (layout === "force") return 0;
  const across = [...new Set(Object.values(positions).map(({ x }) => x))].sort((a, b) => a - b);
  const gaps = across.slice(1).map((x, i) => x - (across[i] ?? 0));
  return gaps.length > 0 ? Math.min(...gaps) : ONE_LAYER * Math.max(1, frame.y[1] - frame.y[0]);
}

/** Where the camera stands for what the address has in sight. */
function looking(zoom: string | undefined): { x: number; y: number; ratio: number; angle: number } {
  const { k, x, y } = parseSight(zoom) ?? { k: 1, x: 0.5, y: 0.5 };
  return { x, y, ratio: 1 / k, angle: 0 };
}

/** The drawn graph. Loaded with the first graph that is shown. */
export default function GraphCanvas({ label, name, anew, waiting, nodes, edges, layout, onCame, selected, zoom, onZoom, onOpen, onLost, control }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ sigma: Sigma; graph: DirectedGraph }>(undefined);
  const hovered = useRef<string>(undefined);
  const chosen = useRef(selected);
  const latest = useRef({ onOpen, onLost, onZoom, onCame, zoom });
  const told = useRef(zoom);
  const theme = useTheme();
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const links = joined(nodes, edges);
  const small = links.length <= FEW_EDGES;
  useEffect(() => {
    latest.current = { onOpen, onLost, onZoom, onCame, zoom };
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
    const written: Written = { covered: new Covered(), begun: false, names: () => namesOf(sigma, graph, hovered.current ?? chosen.current), dots: () => dotsOf(sigma, graph) };
    const sigma: Sigma = new Sigma(graph, target, settings(small ? 1 : FEW_EDGES + 1, roomOn(target), looks, written));
    sigma.on("beforeRender", () => {
      written.covered.clear();
      written.begun = false;
    });
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
  const shape = JSON.stringify([name, anew, layout, waiting, grouped, nodes.map((n) => n.id).sort(), links.map((e) => [e.source, e.target]).sort()]);
  const shrunk = useRef(1);
  const standing = useRef<Standing>(undefined);
  /** What is asked to be arranged anew, whatever is kept of it. */
  const refused = useRef<{ name: string; anew: number }>(undefined);
  const content = useRef({ nodes, links, grouped });
  useEffect(() => {
    content.current = { nodes, links, grouped };
  });
  useEffect(() => {
    const at = drawn.current;
    const canvas = box.current;
    if (!at || !canvas) return undefined;
    const now = content.current;
    const sized = (scale: number) => {
      shrunk.current = scale;
      fill(at.graph, content.current.nodes, content.current.links, roomOn(canvas) * scale);
    };
    const put = (positions: Positions, frame: Frame) => {
      canvas.dataset["placed"] = "true";
      at.sigma.setCustomBBox(frame);
      at.graph.updateEachNodeAttributes((id, data) => ({ ...data, ...positions[id] }));
    };
    /** All stand where they stood; who came since stands beside those it works with. */
    const settle = (one: Standing) => {
      sized(one.scale);
      const strangers = now.nodes.filter((n) => !one.positions[n.id]).map((n) => n.id);
      put(one.positions, one.frame);
      if (strangers.length > 0) {
        at.sigma.refresh(); // the frame holds from now on
        const room = roomOf(at.sigma, canvas);
        const unit = (room.x[1] - room.x[0]) / Math.max(1, canvas.clientWidth - 2 * paddingOn(canvas)); // of a pixel
        const radius = (id: string) => unit * Number(at.graph.hasNode(id) ? at.graph.getNodeAttribute(id, "size") : 0);
        one.positions = { ...one.positions, ...beside({ ids: strangers, edges: now.links, positions: one.positions, radius, gap: GAP_PX * unit, room, onwards: layerGap(one) }) };
        strangers.forEach((id) => one.came.add(id));
        put(one.positions, one.frame);
      }
      latest.current.onCame(now.nodes.filter((n) => one.came.has(n.id)).length);
    };
    const keep = (one: Standing) => one.layout === "force" && keepPlaces(name, { positions: one.positions, came: [...one.came], scale: one.scale, grouped: now.grouped });
    const arranged = (one: Pick<Standing, "positions" | "came">) => now.nodes.filter((n) => one.positions[n.id] && !one.came.has(n.id)).length;
    const last = standing.current;
    const before = last?.name === name && last.anew === anew ? last : undefined;
    if (last?.name === name && last.anew !== anew) refused.current = { name, anew };
    if (before && (arranged(before) >= HANDFUL || now.nodes.length < 2 * arranged(before))) {
      settle(before);
      keep(before);
      return undefined;
    }
    standing.current = undefined;
    const refuses = refused.current?.name === name && refused.current.anew === anew;
    const found = layout === "layers" || refuses ? undefined : placesOf(name);
    const kept: Standing | undefined = found && { ...found, came: new Set(found.came), name, anew, frame: frameOf(Object.fromEntries(now.nodes.flatMap(({ id }) => (found.positions[id] ? [[id, found.positions[id]]] : [])))), layout: "force" }; // who left takes no room
    if (found && kept && !before && arranged(kept) >= KNOWN_MIN * now.nodes.length && (waiting || found.grouped === now.grouped)) {
      settle(kept);
      if (!waiting) standing.current = kept;
      return undefined;
    }
    fill(at.graph, now.nodes, now.links, roomOn(canvas));
    if (waiting) return undefined;
    if ((layout ?? (now.nodes.length <= LAYERS_MAX ? "layers" : "force")) === "layers") {
      const positions = layered(now.nodes, now.links, canvas.clientWidth / canvas.clientHeight);
      standing.current = { name, anew, positions, came: new Set(), scale: layerScale(positions, (id) => Number(at.graph.getNodeAttribute(id, "size")), canvas.clientHeight - 2 * paddingOn(canvas)), frame: frameOf(positions), layout: "layers" };
      settle(standing.current);
      return undefined;
    }
    const radius = Object.fromEntries(at.graph.mapNodes((id, data) => [id, Number(data["size"])]));
    let stop: (() => void) | undefined;
    const move = (positions: Positions, scale: number, done: boolean) => {
      stop?.();
      sized(scale);
      const there = Object.fromEntries(Object.entries(positions).filter(([id]) => at.graph.hasNode(id)));
      const frame = frameOf(positions);
      if (still || !canvas.dataset["placed"]) put(there, frame);
      else {
        at.sigma.setCustomBBox(frame);
        stop = animateNodes(at.graph, there, { duration: MOVE_MS });
      }
      if (!done) return;
      standing.current = { name, anew, positions, came: new Set(), scale, frame, layout: "force" };
      latest.current.onCame(0);
      keep(standing.current);
    };
    const group = now.grouped ? Object.fromEntries(now.nodes.map((n) => [n.id, n.category ?? -1])) : undefined;
    const end = place(now.nodes, now.links, { radius, canvas: { wide: canvas.clientWidth, high: canvas.clientHeight, padding: paddingOn(canvas) }, group }, move);
    return () => {
      end();
      stop?.();
    };
  }, [shape, anew, layout, waiting, name, still, theme, small]);
  useEffect(() => {
    if (drawn.current) fill(drawn.current.graph, nodes, links, roomOn(box.current) * shrunk.current);
  });
  useEffect(() => {
    drawn.current?.sigma.refresh({ skipIndexation: true });
  }, [selected]);
  return <div ref={box} className={css.canvas} role="img" aria-label={label} />;
}
