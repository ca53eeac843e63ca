import { useEffect, useMemo, useRef, useState } from "react";
import type { LiveFleet } from "@/api/fleet";
import { count, duration, money } from "@/lib/format";
import { hit, hive, place, type Hive } from "@/lib/hive";
import { STATES, stateRank } from "@/lib/states";
import { token, useTheme } from "@/lib/theme";
import { useSize } from "@/lib/use";
import { StateBadge } from "./Badge";
import css from "./FleetMap.module.css";

export type Grouping = "kind" | "model" | "service" | "state";

type Props = { fleet: LiveFleet; by: Grouping; onOpen: (agent: string) => void };

function hexagon(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  for (let i = 0; i < 6; i += 1) {
    const angle = (Math.PI / 3) * i + Math.PI / 6;
    const to = [x + radius * Math.cos(angle), y + radius * Math.sin(angle)] as const;
    if (i === 0) pen.moveTo(...to);
    else pen.lineTo(...to);
  }
  pen.closePath();
}

/** One path per state, so that 15,000 cells cost six fills. */
function draw(pen: CanvasRenderingContext2D, map: Hive, states: Uint8Array, names: readonly string[]): void {
  pen.font = `600 11px ${token("--font")}`;
  pen.fillStyle = token("--text-2");
  pen.textBaseline = "middle";
  for (const group of map.groups) pen.fillText(`${group.name}  ${count(group.lines.length)}`, 2, group.top + 11);
  names.forEach((state, index) => {
    pen.beginPath();
    for (const group of map.groups) {
      group.lines.forEach((line, i) => {
        if (states[line] !== index) return;
        const { x, y } = place(map, group, i);
        hexagon(pen, x, y, map.cell * 0.53);
        if (state === "wedged" && map.cell > 9) pen.rect(x - map.cell * 0.12, y - map.cell * 0.12, map.cell * 0.24, map.cell * 0.24);
      });
    }
    pen.fillStyle = token(`--state-${state}`);
    pen.globalAlpha = state === "idle" ? 0.35 : state === "abandoned" ? 0.6 : 1;
    pen.fill("evenodd");
  });
  pen.globalAlpha = 1;
}

/** The whole fleet at a glance: one cell per agent, coloured by what it does. The list of agents is its twin for keyboards. */
export function FleetMap({ fleet, by, onOpen }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [over, setOver] = useState<{ line: number; x: number; y: number }>();
  const { width, height } = useSize(box);
  const theme = useTheme();
  const [lettered, setLettered] = useState(false);
  useEffect(() => {
    void document.fonts.load(`600 11px ${token("--font")}`).then(() => setLettered(true));
  }, []);
  const { columns, texts, version, rank } = fleet;
  const map = useMemo(() => {
    const names = by === "state" ? Array.from(columns.state, (s) => columns.states[s] ?? "") : columns[by];
    const order = by === "state" ? [...rank].sort((a, b) => stateRank(names[a] ?? "") - stateRank(names[b] ?? "")) : [...rank];
    return hive(names, order, Math.max(60, width - 4), Math.max(120, height - 4));
    // Other numbers move no cell: new agents do, and where states make the groups, every update.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [texts, by === "state" ? version : 0, by, width, height]);
  useEffect(() => {
    const target = canvas.current;
    const pen = target?.getContext("2d");
    if (!target || !pen || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const tall = Math.max(height, map.height) - 1;
    target.width = width * ratio;
    target.height = tall * ratio;
    target.style.width = `${width}px`;
    target.style.height = `${tall}px`;
    pen.scale(ratio, ratio);
    draw(pen, map, columns.state, columns.states);
  }, [map, columns, version, theme, width, height, lettered]);
  const line = over?.line ?? -1;
  return (
    <div ref={box} className={css.map}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Map of ${columns.agent.length} agents by ${by}`}
        onPointerMove={(event) => {
          const bounds = event.currentTarget.getBoundingClientRect();
          const x = event.clientX - bounds.left;
          const y = event.clientY - bounds.top;
          const found = hit(map, x, y);
          setOver(found >= 0 ? { line: found, x, y } : undefined);
        }}
        onPointerLeave={() => setOver(undefined)}
        onClick={() => line >= 0 && onOpen(columns.agent[line] ?? "")}
      />
      {over && line >= 0 && (
        <div className={css.tip} style={{ left: Math.min(over.x + 12, Math.max(0, width - 240)), top: over.y + 14 }}>
          <strong className="foreign">{columns.name[line] || columns.agent[line]}</strong>
          <br />
          <StateBadge state={columns.states[columns.state[line] ?? -1] ?? ""} /> <span className="dim">{columns.model[line]}</span>
          <br />
          <span className="dim num">
            {count(columns.spans[line])} spans · {count(columns.errors[line])} errors · p95 {duration((columns.latency_p95_ms[line] ?? 0) * 1e6)} · {money(columns.cost_usd[line])} a minute
          </span>
        </div>
      )}
    </div>
  );
}

export function StateLegend() {
  return (
    <span className={css.legend}>
      {STATES.map((state) => (
        <StateBadge key={state} state={state} />
      ))}
    </span>
  );
}
