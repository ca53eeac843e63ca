import { Lasso, Maximize, Minus, Plus } from "lucide-react";
import { memo, useCallback, useEffect, useMemo, useRef, useState, type PointerEvent as Press, type RefObject } from "react";
import type { LiveFleet } from "@/api/fleet";
import { StateBadge } from "@/components/Badge";
import { IconButton } from "@/components/Button";
import { SaveChart } from "@/components/SaveChart";
import { useMoving } from "@/components/told";
import { cameraOf, lassoed, lassoText, parseSight, sightOf, sightText } from "@/lib/address";
import { flattened } from "@/lib/download";
import { count, money, plural, quantile } from "@/lib/format";
import { closeUp, groupAt, hit, hive, kept, WHOLE, zoomed, type Camera, type Hive, type HiveGroup } from "@/lib/hive";
import { STATES } from "@/lib/states";
import { token, useTheme } from "@/lib/theme";
import { useSize } from "@/lib/use";
import css from "./FleetMap.module.css";
import { marksOf } from "./marks";
import { flat, webgl, type Look, type Painter } from "./painter";

type Props = {
  fleet: LiveFleet;
  /** What the groups are made by, for the label. */
  by: string;
  nameOf: (line: number) => string;
  /** Lines in the order in which they stand in their groups. */
  order: ArrayLike<number>;
  /** Rises when `nameOf` or `order` place somebody elsewhere. */
  placed: string;
  /** Only these are bright; undefined: all. */
  bright: ReadonlySet<number> | undefined;
  /** The line to go to, and how often that was asked for. */
  goal: { line: number; times: number } | undefined;
  onOpen: (agent: string) => void;
  onGroup: (group: string) => void;
  /** Whom a line was drawn around, and the line as text of an address. */
  onLasso: (lines: number[], lasso: string) => void;
};

const STEP = 1.6;
const LASSO_MIN_PX = 6;
const LABELS_MAX = 160;

function lookOf(states: readonly string[]): Look {
  return { colours: states.map((state) => token(`--state-${state}`)), ring: token("--text"), error: token("--warn"), ground: token("--surface") };
}

/** A canvas with a painter on it; the plain one where WebGL is missing or gave up. */
function usePainter(onReady: () => void) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter>(undefined);
  const [lost, setLost] = useState(false);
  const ready = useRef(onReady);
  useEffect(() => {
    ready.current = onReady;
  });
  useEffect(() => {
    const target = canvas.current;
    if (!target) return undefined;
    painter.current = (lost ? undefined : webgl(target)) ?? flat(target);
    ready.current();
    const give = (event: Event) => {
      event.preventDefault();
      setLost(true);
    };
    target.addEventListener("webglcontextlost", give);
    return () => {
      target.removeEventListener("webglcontextlost", give);
      painter.current?.end();
      painter.current = undefined;
    };
  }, [lost]);
  return { canvas, painter, lost };
}

/** The whole fleet at a glance: one cell per agent, coloured and shaped by what it does. The list is its twin for keyboards. */
export function FleetMap({ fleet, by, nameOf, order, placed, bright, goal, onOpen, onGroup, onLasso }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height, zoom: large } = useSize(box);
  const theme = useTheme();
  const [sight, setSight] = useMoving("zoom");
  const [over, setOver] = useState<{ line: number; x: number; y: number }>();
  const [lasso, setLasso] = useState(false);
  const [outline, setOutline] = useState<number[]>();
  const drag = useRef<{ x: number; y: number; camera: Camera; moved: boolean }>(undefined);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- `placed` says when cells move; the names and the order are new with every update
  const map = useMemo(() => hive(nameOf, order, Math.max(60, width), Math.max(120, height)), [placed, width, height]);
  const camera = useMemo(() => {
    const seen = parseSight(sight);
    return seen && seen.k > 1 ? kept(cameraOf(seen, map), map) : WHOLE;
  }, [sight, map]);
  const latest = useRef({ camera, onGroup });
  useEffect(() => {
    latest.current = { camera, onGroup };
  });
  const setCamera = useCallback((next: Camera) => setSight(sightText(sightOf(next, map))), [setSight, map]);
  const [fresh, setFresh] = useState(0);
  const { canvas, painter, lost } = usePainter(() => setFresh((n) => n + 1));
  const marks = useMemo(() => marksOf(fleet, bright), [fleet, bright]);
  const state = fleet.columns.state;
  const newest = useRef({ state, marks });
  useEffect(() => {
    newest.current = { state, marks };
  });
  useEffect(() => {
    painter.current?.place({ ...map, ...newest.current });
  }, [painter, map, fresh]);
  useEffect(() => {
    painter.current?.change({ ...map, state, marks });
  }, [painter, map, state, marks, fresh]);
  // Reading colours asks the browser for styles, so they are read once per theme.
  const { states } = fleet.columns;
  const statesText = states.join(" ");
  // eslint-disable-next-line react-hooks/exhaustive-deps -- tokens follow the theme
  const look = useMemo(() => lookOf(statesText.split(" ")), [statesText, theme]);
  useEffect(() => {
    const target = canvas.current;
    if (!target || width === 0) return;
    const ratio = (window.devicePixelRatio || 1) * large;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (target.width !== wide || target.height !== high) Object.assign(target, { width: wide, height: high });
    painter.current?.draw(camera, width, height, ratio, look);
  }, [painter, canvas, map, state, marks, camera, width, height, large, look, fresh]);
  const [met, setMet] = useState(goal?.times);
  if (goal && goal.times !== met) {
    setMet(goal.times);
    setCamera(closeUp(map, goal.line));
  }
  // The same function each time, so that labels are drawn anew only when the map is another.
  const pick = useCallback((group: string) => latest.current.onGroup(group), []);
  const zoom = (times: number) => setCamera(zoomed(camera, map, times, width / 2, height / 2));
  useEffect(() => {
    const target = box.current;
    if (!target) return undefined;
    // React listens passively for wheels, where the page could not be kept from zooming as well.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const bounds = target.getBoundingClientRect();
      // Wheels turn faster than pages are drawn: each turn goes on from the one before.
      latest.current.camera = zoomed(latest.current.camera, map, Math.exp(-event.deltaY / 200), (event.clientX - bounds.left) / large, (event.clientY - bounds.top) / large);
      setCamera(latest.current.camera);
    };
    target.addEventListener("wheel", wheel, { passive: false });
    return () => target.removeEventListener("wheel", wheel);
  }, [map, setCamera, large]);
  const where = (event: Press) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: (event.clientX - bounds.left) / large, y: (event.clientY - bounds.top) / large };
  };
  const world = ({ x, y }: { x: number; y: number }) => ({ x: camera.x + x / camera.k, y: camera.y + y / camera.k });
  const down = (event: Press) => {
    if (event.button !== 0) return;
    drag.current = { ...where(event), camera, moved: false };
    if (lasso || event.pointerType === "mouse") event.currentTarget.setPointerCapture(event.pointerId);
    if (lasso || (event.pointerType === "mouse" && camera.k === 1)) setOutline([drag.current.x, drag.current.y]);
  };
  const move = (event: Press) => {
    const at = where(event);
    const from = drag.current;
    if (from && Math.hypot(at.x - from.x, at.y - from.y) > LASSO_MIN_PX) from.moved = true;
    if (from && outline) setOutline([...outline, at.x, at.y]);
    else if (from) setCamera(kept({ ...from.camera, x: from.camera.x - (at.x - from.x) / camera.k, y: from.camera.y - (at.y - from.y) / camera.k }, map));
    else {
      const seen = world(at);
      const line = hit(map, seen.x, seen.y);
      setOver(line >= 0 ? { line, ...at } : undefined);
    }
  };
  const up = (event: Press) => {
    const from = drag.current;
    drag.current = undefined;
    setOutline(undefined);
    if (from?.moved && outline) {
      const around: number[] = [];
      for (let i = 0; i + 1 < outline.length; i += 2) {
        const at = world({ x: outline[i] ?? 0, y: outline[i + 1] ?? 0 });
        around.push(at.x, at.y);
      }
      const lasso = lassoText(around, map);
      onLasso(lassoed(lasso, nameOf, order) ?? [], lasso);
    } else if (from && !from.moved) {
      const at = world(where(event));
      const line = hit(map, at.x, at.y);
      const group = groupAt(map, at.x, at.y);
      if (line >= 0) onOpen(fleet.columns.agent[line] ?? "");
      else if (group) onGroup(group.name);
    }
  };
  /** What is in sight as one canvas, with the names of the groups. */
  const picture = () => {
    const target = canvas.current;
    if (!target) return undefined;
    const ratio = (window.devicePixelRatio || 1) * large;
    painter.current?.draw(camera, width, height, ratio, look);
    const whole = flattened([target]);
    const pen = whole?.getContext("2d");
    if (!pen) return undefined;
    pen.scale(ratio, ratio);
    pen.fillStyle = token("--text-2");
    pen.font = `600 11px ${token("--font")}`;
    pen.textBaseline = "top";
    for (const group of map.groups) if (group.head > 0) pen.fillText(`${group.name}  ${count(group.lines.length)}`, (group.x - camera.x) * camera.k + 3, (group.y - camera.y) * camera.k + 3, Math.max(1, group.w * camera.k - 6));
    return whole;
  };
  const acts = useRef<Acts>(undefined);
  useEffect(() => {
    acts.current = { zoom, whole: () => setCamera(WHOLE), picture, records: () => told(fleet, nameOf) };
  });
  const leave = () => {
    drag.current = undefined;
    setOver(undefined);
    setOutline(undefined);
  };
  return (
    <div className={css.frame}>
      <div ref={box} className={css.map} data-lasso={lasso || undefined} data-near={camera.k > 1 || undefined}>
        <canvas
          key={lost ? "flat" : "webgl"}
          ref={canvas}
          role="img"
          aria-label={`Map of ${plural(state.length, "agent")} by ${by}; the list shows the same`}
          onPointerDown={down}
          onPointerMove={move}
          onPointerUp={up}
          onPointerLeave={leave}
          onPointerCancel={leave}
        />
        <Labels map={map} camera={camera} onPick={pick} />
        {outline && outline.length > 4 && (
          <svg className={css.lasso} aria-hidden="true">
            <polygon points={outline.join(" ")} />
          </svg>
        )}
        {over && !outline && <Card fleet={fleet} line={over.line} group={nameOf(over.line)} left={Math.min(over.x + 14, Math.max(0, width - 270))} top={over.y + 100 > height ? over.y - 96 : over.y + 14} />}
      </div>
      <Foot by={by} lasso={lasso} whole={camera.k === 1} onLasso={setLasso} acts={acts} />
    </div>
  );
}

/** What the buttons below the map do to it as it is now. */
type Acts = { zoom: (times: number) => void; whole: () => void; picture: () => HTMLCanvasElement | undefined; records: () => Record<string, unknown>[] };
type FootProps = { by: string; lasso: boolean; whole: boolean; onLasso: (on: boolean) => void; acts: RefObject<Acts | undefined> };

/** The legend and the buttons, which stay while the fleet moves. */
const Foot = memo(function Foot({ by, lasso, whole, onLasso, acts }: FootProps) {
  return (
    <div className={css.foot}>
      <span className={css.legend}>
        {STATES.map((one) => (
          <StateBadge key={one} state={one} />
        ))}
        <span className={css.erring} title="Some of its spans of the last minute failed, whatever it does; a state that is trouble tells of them itself">
          errors
        </span>
      </span>
      <div className={css.tools}>
        <IconButton label="Draw around agents to select them" on={lasso} onClick={() => onLasso(!lasso)}>
          <Lasso aria-hidden="true" />
        </IconButton>
        <IconButton label="Nearer" onClick={() => acts.current?.zoom(STEP)}>
          <Plus aria-hidden="true" />
        </IconButton>
        <IconButton label="Farther" onClick={() => acts.current?.zoom(1 / STEP)} disabled={whole}>
          <Minus aria-hidden="true" />
        </IconButton>
        <IconButton label="All of it" onClick={() => acts.current?.whole()} disabled={whole}>
          <Maximize aria-hidden="true" />
        </IconButton>
        <SaveChart up label={`Fleet by ${by}`} canvas={() => acts.current?.picture()} records={() => acts.current?.records() ?? []} legend={[...STATES.map((one) => ({ label: one, token: `--state-${one}` })), { label: "errors", token: "--warn" }]} />
      </div>
    </div>
  );
});

/** The agents of the map as records. */
function told({ columns }: LiveFleet, nameOf: (line: number) => string): Record<string, unknown>[] {
  return columns.agent.map((agent, line) => ({ agent, name: columns.name[line], group: nameOf(line), state: columns.states[columns.state[line] ?? -1], model: columns.model[line], node: columns.node[line], spans: columns.spans[line], errors: columns.errors[line], cost_usd: columns.cost_usd[line] }));
}

/** Names of groups; a press takes the whole group. */
const Labels = memo(function Labels({ map, camera, onPick }: { map: Hive; camera: Camera; onPick: (group: string) => void }) {
  const shown: HiveGroup[] = map.groups.filter((g) => g.head > 0).slice(0, LABELS_MAX);
  return (
    <div className={css.labels}>
      {shown.map((group) => (
        <button
          key={group.name}
          type="button"
          title={`Select ${plural(group.lines.length, "agent")} of ${group.name}`}
          style={{ left: (group.x - camera.x) * camera.k + 3, top: (group.y - camera.y) * camera.k, maxWidth: group.w * camera.k - 3 }}
          onClick={() => onPick(group.name)}
        >
          <bdi>{group.name}</bdi> <span className="num">{count(group.lines.length)}</span>
        </button>
      ))}
    </div>
  );
});

function Card({ fleet, line, group, left, top }: { fleet: LiveFleet; line: number; group: string; left: number; top: number }) {
  const { columns } = fleet;
  const p95 = columns.latency_p95_ms[line];
  return (
    <div className={css.card} style={{ left, top }}>
      <strong className="foreign">{columns.name[line] || columns.agent[line]}</strong>
      <div className={css.pair}>
        <StateBadge state={columns.states[columns.state[line] ?? -1] ?? ""} />
        <span className="dim foreign clip">{[group, columns.model[line]].filter((text, i, all) => text && all.indexOf(text) === i).join(" · ")}</span>
      </div>
      <span className="dim num">
        {count(columns.spans[line])} spans · {plural(columns.errors[line] ?? 0, "error")} · p95 {quantile(p95 === undefined || Number.isNaN(p95) ? null : p95 * 1e6)} · {money(columns.cost_usd[line])} a minute
      </span>
      {columns.node[line] && <span className="dim foreign">on {columns.node[line]}</span>}
    </div>
  );
}
