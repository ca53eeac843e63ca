import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { ApiError, getTagged, outdated, replace, type Schema } from "@/api/client";
import { known } from "@/api/prometheus";
import { Button, IconButton } from "@/components/Button";
import { Chart } from "@/components/Chart";
import { DataTable, type Column } from "@/components/DataTable";
import { Middle } from "@/components/Middle";
import { useNear } from "@/components/near";
import { Await, Empty } from "@/components/Notice";
import { Crumbs, Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { toast } from "@/components/toasts";
import { cx } from "@/lib/cx";
import { count, NONE } from "@/lib/format";
import { categoryToken } from "@/lib/palette";
import { narrowed } from "@/lib/grafana";
import { ALL, distinct, interpolate, legend, type Labels } from "@/lib/promql";
import { signalFormat, signalUnit, unitWords } from "@/lib/signals";
import { settledUnit, useMeasured } from "./known";
import css from "./Metrics.module.css";
import { PanelForm, VariableForm, type PanelDraft, type VariableDraft } from "./PanelForm";
import { figures, unique, useRangeQuery, type Drawn } from "./result";

type Whole = Schema<"Dashboard">;
const route = getRouteApi("/explore");
const LINES_MAX = 30;
const HOUR_MS = 3_600_000;

/** One dashboard: variables above, panels below; changed in place. */
export function Board({ name }: { name: string }) {
  const queries = useQueryClient();
  const result = useQuery({ queryKey: ["dashboards", name], queryFn: ({ signal }) => getTagged("/api/v1/dashboards/{name}", { path: { name }, signal }) });
  const [changing, setChanging] = useState(false);
  const [edited, setEdited] = useState<{ at: number; panel: PanelDraft } | "new" | "variables">();
  const save = useMutation({
    mutationFn: (board: Whole) => replace<Whole>(`/api/v1/dashboards/${encodeURIComponent(name)}`, { variables: board.variables, panels: board.panels }, result.data?.tag ?? ""),
    onSuccess: (saved) => {
      queries.setQueryData(["dashboards", name], saved);
      void queries.invalidateQueries({ queryKey: ["dashboards"], exact: true });
      setEdited(undefined);
    },
    onError: (error) => {
      toast(outdated(error) ? `${error.message}. It is loaded; what you typed is still there` : error.message, "bad");
      void result.refetch();
    },
  });
  const board = save.isPending ? save.variables : result.data?.body;
  const set = (change: Partial<Whole>) => board && !save.isPending && save.mutate({ ...board, ...change }); // one after the other: each needs the tag of the one before
  const put = (panel: PanelDraft) => {
    const panels = board?.panels ?? [];
    const at = typeof edited === "object" ? place(panels, edited) : -1;
    set({ panels: at < 0 ? [...panels, panel] : panels.map((old, i) => (i === at ? panel : old)) });
  };
  const move = (index: number, by: number) => {
    const panels = [...(board?.panels ?? [])];
    const [one] = panels.splice(index, 1);
    if (one) panels.splice(index + by, 0, one);
    set({ panels });
  };
  const missing = result.error instanceof ApiError && result.error.status === 404;
  return (
    <Page
      name={name}
      scroll
      title={
        <Crumbs>
          <Link to="/explore" search={{ tab: "boards" }}>Dashboards</Link>
          {name}
        </Crumbs>
      }
      tools={
        <>
          {changing && <Button onClick={() => setEdited("variables")}>Variables</Button>}
          {changing && (
            <Button onClick={() => setEdited("new")}>
              <Plus aria-hidden="true" /> Panel
            </Button>
          )}
          <Button on={changing} onClick={() => setChanging(!changing)}>
            <Pencil aria-hidden="true" /> {changing ? "Done" : "Change"}
          </Button>
        </>
      }
      bar={board && board.variables.length > 0 ? <Variables items={board.variables} /> : undefined}
    >
      {missing ? (
        <Empty title="There is no such dashboard" actions={<Link to="/explore" search={{ tab: "boards" }} className="link">All dashboards</Link>} />
      ) : (
        <Await result={{ ...result, data: board }} rows={8}>
          {(data) =>
            data.panels.length === 0 ? (
              <Empty title="Nothing on it yet" actions={<Button look="primary" onClick={() => { setChanging(true); setEdited("new"); }}>Add a panel</Button>} />
            ) : (
              <div className={css.grid}>
                {data.panels.map((panel, index) => (
                  <Panel
                    key={`${index} ${panel.title}`}
                    className={cx(panel.width === 3 ? css.wide3 : panel.width === 2 ? css.wide2 : undefined)}
                    title={<span className="foreign clip" title={panel.queries.map((one) => one.expr).join("\n")}>{panel.title || panel.queries[0]?.expr}</span>}
                    flush
                    tools={
                      changing && (
                        <>
                          <IconButton label={`Move ${panel.title} forward`} disabled={index === 0} onClick={() => move(index, -1)}><ArrowLeft aria-hidden="true" /></IconButton>
                          <IconButton label={`Move ${panel.title} back`} disabled={index === data.panels.length - 1} onClick={() => move(index, 1)}><ArrowRight aria-hidden="true" /></IconButton>
                          <IconButton label={`Change ${panel.title}`} onClick={() => setEdited({ at: index, panel })}><Pencil aria-hidden="true" /></IconButton>
                          <IconButton label={`Remove ${panel.title}`} onClick={() => set({ panels: data.panels.filter((_, i) => i !== index) })}><Trash2 aria-hidden="true" /></IconButton>
                        </>
                      )
                    }
                  >
                    <PanelBody panel={panel} variables={data.variables} />
                  </Panel>
                ))}
              </div>
            )
          }
        </Await>
      )}
      {board && edited && edited !== "variables" && <PanelForm panel={edited === "new" ? undefined : edited.panel} onClose={() => setEdited(undefined)} onSave={put} />}
      {board && edited === "variables" && <VariableForm variables={board.variables} onClose={() => setEdited(undefined)} onSave={(variables: VariableDraft[]) => set({ variables })} />}
    </Page>
  );
}

/** Where a panel is now that was somewhere when its form was opened: others may have moved it meanwhile, or removed it (-1). */
export function place(panels: readonly PanelDraft[], opened: { at: number; panel: PanelDraft }): number {
  const same = (panel: PanelDraft | undefined) => JSON.stringify(panel) === JSON.stringify(opened.panel);
  return same(panels[opened.at]) ? opened.at : panels.findIndex(same);
}

/** What each variable stands for now: what the address says, else what the dashboard begins with. */
function useChosen(items: readonly VariableDraft[]): Record<string, string> {
  const { vars = {} } = route.useSearch();
  return Object.fromEntries(items.map((item) => [item.name, vars[item.name] ?? (item.value || (item.label ? ALL : (item.values[0] ?? "")))]));
}

function Variables({ items }: { items: readonly VariableDraft[] }) {
  const chosen = useChosen(items);
  const navigate = route.useNavigate();
  const choose = (name: string, value: string) => void navigate({ search: (old) => ({ ...old, vars: { ...old.vars, [name]: value } }) });
  return (
    <>
      {items.map((item) => (
        <VariableChoice key={item.name} item={item} value={chosen[item.name] ?? ""} metric={interpolate(item.metric, chosen, HOUR_MS, 60)} onChange={(value) => choose(item.name, value)} />
      ))}
    </>
  );
}

function VariableChoice({ item, value, metric, onChange }: { item: VariableDraft; value: string; /** Whose label it is, with the variables before it put in. */ metric: string; onChange: (value: string) => void }) {
  const offered = useQuery({
    queryKey: ["variable", metric, item.label],
    enabled: item.label !== "",
    staleTime: 30_000,
    retry: false,
    queryFn: async ({ signal }) => (await known<string[]>(`label/${item.label}/values`, { ...(metric && { "match[]": metric }), limit: 500 }, signal)).data,
  });
  const values = [...new Set([...(item.label ? [ALL, ...narrowed(offered.data ?? [], item.pattern)] : item.values), value])].filter(Boolean);
  return (
    <label className={css.variable}>
      {item.name}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {values.map((one) => (
          <option key={one} value={one}>
            {one === ALL ? "all" : one}
          </option>
        ))}
      </select>
    </label>
  );
}

const HEIGHT_PX = 180;

function PanelBody({ panel, variables }: { panel: PanelDraft; variables: readonly VariableDraft[] }) {
  const time = useRange();
  const chosen = useChosen(variables);
  const [place, near] = useNear<HTMLDivElement>();
  const result = useRangeQuery(panel.queries.map((one) => one.expr), chosen, panel.kind === "bars" ? 60 : 160, near);
  const measured = useMeasured(near && panel.unit === "" ? panel.queries.map((one) => one.expr) : [], chosen);
  const unit = panel.unit || settledUnit(measured.unit, result.data?.lines ?? []);
  const format = signalFormat(unit);
  return (
    <div ref={place} style={{ minHeight: HEIGHT_PX }}>
      <Await result={result} rows={4}>
        {(data) => {
          if (data.lines.length === 0) return <Empty title="No series in this time range" />;
          const names = named(data.lines, panel.queries);
          if (panel.kind === "figure") return <Figures lines={data.lines} names={names} format={format} words={unitWords(unit)} />;
          if (panel.kind === "table") return <Table lines={data.lines} names={names} format={format} />;
          return <Chart moments label={panel.title || "Panel"} kind={panel.kind === "bars" ? "bars" : "line"} height={HEIGHT_PX} sync="board" times={data.times} format={format} unit={signalUnit(unit)} series={data.lines.slice(0, LINES_MAX).map((line, i) => ({ label: names[i] ?? "", values: line.values, token: categoryToken(i) }))} onBrush={(from, to) => time.setRange({ from, to })} />;
        }}
      </Await>
    </div>
  );
}

/** What the series of a panel are called: as their query's legend says, else in as few words as tell them apart. Without any label a query's own words are the name. */
export function named(lines: readonly { labels: Labels; query: number }[], queries: readonly { expr: string; legend: string }[]): string[] {
  const short = distinct(lines.map((line) => line.labels)).names;
  const of = (line: { labels: Labels; query: number }, i: number) => {
    const { expr = "", legend: template = "" } = queries[line.query] ?? {};
    if (template) return legend(line.labels, template);
    const bare = Object.keys(line.labels).length === 0;
    return bare ? expr : queries.length > 1 ? legend(line.labels) : (short[i] ?? "");
  };
  return unique(lines.map(of));
}

const FIGURES_MAX = 12;

/** The newest value of each series: one large, or several with their names. */
function Figures({ lines, names, format, words }: { lines: Drawn["lines"]; names: string[]; format: (value: number) => string; words: string }) {
  const last = lines.map((line) => figures(line.values).last);
  const written = (value: number | null | undefined) => <>{value == null ? NONE : format(value)} <span className="dim">{words}</span></>;
  if (lines.length === 1) return <p className={css.figure}>{written(last[0])}</p>;
  return (
    <dl className={css.figures}>
      {names.slice(0, FIGURES_MAX).map((name, i) => (
        <div key={name}>
          <dt className="foreign clip" title={name}>{name}</dt>
          <dd>{written(last[i])}</dd>
        </div>
      ))}
      {names.length > FIGURES_MAX && <div className="dim">and {count(names.length - FIGURES_MAX)} more</div>}
    </dl>
  );
}

function Table({ lines, names, format }: { lines: Drawn["lines"]; names: string[]; format: (value: number) => string }) {
  const rows = lines.map((line, i) => ({ i, name: names[i] ?? "", labels: line.labels, last: figures(line.values).last }));
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { id: "series", header: "Series", width: { share: 1, min: 120 }, narrow: true, cell: (row) => <Middle text={row.name} title={legend(row.labels)} /> },
    { id: "value", header: "Last", width: 110, end: true, narrow: true, cell: (row) => (row.last === null ? NONE : format(row.last)) },
  ];
  return (
    <div style={{ height: HEIGHT_PX + 28 }}>
      <DataTable label="Values" rows={rows} columns={columns} rowKey={(row) => String(row.i)} record={(row) => ({ ...row.labels, value: row.last })} />
    </div>
  );
}
