import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, Undo2 } from "lucide-react";
import { useState } from "react";
import { get, getTagged, outdated, replace, type Schema, type Tagged } from "@/api/client";
import { Badge } from "@/components/Badge";
import { Button, IconButton } from "@/components/Button";
import { Export } from "@/components/Export";
import { Await, Changed } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import { cx } from "@/lib/cx";
import { count, plural } from "@/lib/format";
import css from "./Settings.module.css";
import { changes, problems, rebased, unchanged, type Draft, type Price } from "./prices";

const NUMBERS = [
  ["input_usd", "Input"],
  ["output_usd", "Output"],
  ["cached_usd", "Cached input"],
] as const;

/** What models cost, edited in place. A changed line is set for this install and comes before the shipped one. */
export function Prices() {
  const result = useQuery({ queryFn: ({ signal }) => getTagged("/api/v1/prices", { signal }), queryKey: ["prices"], staleTime: Infinity });
  const me = useQuery({ queryFn: ({ signal }) => get("/api/v1/me", { signal }), queryKey: ["me"] });
  const may = me.data?.role === "admin" && me.data.tenant === "default";
  return <Await result={result}>{(data) => <Table now={data} load={async () => (await result.refetch()).data} may={may} />}</Await>;
}

/** What a download holds of a price. */
function perMillion({ model, input_usd, output_usd, cached_usd, source }: Price): Record<string, unknown> {
  return { model, input_usd_per_million_tokens: input_usd, output_usd_per_million_tokens: output_usd, cached_usd_per_million_tokens: cached_usd, source };
}

type Whole = Tagged<Schema<"Prices">>;

function Table({ now, load, may }: { now: Whole; load: () => Promise<Whole | undefined>; may: boolean }) {
  const queries = useQueryClient();
  const [seen, setSeen] = useState(now);
  const prices = seen.body.prices;
  const [draft, setDraft] = useState<Draft[]>(unchanged(prices));
  const [text, setText] = useState("");
  const changed = changes(draft, prices);
  if (now.tag !== seen.tag && changed === 0) {
    setSeen(now);
    setDraft(unchanged(now.body.prices));
  }
  const wrong = problems(draft);
  const save = useMutation({
    mutationFn: async () => {
      const own = draft.filter((p) => p.source === "set").map(({ model, input_usd, output_usd, cached_usd }) => ({ model: model.trim(), input_usd, output_usd, cached_usd }));
      return replace<Schema<"Prices">>("/api/v1/prices", { prices: own }, seen.tag);
    },
    onSuccess: (data) => {
      queries.setQueryData(["prices"], data);
      setSeen(data);
      setDraft(unchanged(data.body.prices));
      toast("Prices saved: spans that arrive from now on are priced by them");
    },
    onError: (error) => outdated(error) || toast(error.message, "bad"),
  });
  const catchUp = async () => {
    const loaded = await load();
    if (!loaded) return;
    setDraft(rebased(draft, prices, loaded.body.prices));
    setSeen(loaded);
    save.reset();
  };
  const change = (index: number, part: Partial<Price>) => setDraft(draft.map((price, i) => (i === index ? { ...price, ...part, source: "set" as const } : price)));
  const add = (model: string) => {
    setText("");
    setDraft([{ model, input_usd: 0, output_usd: 0, cached_usd: null, source: "set" }, ...draft]);
  };
  const wanted = text.toLowerCase();
  return (
    <>
      <Unpriced known={draft} onAdd={may ? add : undefined} />
      <Panel
        title="Price table"
        note="US dollars per million tokens; what you set comes before what is shipped"
        tools={
          <>
            <Export label="Prices" records={() => prices.map(perMillion)} />
            {may && (
              <>
                <Button onClick={() => add("")}>
                  <Plus aria-hidden="true" /> Add
                </Button>
                {changed > 0 && <Button onClick={() => setDraft(unchanged(prices))}>Discard</Button>}
                <Button look="primary" disabled={changed === 0 || wrong.size > 0 || save.isPending} onClick={() => save.mutate()}>
                  Save{changed > 0 && ` ${plural(changed, "change")}`}
                </Button>
              </>
            )}
          </>
        }
      >
        <Changed error={save.error} load={() => void catchUp()} />
        <div className={css.form}>
          <input aria-label="Find a model" placeholder="Find a model" value={text} onChange={(event) => setText(event.target.value)} />
        </div>
        <div className={css.scroll} tabIndex={0}>
          <table className={cx(css.table, css.prices)}>
            <thead>
              <tr>
                <th>Model</th>
                {NUMBERS.map(([id, label]) => (
                  <th key={id}>{label}</th>
                ))}
                <th>From</th>
                <th>
                  <span className="hidden">Take back</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {draft.map((price, index) =>
                price.model.toLowerCase().includes(wanted) ? (
                  <tr key={index} className={cx(wrong.has(index) && css.bad)}>
                    <td className="foreign">
                      {price.was ? price.model : <input aria-label="Model" autoFocus value={price.model} aria-invalid={wrong.has(index)} placeholder="name, as spans give it" onChange={(event) => change(index, { model: event.target.value })} />}
                      {wrong.get(index) && (
                        <small className={css.wrong} role="alert">
                          {wrong.get(index)}
                        </small>
                      )}
                    </td>
                    {NUMBERS.map(([id, label]) => (
                      <td key={id}>
                        <input
                          aria-label={`${label} of ${price.model || "the new model"}`}
                          type="number"
                          min={0}
                          step="any"
                          disabled={!may}
                          value={price[id] ?? ""}
                          placeholder={id === "cached_usd" ? "as input" : undefined}
                          onChange={(event) => change(index, { [id]: event.target.value === "" ? (id === "cached_usd" ? null : 0) : Number(event.target.value) })}
                        />
                      </td>
                    ))}
                    <td>{price.source === "set" ? <Badge tone="accent">set here</Badge> : <span className="dim">{price.source}</span>}</td>
                    <td>
                      {may && price.source === "set" && (
                        <IconButton label={`Take back the price of ${price.model || "the new model"}`} onClick={() => setDraft(draft.flatMap((p, i) => (i !== index ? [p] : p.was && p.was.source !== "set" ? [{ ...p.was, was: p.was }] : [])))}>
                          <Undo2 aria-hidden="true" />
                        </IconButton>
                      )}
                    </td>
                  </tr>
                ) : null,
              )}
            </tbody>
          </table>
        </div>
      </Panel>
    </>
  );
}

/** Models that were used this week and have no price: they look free, and are not. */
function Unpriced({ known, onAdd }: { known: Draft[]; onAdd?: (model: string) => void }) {
  const used = useQuery({ queryFn: ({ signal }) => get("/api/v1/cost", { query: { by: "model", start: "-7d", limit: 1000 }, signal }), queryKey: ["cost", "model", "unpriced"], staleTime: 60_000 });
  const free = (used.data?.items ?? []).filter((item) => item.key && item.cost_usd === 0 && item.input_tokens + item.output_tokens > 0 && !known.some((price) => price.model === item.key.toLowerCase()));
  if (free.length === 0) return null;
  return (
    <Panel title="Used this week, without a price" note="They are counted as free">
      <ul className={css.chips}>
        {free.slice(0, 20).map((item) => (
          <li key={item.key}>
            <span className="foreign">{item.key}</span> <span className="dim">{count(item.input_tokens + item.output_tokens)} tokens</span>
            {onAdd && (
              <Button look="quiet" onClick={() => onAdd(item.key)}>
                Set a price
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
