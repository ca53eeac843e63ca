import { useEffect, useRef, useState, type PointerEvent } from "react";
import { count, duration } from "@/lib/format";
import { boxOf, selected, shade, ticks, usedRows, type Box, type Heat, type Selection } from "@/lib/heat";
import { stamp } from "@/lib/time";
import { token, useTheme } from "@/lib/theme";
import { useSize } from "@/lib/use";
import css from "./Chart.module.css";
import { SaveChart } from "./SaveChart";

const LEFT_PX = 56;
const BOTTOM_PX = 4;
const TICK_PX = 16;

type Props = {
  heat: Heat;
  label: string;
  height?: number;
  /** What is selected; stays marked. */
  selection?: Selection;
  onSelect?: (selection: Selection) => void;
};

/** Durations over time as shades; dragging over a rectangle selects what is in it. */
export function HeatMap({ heat, label, height = 130, selection, onSelect }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, zoom } = useSize(box);
  const theme = useTheme();
  const [drag, setDrag] = useState<Box>();
  const [hover, setHover] = useState<{ x: number; y: number }>();
  const rows = usedRows(heat);
  const lines = rows.last - rows.first + 1;
  const columns = Math.max(1, heat.times_ms.length);
  const cellW = Math.max(0, width - LEFT_PX) / columns;
  const cellH = (height - BOTTOM_PX) / lines;

  useEffect(() => {
    const target = canvas.current;
    const pen = target?.getContext("2d");
    if (!target || !pen || width === 0) return;
    const ratio = (window.devicePixelRatio || 1) * zoom;
    target.width = Math.round(width * ratio);
    target.height = Math.round(height * ratio);
    pen.scale(ratio, ratio);
    const shades = [0, 1, 2, 3, 4].map((n) => token(`--heat-${n}`));
    const most = Math.max(1, ...heat.counts.flat());
    pen.font = `11px ${token("--font")}`;
    pen.fillStyle = token("--text-3");
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    let free = 6;
    for (const tick of ticks(heat, { first: rows.first, last: rows.last })) {
      const y = Math.max(6, tick.at * cellH);
      if (y < free || y + 6 > height) continue;
      pen.fillText(duration(tick.ns), LEFT_PX - 8, y);
      free = y + TICK_PX;
    }
    heat.counts.forEach((column, i) => {
      for (let line = 0; line < lines; line += 1) {
        const n = column[rows.last - line] ?? 0;
        pen.fillStyle = shades[shade(n, most)] ?? "";
        pen.fillRect(LEFT_PX + i * cellW, line * cellH, Math.max(1, cellW - 1), Math.max(1, cellH - 1));
      }
    });
  }, [heat, width, height, zoom, theme, rows.first, rows.last, lines, cellW, cellH]);

  const spot = (event: PointerEvent) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { x: Math.max(0, ((event.clientX - bounds.left) / zoom - LEFT_PX) / cellW), y: Math.max(0, (event.clientY - bounds.top) / zoom / cellH) };
  };
  const cell = hover && { i: Math.floor(hover.x), j: rows.last - Math.floor(hover.y) };
  const n = cell && heat.counts[cell.i]?.[cell.j];
  const area = drag ?? (selection && boxOf(heat, selection, rows));
  const up = () => {
    if (!drag) return;
    setDrag(undefined);
    const area: Box = { left: Math.min(drag.left, drag.right), right: Math.max(drag.left, drag.right), top: Math.min(drag.top, drag.bottom), bottom: Math.max(drag.top, drag.bottom) };
    onSelect?.(selected(heat, area, rows));
  };
  const records = () => heat.times_ms.map((time, i) => ({ time: new Date(time).toISOString(), ...Object.fromEntries(heat.bounds_ns.map((bound, j) => [`up to ${bound} ns`, heat.counts[i]?.[j] ?? 0])) }));
  return (
    <div className={css.frame}>
      <span className={css.corner}>
        <SaveChart up label={label} canvas={() => canvas.current} records={records} />
      </span>
      <div
        ref={box}
        className={css.heat}
        style={{ height }}
        role="img"
        aria-label={label}
        onPointerDown={(event) => {
          if (!onSelect) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const { x, y } = spot(event);
          setDrag({ left: x, right: x, top: y, bottom: y });
        }}
        onPointerMove={(event) => {
          const { x, y } = spot(event);
          setHover({ x, y });
          if (drag) setDrag({ ...drag, right: x, bottom: y });
        }}
        onPointerUp={up}
        onPointerLeave={() => setHover(undefined)}
      >
        <canvas ref={canvas} />
        {area && (
          <div
            className={css.brush}
            style={{
              left: LEFT_PX + Math.min(area.left, area.right) * cellW,
              top: Math.min(area.top, area.bottom) * cellH,
              width: Math.abs(area.right - area.left) * cellW,
              height: Math.abs(area.bottom - area.top) * cellH,
            }}
          />
        )}
        {cell && !drag && n !== undefined && (
          <div className={css.tip} style={{ left: Math.min(Math.max(0, width - 190), LEFT_PX + (cell.i + 1) * cellW + 6), top: Math.min(height - 50, (rows.last - cell.j) * cellH) }}>
            <strong>{count(n)}</strong> {cell.j > 0 ? `${duration(heat.bounds_ns[cell.j - 1])} – ` : "up to "}
            {duration(heat.bounds_ns[cell.j])}
            <br />
            <span className="dim">{stamp(heat.times_ms[cell.i] ?? 0)}</span>
          </div>
        )}
      </div>
    </div>
  );
}
