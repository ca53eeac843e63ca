import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Ago } from "@/components/Ago";
import { Badge } from "@/components/Badge";
import { Segments } from "@/components/Button";
import { DataTable, type Column } from "@/components/DataTable";
import { Await, Empty } from "@/components/Notice";
import { useRange } from "@/components/range";
import { Sparkline } from "@/components/Sparkline";
import { count } from "@/lib/format";
import css from "./Logs.module.css";

type Pattern = Schema<"LogTemplate">;

/** What a class is called; `none` are lines about nothing that is known. */
const CLASSES = { "": "All", tool_error: "Tool errors", refusal: "Refusals", rate_limit: "Rate limits", context_overflow: "Context full", timeout: "Timeouts", cost: "Cost", prompt: "Prompts", none: "Other" } as const;
export type LogClass = keyof typeof CLASSES;

export function logClass(text: string | undefined): LogClass {
  return text !== undefined && text in CLASSES ? (text as LogClass) : "";
}

function tone(level: string): { tone: "bad" | "warn" | "neutral"; token: string } {
  if (level === "error" || level === "fatal") return { tone: "bad", token: "--bad" };
  return level === "warn" ? { tone: "warn", token: "--warn" } : { tone: "neutral", token: "--accent" };
}

const columns: Column<Pattern>[] = [
  { id: "lines", header: "Lines", width: 76, end: true, narrow: true, cell: (row) => count(row.lines) },
  { id: "trend", header: "Over time", width: 96, drop: 3, cell: (row) => <Sparkline values={row.trend} token={tone(row.level).token} width={84} label={`${row.lines} lines over time`} /> },
  { id: "level", header: "Worst", width: 74, narrow: true, cell: (row) => <Badge tone={tone(row.level).tone}>{row.level}</Badge> },
  { id: "class", header: "About", width: 104, drop: 4, cell: (row) => (row.class === "" ? null : CLASSES[logClass(row.class)]) },
  { id: "text", header: "Pattern", width: { share: 1, min: 220 }, narrow: true, wrap: true, cell: (row) => <PatternText row={row} /> },
  { id: "agents", header: "Agents", width: 72, end: true, drop: 2, cell: (row) => count(row.agents) },
  { id: "last", header: "Last line", width: 96, end: true, drop: 1, cell: (row) => <Ago time={row.last_seen} /> },
];

/** The words, and `<*>` set apart. */
function PatternText({ row }: { row: Pattern }) {
  const parts = row.text.split("<*>");
  return (
    <bdi className={css.pattern} title={row.samples.join("\n") || row.example}>
      {parts.map((part, i) => (
        <span key={i}>
          {i > 0 && <span className={css.varies}>{"<*>"}</span>}
          {part}
        </span>
      ))}
    </bdi>
  );
}

/** Lines that differ in numbers, names and ids only, counted together. */
export function Patterns({ q, about, onAbout, onOpen }: { q: string; about: LogClass; onAbout: (about: LogClass) => void; onOpen: (template: string) => void }) {
  const time = useRange();
  const result = useQuery({
    queryFn: ({ signal }) => get("/api/v1/logs/templates", { query: { ...time.query, q, class: about, limit: 500, buckets: 30 }, signal }),
    queryKey: ["logs", "templates", q, about, time.query],
    placeholderData: keepPreviousData,
    refetchInterval: time.every(10_000),
  });
  return (
    <div className={css.tail}>
      <div className={css.status}>
        <Segments label="About" value={about} options={Object.entries(CLASSES).map(([value, label]) => ({ value: value as LogClass, label }))} onChange={onAbout} />
        {result.data && <span className={css.counted}>{summary(result.data)}</span>}
      </div>
      <div className={css.body}>
        <Await result={result} rows={10}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty title="No patterns here">{about === "" ? "Patterns are found in the text of log records as they come in." : "No line of this kind in this time."}</Empty>
            ) : (
              <DataTable main label="Log patterns" rows={data.items} columns={columns} rowKey={(row) => row.template_id} onOpen={(row) => onOpen(row.template_id)} />
            )
          }
        </Await>
      </div>
    </div>
  );
}

/** How many kinds stand for how many lines. Exported for tests. */
export function summary(data: Pick<Schema<"LogTemplates">, "items" | "kinds" | "lines" | "unmined">): string {
  const more = data.kinds > data.items.length ? `, the ${count(data.items.length)} with most lines` : "";
  const without = data.unmined > 0 ? `; ${count(data.unmined)} lines have none` : "";
  return `${count(data.kinds)} ${data.kinds === 1 ? "pattern" : "patterns"} in ${count(data.lines)} lines${more}${without}`;
}
