import { duration, plural } from "@/lib/format";
import { shade } from "@/lib/heat";
import { token } from "@/lib/theme";

/** Of every picture: its width and the room at its sides. */
export const WIDE = 960;
export const EDGE = 12;
const WORDS = 11;
const NAME_SHARE = 0.3;
const NAMES_MAX = 300;
const ROW = 20;
const AXIS = 22;
const ROWS_MAX = 350; // of a waterfall: a canvas has an end

/** An empty canvas as fine as the screen, its origin at the top left, with the pen for words. */
export function sheet(height: number): { canvas: HTMLCanvasElement; pen: CanvasRenderingContext2D } | undefined {
  const canvas = document.createElement("canvas");
  const ratio = window.devicePixelRatio || 1;
  Object.assign(canvas, { width: WIDE * ratio, height: height * ratio });
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  pen.scale(ratio, ratio);
  pen.font = `${WORDS}px ${token("--font")}`;
  pen.textBaseline = "middle";
  return { canvas, pen };
}

/** Words that end where their room does. */
function clipped(pen: CanvasRenderingContext2D, text: string, x: number, y: number, room: number): void {
  let shown = text;
  while (shown.length > 1 && pen.measureText(`${shown}…`).width > room) shown = shown.slice(0, Math.floor(shown.length * 0.9));
  pen.fillText(shown === text || pen.measureText(text).width <= room ? text : `${shown}…`, x, y);
}

/** Words under a stretch from end to end. */
function ends(pen: CanvasRenderingContext2D, left: number, y: number, words: readonly string[]): void {
  pen.fillStyle = token("--text-2");
  words.forEach((text, i) => {
    pen.textAlign = i === 0 ? "left" : i === words.length - 1 ? "right" : "center";
    pen.fillText(text, left + ((WIDE - EDGE - left) * i) / Math.max(1, words.length - 1), y);
  });
  pen.textAlign = "left";
}

/** Counts as shades: one line for each name. axis: words below it. */
export function gridPicture(lines: readonly { name: string; counts: readonly number[] }[], axis: readonly string[]): HTMLCanvasElement | undefined {
  const drawn = sheet(lines.length * ROW + AXIS + 8);
  if (!drawn) return undefined;
  const { canvas, pen } = drawn;
  const left = EDGE + Math.min(NAMES_MAX, Math.max(0, ...lines.map((line) => pen.measureText(line.name).width))) + 8;
  const most = Math.max(1, ...lines.flatMap((line) => line.counts));
  lines.forEach((line, i) => {
    pen.fillStyle = token("--text-2");
    clipped(pen, line.name, EDGE, i * ROW + ROW / 2, NAMES_MAX);
    const cell = (WIDE - EDGE - left) / Math.max(1, line.counts.length);
    line.counts.forEach((n, j) => {
      pen.fillStyle = token(`--heat-${n > 0 ? Math.max(1, shade(n, most)) : 0}`);
      pen.fillRect(left + j * cell, i * ROW + 1, Math.max(1, cell - 1), ROW - 2);
    });
  });
  ends(pen, left, lines.length * ROW + AXIS / 2, axis);
  return canvas;
}

/** Parts of a whole as one bar. */
export function partsPicture(parts: readonly { label: string; value: number; token: string }[]): HTMLCanvasElement | undefined {
  const drawn = sheet(48);
  if (!drawn) return undefined;
  const { canvas, pen } = drawn;
  const whole = parts.reduce((sum, part) => sum + part.value, 0) || 1;
  let x = EDGE;
  for (const part of parts) {
    const wide = ((WIDE - 2 * EDGE) * part.value) / whole;
    pen.fillStyle = token(part.token);
    pen.fillRect(x, 6, Math.max(1, wide - 1), 28);
    x += wide;
  }
  return canvas;
}

/** Bars beside each other, each of its own colour. axis: words below them. */
export function barsPicture(bars: readonly { value: number; token: string }[], axis: readonly string[]): HTMLCanvasElement | undefined {
  const high = 120;
  const drawn = sheet(high + AXIS + 8);
  if (!drawn) return undefined;
  const { canvas, pen } = drawn;
  const most = Math.max(1e-12, ...bars.map((bar) => bar.value));
  const wide = (WIDE - 2 * EDGE) / Math.max(1, bars.length);
  bars.forEach((bar, i) => {
    const tall = Math.max(1, (high * bar.value) / most);
    pen.fillStyle = token(bar.token);
    pen.fillRect(EDGE + i * wide, 4 + high - tall, Math.max(1, wide - 1), tall);
  });
  ends(pen, EDGE, high + AXIS / 2 + 4, axis);
  return canvas;
}

export type Stretch = { label: string; depth: number; from: number; to: number; token: string; failed: boolean };

/** What ran when, one line each, at most ROWS_MAX of them; times in nanoseconds. */
export function stretchesPicture(stretches: readonly Stretch[], total: number): HTMLCanvasElement | undefined {
  const shown = stretches.slice(0, ROWS_MAX);
  const left = stretches.length - shown.length;
  const drawn = sheet(AXIS + (shown.length + (left > 0 ? 1 : 0)) * ROW + 8);
  if (!drawn) return undefined;
  const { canvas, pen } = drawn;
  const begin = WIDE * NAME_SHARE;
  const at = (ns: number) => begin + ((WIDE - EDGE - begin) * ns) / Math.max(1, total);
  ends(pen, begin, AXIS / 2, [0, 0.25, 0.5, 0.75, 1].map((part) => duration(total * part)));
  shown.forEach((one, i) => {
    const y = AXIS + i * ROW;
    const indent = EDGE + Math.min(one.depth, 12) * 10;
    pen.fillStyle = token(one.failed ? "--bad" : "--text");
    clipped(pen, one.label, indent, y + ROW / 2, begin - indent - 8);
    pen.fillStyle = token(one.failed ? "--bad" : one.token);
    pen.fillRect(at(one.from), y + 4, Math.max(1, at(one.to) - at(one.from)), ROW - 8);
  });
  pen.fillStyle = token("--text-2");
  if (left > 0) pen.fillText(`and ${plural(left, "more span", "more spans")}`, EDGE, AXIS + shown.length * ROW + ROW / 2);
  return canvas;
}
