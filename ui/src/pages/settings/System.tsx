import { useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/Badge";
import { Chart } from "@/components/Chart";
import { Await } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { Facts, Panel, Stats } from "@/components/Panel";
import { bytes, count, duration, percent, reading, sentence } from "@/lib/format";
import css from "./Settings.module.css";

const TONES: Record<string, Tone> = { healthy: "ok", partial: "warn", unhealthy: "bad" };

/** How this install is doing, part by part, now and over the last hour. */
export function System() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/health", { signal }), queryKey: ["health"], refetchInterval: 5000 });
  return (
    <Await result={result} rows={8}>
      {(data) => (
        <>
          <Stats
            items={[
              { label: "State", value: <Badge tone={TONES[data.state]}>{data.state}</Badge> },
              { label: "Score", value: percent(data.score) },
              { label: "Version", value: data.version },
              { label: "Up for", value: duration(data.uptime_s * 1e9) },
            ]}
          />
          <Past />
          <Grid>
            {data.components.map((component) => (
              <Component key={component.name} component={component} />
            ))}
          </Grid>
        </>
      )}
    </Await>
  );
}

type Line = { name: string; label: string; token: string };
const CHARTS: { title: string; format: (value: number) => string; unit?: string; lines: Line[] }[] = [
  {
    title: "Taken in per second",
    format: count,
    lines: [
      { name: "spans", label: "spans", token: "--cat-1" },
      { name: "logs", label: "log records", token: "--cat-2" },
      { name: "metrics", label: "data points", token: "--cat-3" },
    ],
  },
  { title: "Store behind by", format: (s) => duration(s * 1e9), unit: "s", lines: [{ name: "lag_s", label: "oldest row that waits for the store", token: "--cat-2" }] },
  {
    title: "On the way to the store",
    format: bytes,
    lines: [
      { name: "queue_bytes", label: "in the queue at the door", token: "--cat-1" },
      { name: "journal_bytes", label: "journal on disk", token: "--cat-5" },
    ],
  },
  { title: "Memory", format: bytes, lines: [{ name: "memory_bytes", label: "resident", token: "--cat-4" }] },
  { title: "Cores in use", format: reading, lines: [{ name: "cpu_seconds", label: "cores", token: "--cat-3" }] },
  { title: "Answering", format: (s) => duration(s * 1e9), unit: "s", lines: [{ name: "call_mean_s", label: "mean time of a call", token: "--cat-1" }] },
  { title: "Calls per second", format: reading, lines: [{ name: "calls", label: "calls", token: "--cat-6" }] },
  { title: "Dead letters", format: count, lines: [{ name: "dead_letters", label: "files with rows that the store refused", token: "--bad" }] },
];

/** The install's own figures over the last hour. */
function Past() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/health/history", { signal }), queryKey: ["health", "history"], refetchInterval: 5000 });
  return (
    <Await result={result} rows={6}>
      {(data) => {
        const calls = data.series["calls"] ?? [];
        const spent = data.series["call_seconds"] ?? [];
        const series: Record<string, (number | null)[]> = { ...data.series, call_mean_s: calls.map((n, i) => (n ? (spent[i] ?? 0) / n : null)) };
        if (data.times_ms.length < 2) return <p className="dim">Figures over time begin half a minute after the start of the server.</p>;
        return (
          <Grid min={300}>
            {CHARTS.map((chart) => (
              <Panel key={chart.title} title={chart.title} flush>
                <Chart moments label={chart.title} height={104} sync="system" times={data.times_ms} format={chart.format} unit={chart.unit} series={chart.lines.flatMap((line) => (series[line.name] ? [{ label: line.label, token: line.token, values: series[line.name] ?? [] }] : []))} />
              </Panel>
            ))}
          </Grid>
        );
      }}
    </Await>
  );
}

/** What figures are called that their own name does not explain. */
const FACTS: Record<string, string> = {
  "store.answer_ms": "answers a trivial query in",
  "journal.disk_bytes": "on disk",
  "journal.max_bytes": "at most",
  "journal.full": "filled to",
  "writer.lag_rows": "rows on their way to the store",
  "writer.lag_s": "the oldest waits for",
  "writer.dead_letters": "files with refused rows",
  "ingest.queued_bytes": "in the queue",
  "ingest.max_bytes": "at most",
  "detection.waiting_batches": "batches not looked at yet",
  "fleet.error_ratio": "failed spans, last minute",
};

function Component({ component }: { component: Schema<"ComponentHealth"> }) {
  return (
    <Panel title={sentence(component.name)} tools={<Badge tone={TONES[component.state]}>{percent(component.score)}</Badge>}>
      <div className={css.component}>
        {(component.reasons.length > 0 || component.recommendations.length > 0) && (
          <ul className={css.list}>
            {component.reasons.map((reason) => (
              <li key={reason}>
                <Badge tone="warn">why</Badge> {reason}
              </li>
            ))}
            {component.recommendations.map((advice) => (
              <li key={advice}>
                <Badge tone="info">try</Badge> {advice}
              </li>
            ))}
          </ul>
        )}
        <Facts items={Object.entries(component.facts).map(([name, value]): [string, string] => [FACTS[`${component.name}.${name}`] ?? name.replace(/_(bytes|ms|s)$/, "").replaceAll("_", " "), fact(name, value)])} />
      </div>
    </Panel>
  );
}

/** A figure by the unit that its name ends with. */
function fact(name: string, value: string | number | null): string {
  if (typeof value !== "number") return value ?? "";
  if (name.endsWith("_bytes")) return bytes(value);
  if (name.endsWith("_ms")) return duration(value * 1e6);
  if (name.endsWith("_s")) return duration(value * 1e9);
  if (name === "full" || name.endsWith("_ratio")) return percent(value);
  return reading(value);
}
