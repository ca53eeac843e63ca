import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Play } from "lucide-react";
import { useRef } from "react";
import { get, send, type Schema } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Begin } from "@/components/Begin";
import { Button } from "@/components/Button";
import { Choice, Popover } from "@/components/Dialog";
import { DataTable, type Column } from "@/components/DataTable";
import { Await, Empty, Failure, Loading } from "@/components/Notice";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import { useMoving } from "@/components/told";
import { download, fileName } from "@/lib/download";
import { count, plural } from "@/lib/format";
import { MOD } from "@/lib/keyboard";
import { Editor } from "./Editor";
import { EXAMPLES } from "./examples";
import css from "./Sql.module.css";

const FIRST: string = EXAMPLES[0].query;
const ROWS_MAX = 10_000;
const FILES = ["csv", "arrow", "parquet"] as const;
type Row = { index: number; cells: unknown[] };

async function run(query: string): Promise<Schema<"SqlResult">> {
  const answer = await send("POST", "/api/v1/sql", { query, limit: ROWS_MAX });
  return (await answer.json()) as Schema<"SqlResult">;
}

export function Sql() {
  const [query, setQuery] = useMoving("query");
  const text = query ?? FIRST;
  const setText = (words: string) => setQuery(words === FIRST ? undefined : words);
  const editor = useRef<HTMLTextAreaElement>(null);
  const result = useMutation({ mutationFn: run });
  const start = () => result.mutate(text);
  const begin = (example: string) => {
    setText(example);
    result.mutate(example);
  };
  const save = (format: (typeof FILES)[number]) =>
    void send("POST", "/api/v1/sql", { query: text, limit: 1_000_000, format })
      .then((answer) => answer.blob())
      .then((blob) => download(`${fileName("Rows")}.${format}`, blob, blob.type))
      .catch((error: unknown) => toast(error instanceof Error ? error.message : String(error), "bad"));
  const insert = (words: string) => {
    const field = editor.current;
    const at = field?.selectionStart ?? text.length;
    setText(text.slice(0, at) + words + text.slice(field?.selectionEnd ?? at));
    field?.focus();
  };
  return (
    <Page
      name="SQL"
      timeless
      tools={
        <>
          <Popover label="Download" side="right" button={(control) => <Button {...control}><Download aria-hidden="true" /> Download</Button>}>
            {(close) => FILES.map((format) => <Choice key={format} onClick={() => { close(); save(format); }}>{format === "csv" ? "CSV" : format === "arrow" ? "Arrow" : "Parquet"}</Choice>)}
          </Popover>
          <Button look="primary" onClick={start} disabled={result.isPending || !text.trim()} title={`${MOD}↵`}>
            <Play aria-hidden="true" /> {result.isPending ? "Running" : "Run"}
          </Button>
        </>
      }
    >
      <div className={css.split}>
        <Tables onPick={insert} />
        <div className={css.main}>
          <Editor ref={editor} value={text} onChange={setText} onRun={start} />
          <Panel
            flush
            className={css.result}
            title={result.data ? "Rows" : "Result"}
            note={result.data && `${plural(result.data.rows.length, "row")} in ${count(Math.round(result.data.elapsed_ms))} ms`}
            tools={
              <>
                {result.data?.truncated && <Badge tone="warn">cut at {count(ROWS_MAX)}</Badge>}
                {(result.data || result.error) && (
                  <Popover label="Examples" side="right" button={(control) => <Button {...control}>Examples</Button>}>
                    {(close) => EXAMPLES.map(({ title, query: example }) => <Choice key={title} onClick={() => { close(); begin(example); }}>{title}</Choice>)}
                  </Popover>
                )}
              </>
            }
          >
            {result.isPending ? (
              <Loading />
            ) : result.error ? (
              <Failure title="The query was refused" error={result.error} />
            ) : result.data ? (
              <Rows data={result.data} />
            ) : (
              <Begin label="Examples" queries={EXAMPLES} onPick={begin}>
                One SELECT over everything that is stored: read-only, within limits of time and memory. <span className={css.keys}>Run with {MOD}↵.</span> Or begin with one of these:
              </Begin>
            )}
          </Panel>
        </div>
      </div>
    </Page>
  );
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "—";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function Rows({ data }: { data: Schema<"SqlResult"> }) {
  if (data.rows.length === 0) return <Empty title="No rows">The query ran and found nothing.</Empty>;
  const columns: Column<Row>[] = data.columns.map((column, i) => {
    const numeric = /int|float|double|decimal/i.test(column.type) && !/list|map/i.test(column.type);
    return { id: `${i}`, header: column.name, hint: column.type, end: numeric, narrow: true, width: { share: 1, min: numeric ? 110 : 150 }, cell: (row) => <bdi title={cell(row.cells[i]).slice(0, 2000)}>{cell(row.cells[i]).slice(0, 400)}</bdi> };
  });
  return <DataTable sideways label="Rows" rows={data.rows.map((cells, index) => ({ index, cells }))} columns={columns} rowKey={(row) => String(row.index)} record={(row) => Object.fromEntries(data.columns.map((column, i) => [column.name, row.cells[i]]))} />;
}

function Tables({ onPick }: { onPick: (words: string) => void }) {
  const schema = useQuery({ queryFn: ({ signal }) => get("/api/v1/sql/schema", { signal }), queryKey: ["sql", "schema"], staleTime: Infinity });
  return (
    <Panel title="Tables" className={css.tables}>
      <Await result={schema}>
        {(data) =>
          data.tables.map((table) => (
            <details key={table.name} className={css.table}>
              <summary title={table.doc}>{table.name}</summary>
              <p className="dim">{table.doc}</p>
              {table.columns.map((column) => (
                <button key={column.name} type="button" className={css.column} onClick={() => onPick(column.name)}>
                  <code>{column.name}</code>
                  <span className="clip dim">{column.type}</span>
                </button>
              ))}
            </details>
          ))
        }
      </Await>
    </Panel>
  );
}
