/** Gives the reader a file. */
export function download(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** RFC 4180. A cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csv(header: string[], rows: unknown[][]): string {
  const cell = (value: unknown) => {
    let text = value == null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
    if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [header, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Header and lines of some records: every field that one of them has, in the order of their first appearance. */
export function table(records: readonly unknown[]): { header: string[]; rows: unknown[][] } {
  const plain = records.map((record) => (record !== null && typeof record === "object" && !Array.isArray(record) ? (record as Record<string, unknown>) : { value: record }));
  const header = [...new Set(plain.flatMap((record) => Object.keys(record)))];
  return { header, rows: plain.map((record) => header.map((name) => record[name])) };
}

/** A name for a file: `Cost by model` → `cost-by-model`. */
export function fileName(label: string): string {
  return label.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "").slice(0, 60) || "swarmscope";
}

/** Gives the reader some records as they came from the server, whole and unrounded. */
export function downloadRecords(label: string, records: readonly unknown[], format: "csv" | "json"): void {
  const name = `${fileName(label)}.${format}`;
  if (format === "json") return download(name, JSON.stringify(records, null, 1), "application/json");
  const { header, rows } = table(records);
  download(name, csv(header, rows), "text/csv");
}

/** The points of a chart as records: one per time, with a field per series. */
export function chartRecords(times: readonly number[], series: readonly { label: string; values: readonly (number | null)[] }[]): Record<string, unknown>[] {
  return times.map((time, i) => ({ time: new Date(time).toISOString(), ...Object.fromEntries(series.map((one) => [one.label, one.values[i] ?? null])) }));
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

/** A chart as a picture: its title above, its legend below, on the page's own background. */
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
  pen.drawImage(chart, 0, line * 1.6);
  pen.font = `${11 * ratio}px ${paint.font}`;
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
