import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { get, send, type Schema } from "@/api/client";
import { Badge, type Tone } from "@/components/Badge";
import { Button, IconButton } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Export } from "@/components/Export";
import { Await, Empty } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import { term } from "@/lib/filter";
import { count, money, percent } from "@/lib/format";
import { parseTime, stamp } from "@/lib/time";
import css from "./Cost.module.css";

type Budget = Schema<"BudgetState">;
const LOOKS: Record<Budget["state"], { tone: Tone; words: string; token: string }> = {
  ok: { tone: "ok", words: "within", token: "--ok" },
  at_risk: { tone: "warn", words: "will not last", token: "--warn" },
  over: { tone: "bad", words: "over budget", token: "--bad" },
};
const SCOPES = ["all", "team", "agent", "model", "service"] as const;
const PERIODS = ["day", "week", "month"] as const;

/** What may be spent, what was, and where that leads. */
export function Budgets() {
  const queries = useQueryClient();
  const me = useQuery({ queryFn: ({ signal }) => get("/api/v1/me", { signal }), queryKey: ["me"] });
  const may = me.data?.role === "admin" || me.data?.role === "editor";
  const [edited, setEdited] = useState<Partial<Budget>>();
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/budgets", { signal }), queryKey: ["budgets"], refetchInterval: 30_000 });
  /** Stands in the list at once; where in it, and all others, the server tells next. */
  const kept = async (budget: Budget) => {
    setEdited(undefined);
    await queries.cancelQueries({ queryKey: ["budgets"] }); // what is under way was asked before
    queries.setQueryData<Schema<"Budgets">>(["budgets"], (old) => ({ items: [budget, ...(old?.items ?? []).filter((one) => one.name !== budget.name)] }));
    refresh();
  };
  const refresh = () => void queries.invalidateQueries({ queryKey: ["budgets"] });
  const remove = useMutation({ mutationFn: (name: string) => send("DELETE", `/api/v1/budgets/${encodeURIComponent(name)}`, undefined), onSuccess: refresh, onError: (error) => toast(error.message, "bad") });
  const add = may && (
    <Button look="primary" onClick={() => setEdited({})}>
      <Plus aria-hidden="true" /> Set a budget
    </Button>
  );
  return (
    <Await result={result} rows={6}>
      {(data) => (
        <>
          {data.items.length === 0 ? (
            <Panel title="Budgets">
              <Empty title="No budgets yet" actions={add}>
                A budget says what may be spent in a day, week or month: by all, a team, an agent, a model or a service. It shows what was spent of it and whether it will last.
              </Empty>
            </Panel>
          ) : (
            <>
              <div className={css.head}>
                {add}
                <Export label="Budgets" records={data.items} />
              </div>
              <Grid min={320}>
                {data.items.map((budget) => (
                  <One key={budget.name} budget={budget} onEdit={may ? () => setEdited(budget) : undefined} onRemove={may ? () => remove.mutate(budget.name) : undefined} />
                ))}
              </Grid>
            </>
          )}
          {edited && (
            <Form
              budget={edited}
              onClose={() => setEdited(undefined)}
              onSaved={(budget) => void kept(budget)}
            />
          )}
        </>
      )}
    </Await>
  );
}

/** How much of the limit; a multiple of it as people say it. */
function ofLimit(ratio: number): string {
  return ratio < 2 ? percent(ratio) : `${count(Number(ratio.toPrecision(2)))} times the limit`;
}

function One({ budget, onEdit, onRemove }: { budget: Budget; onEdit?: () => void; onRemove?: () => void }) {
  const look = LOOKS[budget.state];
  const share = (usd: number) => Math.min(1, usd / budget.limit_usd);
  const [spent, forecast] = [share(budget.spent_usd), share(budget.forecast_usd)];
  return (
    <Panel
      title={<span className="foreign">{budget.name}</span>}
      note={`per ${budget.period}`}
      tools={
        <>
          <Badge tone={look.tone}>{look.words}</Badge>
          {onEdit && (
            <Button look="quiet" onClick={onEdit}>
              Change
            </Button>
          )}
          {onRemove && (
            <IconButton label={`Remove the budget ${budget.name}`} onClick={onRemove}>
              <Trash2 aria-hidden="true" />
            </IconButton>
          )}
        </>
      }
    >
      <p className={css.spent}>
        <strong>{money(budget.spent_usd)}</strong> of {money(budget.limit_usd)} <span className="dim">{percent(budget.spent_usd / budget.limit_usd)}, with {percent(budget.elapsed)} of the {budget.period} gone</span>
      </p>
      <div className={css.gauge} role="img" aria-label={`${money(budget.spent_usd)} spent, ${money(budget.forecast_usd)} expected, ${money(budget.limit_usd)} allowed`}>
        <span className={css.expected} style={{ width: `${100 * forecast}%` }} />
        <span style={{ width: `${100 * spent}%`, background: `var(${look.token})` }} />
      </div>
      <p className="dim">
        {forecast > spent && <i className={css.key} aria-hidden="true" />}
        {budget.spent_usd === 0 && budget.scope !== "all"
          ? `Nothing was spent yet by a ${budget.scope} of exactly this name.`
          : `${money(budget.forecast_usd)} (${ofLimit(budget.forecast_usd / budget.limit_usd)}) expected by the end of the ${budget.period} (UTC) at ${money(budget.pace_usd_per_day)} a day${budget.exhausted ? `; spent by ${stamp(parseTime(budget.exhausted))}` : ""}.`}{" "}
        {budget.scope !== "all" && budget.scope !== "team" && (
          <Link to="/traces" search={{ q: term(budget.scope, budget.key), sort: "-cost" }} className="link foreign">
            {budget.scope} {budget.key}
          </Link>
        )}
        {budget.scope === "team" && <span className="foreign">team {budget.key}</span>}
      </p>
    </Panel>
  );
}

function Form({ budget, onClose, onSaved }: { budget: Partial<Budget>; onClose: () => void; onSaved: (budget: Budget) => void }) {
  const [draft, setDraft] = useState({ name: budget.name ?? "", scope: budget.scope ?? "all", key: budget.key ?? "", period: budget.period ?? "month", limit: budget.limit_usd ? String(budget.limit_usd) : "" });
  const limit = Number(draft.limit);
  const complete = draft.name.trim() !== "" && limit > 0 && (draft.scope === "all" || draft.key.trim() !== "");
  const known = useQuery({
    queryFn: ({ signal }) => get("/api/v1/cost", { query: { by: draft.scope === "all" ? "model" : draft.scope, start: "-30d", limit: 200 }, signal }),
    queryKey: ["cost", "keys", draft.scope],
    enabled: draft.scope !== "all",
    staleTime: 60_000,
  });
  const save = useMutation({
    mutationFn: async () => {
      const answer = await send("PUT", `/api/v1/budgets/${encodeURIComponent(draft.name.trim())}`, { scope: draft.scope, key: draft.scope === "all" ? "" : draft.key.trim(), period: draft.period, limit_usd: limit });
      return (await answer.json()) as Budget;
    },
    onSuccess: onSaved,
  });
  return (
    <Dialog title={budget.name ? `Budget ${budget.name}` : "Set a budget"} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <label>
          Name
          <input value={draft.name} required maxLength={100} disabled={!!budget.name} autoFocus={!budget.name} onChange={(event) => setDraft({ ...draft, name: event.target.value })} />
        </label>
        <label>
          For
          <select value={draft.scope} onChange={(event) => setDraft({ ...draft, scope: event.target.value as Budget["scope"], key: "" })}>
            {SCOPES.map((scope) => (
              <option key={scope} value={scope}>
                {scope === "all" ? "everything" : `one ${scope}`}
              </option>
            ))}
          </select>
        </label>
        {draft.scope !== "all" && (
          <label>
            Which {draft.scope}
            <input list="keys" value={draft.key} required maxLength={512} spellCheck={false} onChange={(event) => setDraft({ ...draft, key: event.target.value })} />
            <datalist id="keys">{known.data?.items.map((item) => item.key && <option key={item.key} value={item.key} />)}</datalist>
          </label>
        )}
        <label>
          US dollars
          <input value={draft.limit} required inputMode="decimal" aria-invalid={draft.limit !== "" && !(limit > 0)} onChange={(event) => setDraft({ ...draft, limit: event.target.value })} />
        </label>
        <label>
          Per
          <select value={draft.period} onChange={(event) => setDraft({ ...draft, period: event.target.value as Budget["period"] })}>
            {PERIODS.map((period) => (
              <option key={period}>{period}</option>
            ))}
          </select>
        </label>
        {save.error && (
          <p className={css.wrong} role="alert">
            {save.error.message}
          </p>
        )}
        <Button type="submit" look="primary" disabled={!complete || save.isPending}>
          Save
        </Button>
      </form>
    </Dialog>
  );
}
