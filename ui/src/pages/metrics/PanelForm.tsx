import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Schema } from "@/api/client";
import { Button, IconButton, Segments } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Editor } from "./Editor";
import css from "./Metrics.module.css";

export type PanelDraft = Schema<"DashboardPanel">;
export type VariableDraft = Schema<"Variable">;

const KINDS = (["lines", "bars", "figure", "table"] as const).map((value) => ({ value, label: value[0]?.toUpperCase() + value.slice(1) }));
const WIDTHS = ["1", "2", "3"].map((value) => ({ value, label: `${value} of 3` }));
const UNITS: [string, string][] = [["", "as the metrics say"], ["1", "number"], ["s", "seconds"], ["ms", "milliseconds"], ["By", "bytes"], ["ratio", "0 to 1 as percent"], ["%", "percent"], ["1/s", "a second"], ["USD", "US dollars"]];
const FIRST: PanelDraft = { title: "", kind: "lines", unit: "", width: 1, queries: [{ expr: "", legend: "" }] };

/** A panel: what it is called, what it asks, how it shows the answer. */
export function PanelForm({ panel = FIRST, onSave, onClose }: { panel?: PanelDraft; onSave: (panel: PanelDraft) => void; onClose: () => void }) {
  const [draft, setDraft] = useState(panel);
  const set = (change: Partial<PanelDraft>) => setDraft((old) => ({ ...old, ...change }));
  const query = (index: number, change: Partial<PanelDraft["queries"][number]>) => setDraft((old) => ({ ...old, queries: old.queries.map((one, i) => (i === index ? { ...one, ...change } : one)) }));
  const asked = draft.queries.filter((one) => one.expr.trim());
  return (
    <Dialog title={panel === FIRST ? "A new panel" : "Change the panel"} onClose={onClose} className={css.large}>
      <div className={css.form}>
        <label>
          Title
          <input maxLength={200} value={draft.title} onChange={(event) => set({ title: event.target.value })} />
        </label>
        {draft.queries.map((one, i) => (
          <div key={i} className={css.query}>
            <Editor label={`PromQL query ${i + 1}`} value={one.expr} onRun={(expr) => query(i, { expr })} />
            <input aria-label={`Legend ${i + 1}`} placeholder="Legend, such as {{model}}" maxLength={300} value={one.legend} onChange={(event) => query(i, { legend: event.target.value })} />
            {draft.queries.length > 1 && (
              <IconButton label={`Remove query ${i + 1}`} onClick={() => set({ queries: draft.queries.filter((_, j) => j !== i) })}>
                <Trash2 aria-hidden="true" />
              </IconButton>
            )}
          </div>
        ))}
        <div className={css.row}>
          <Button look="quiet" onClick={() => set({ queries: [...draft.queries, { expr: "", legend: "" }] })}>
            <Plus aria-hidden="true" /> Another query
          </Button>
        </div>
        <div className={css.row}>
          <Segments label="Kind" value={draft.kind} options={KINDS} onChange={(kind) => set({ kind })} />
          <Segments label="Width" value={String(draft.width)} options={WIDTHS} onChange={(width) => set({ width: Number(width) })} />
          <label>
            Unit
            <select value={draft.unit} onChange={(event) => set({ unit: event.target.value })}>
              {[...UNITS, ...(UNITS.some(([unit]) => unit === draft.unit) ? [] : [[draft.unit, draft.unit] as [string, string]])].map(([unit, words]) => (
                <option key={unit} value={unit}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Button look="primary" disabled={asked.length === 0} onClick={() => onSave({ ...draft, queries: asked })}>
          Save
        </Button>
      </div>
    </Dialog>
  );
}

/** The variables of a dashboard: values of a label, or a list. */
export function VariableForm({ variables, onSave, onClose }: { variables: VariableDraft[]; onSave: (variables: VariableDraft[]) => void; onClose: () => void }) {
  const [draft, setDraft] = useState(variables);
  const set = (index: number, change: Partial<VariableDraft>) => setDraft((old) => old.map((one, i) => (i === index ? { ...one, ...change } : one)));
  const wrong = draft.some((one, i) => !/^[A-Za-z_]\w*$/.test(one.name) || draft.findIndex((other) => other.name === one.name) !== i);
  return (
    <Dialog title="Variables" onClose={onClose} className={css.large}>
      <div className={css.form}>
        <p className="dim">
          Queries use one as <code>$name</code>; with a label its values are offered, and <code>=~</code> takes “all” too.
        </p>
        {draft.map((one, i) => (
          <div key={i} className={css.row}>
            <input aria-label={`Name ${i + 1}`} placeholder="name" value={one.name} onChange={(event) => set(i, { name: event.target.value })} />
            <input aria-label={`Label ${i + 1}`} placeholder="label, such as model" value={one.label} onChange={(event) => set(i, { label: event.target.value })} />
            <input aria-label={`Metric ${i + 1}`} placeholder="of which metric" value={one.metric} onChange={(event) => set(i, { metric: event.target.value })} />
            <input aria-label={`Values ${i + 1}`} placeholder="or a list: 1m, 5m, 1h" value={one.values.join(", ")} onChange={(event) => set(i, { values: event.target.value.split(",").map((text) => text.trim()).filter((text, j, all) => text || j === all.length - 1) })} />
            <IconButton label={`Remove variable ${i + 1}`} onClick={() => setDraft(draft.filter((_, j) => j !== i))}>
              <Trash2 aria-hidden="true" />
            </IconButton>
          </div>
        ))}
        <div className={css.row}>
          <Button look="quiet" onClick={() => setDraft([...draft, { name: "", metric: "", label: "", pattern: "", values: [], value: "" }])}>
            <Plus aria-hidden="true" /> Another variable
          </Button>
        </div>
        <Button look="primary" disabled={wrong} onClick={() => onSave(draft.map((one) => ({ ...one, values: one.values.filter(Boolean) })))}>
          Save
        </Button>
      </div>
    </Dialog>
  );
}
