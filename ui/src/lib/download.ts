/** Gives the reader a file. */
export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/; // what a spreadsheet takes for one, full-width signs included
const SEPARATING = /[",;\t\n\r]/; // where a comma is the decimal sign, a semicolon parts cells
const DEPTH_MAX = 4;

/** RFC 4180, in UTF-8. A cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csv(header: string[], rows: unknown[][]): string {
  const cell = (value: unknown) => {
    let text = value == null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    if (typeof value === "string" && FORMULA.test(text)) text = `'${text}`;
    return SEPARATING.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

type Plain = Record<string, unknown>;

function isRecord(value: unknown): value is Plain {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** A value within a list as text: `name=a, share=1`. */
function worded(value: unknown): string {
  if (isRecord(value)) return flat(value).map(([name, inner]) => `${name}=${inner as string}`).join(", ");
  return Array.isArray(value) ? JSON.stringify(value) : String(value ?? "");
}

/** One value per name: what lies within a record is `outer.inner`, and a list is one text. */
function flat(record: Plain, before = "", depth = 1): [string, unknown][] {
  return Object.entries(record).flatMap(([name, value]): [string, unknown][] => {
    const path = before + name;
    if (isRecord(value)) return depth < DEPTH_MAX ? flat(value, `${path}.`, depth + 1) : [[path, value]];
    return [[path, Array.isArray(value) ? value.map(worded).join("; ") : value]];
  });
}

/** Header and lines of some records: every field that one of them has, in the order of their first appearance. */
export function table(records: readonly unknown[]): { header: string[]; rows: unknown[][] } {
  const plain = records.map((record) => new Map(flat(isRecord(record) ? record : { value: record })));
  const header = [...new Set(plain.flatMap((record) => [...record.keys()]))];
  return { header, rows: plain.map((record) => header.map((name) => record.get(name))) };
}

/** What the page of the browser is about: the part of its title before the program's name. */
export function pageName(): string {
  return document.title.split(" · ").slice(0, -1).join(" · ");
}

function slug(text: string): string {
  const words = [...text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-").replace(/^-/, "")].slice(0, 60);
  return words.join("").replace(/-$/, "");
}

/** A name for a file that says of what and when: `planner-7-versions-2026-01-31T12-00-00Z`. */
export function fileName(label: string, page = pageName(), at = new Date()): string {
  const [what, where] = [slug(label), slug(page)];
  const words = what.startsWith(where) ? what : `${where}-${what}`;
  return `${words || "swarmscope"}-${at.toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
}

/** Gives the reader some records as they came from the server, whole and unrounded. */
export function downloadRecords(label: string, records: readonly unknown[], format: "csv" | "json"): void {
  const name = `${fileName(label)}.${format}`;
  if (format === "json") return download(name, JSON.stringify(records, null, 1), "application/json");
  const { header, rows } = table(records);
  download(name, csv(header, rows), "text/csv;charset=utf-8");
}

type Line = { label: string; values: readonly (number | null)[] };

/** The points of a chart as records: one per time, with a field per series, the unit of its values behind its name. */
export function chartRecords(times: readonly number[], series: readonly Line[], unit = ""): Plain[] {
  const named = series.map((one) => ({ ...one, label: unit ? `${one.label} (${unit})` : one.label }));
  return times.map((time, i) => ({ time: new Date(time).toISOString(), ...Object.fromEntries(named.map((one) => [one.label, one.values[i] ?? null])) }));
}

export type Paint = { background: string; text: string; dim: string; font: string };
type Legend = { label: string; colour: string }[];

/** Layers that lie on each other as one canvas. Those of WebGL must have been drawn in this very task: they are cleared after it. */
export function flattened(layers: readonly HTMLCanvasElement[]): HTMLCanvasElement | undefined {
  const [first] = layers;
  if (!first) return undefined;
  const whole = document.createElement("canvas");
  whole.width = first.width;
  whole.height = first.height;
  const pen = whole.getContext("2d");
  for (const layer of layers) if (layer.width > 0 && layer.height > 0) pen?.drawImage(layer, 0, 0, whole.width, whole.height);
  return whole;
}

/** A chart as a picture: above it what it shows, of what and when; its legend below, on the page's own background. */
export function downloadPicture(label: string, chart: HTMLCanvasElement, legend: Legend, paint: Paint): void {
  const ratio = window.devicePixelRatio || 1;
  const line = 20 * ratio;
  const perLine = Math.max(1, Math.floor(chart.width / (180 * ratio)));
  const picture = document.createElement("canvas");
  picture.width = chart.width;
  picture.height = chart.height + line * (2 + Math.ceil(legend.length / perLine));
  const pen = picture.getContext("2d");
  if (!pen) return;
  pen.fillStyle = paint.background;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.textBaseline = "middle";
  pen.font = `600 ${13 * ratio}px ${paint.font}`;
  pen.fillStyle = paint.text;
  pen.fillText(label, 12 * ratio, line, chart.width - 24 * ratio);
  const taken = 24 * ratio + Math.min(pen.measureText(label).width, chart.width - 24 * ratio);
  const about = [label.toLowerCase().startsWith(pageName().toLowerCase()) ? "" : pageName(), `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`].filter(Boolean).join(" · ");
  pen.font = `${11 * ratio}px ${paint.font}`;
  pen.fillStyle = paint.dim;
  if (chart.width - taken > 80 * ratio) pen.fillText(about, taken, line, chart.width - taken - 12 * ratio);
  pen.drawImage(chart, 0, line * 1.6);
  legend.forEach((entry, i) => {
    const x = 12 * ratio + (i % perLine) * 180 * ratio;
    const y = chart.height + line * (2.1 + Math.floor(i / perLine));
    pen.fillStyle = entry.colour;
    pen.fillRect(x, y - 4 * ratio, 8 * ratio, 8 * ratio);
    pen.fillStyle = paint.dim;
    pen.fillText(entry.label, x + 14 * ratio, y, 160 * ratio);
  });
  picture.toBlob((blob) => blob && download(`${fileName(label)}.png`, blob, "image/png"));
}
