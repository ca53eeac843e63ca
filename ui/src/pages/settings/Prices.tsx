import { useMutation, useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { get, send, type Schema } from "@/api/client";
import { Button, IconButton } from "@/components/Button";
import { Await } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { toast } from "@/components/toasts";
import css from "./Settings.module.css";

type Price = Schema<"Price">;
const NUMBERS = [
  ["input_usd", "Input"],
  ["output_usd", "Output"],
  ["cached_usd", "Cached"],
] as const;

/** What models cost, edited in place. A changed line is set for this install and comes before the shipped one. */
export function Prices() {
  const result = useQuery({ queryFn: ({ signal }) => get("/api/v1/prices", { signal }), queryKey: ["prices"], staleTime: Infinity });
  return <Await result={result}>{(data) => <Table key={data.prices.length} prices={data.prices} />}</Await>;
}

function Table({ prices }: { prices: Price[] }) {
  const [draft, setDraft] = useState(prices);
  const [text, setText] = useState("");
  const save = useMutation({
    mutationFn: () => send("PUT", "/api/v1/prices", { prices: draft.filter((p) => p.source === "set").map(({ model, input_usd, output_usd, cached_usd }) => ({ model, input_usd, output_usd, cached_usd })) }),
    onSuccess: () => toast("Prices saved: spans that arrive from now on are priced by them"),
    onError: (error) => toast(error.message, "bad"),
  });
  const change = (index: number, part: Partial<Price>) => setDraft(draft.map((price, i) => (i === index ? { ...price, ...part, source: "set" as const } : price)));
  const wanted = text.toLowerCase();
  return (
    <Panel
      title="Price table"
      note="US dollars per million tokens; what you set comes before what is shipped"
      tools={
        <>
          <Button onClick={() => setDraft([{ model: "new-model", input_usd: 0, output_usd: 0, cached_usd: null, source: "set" }, ...draft])}>
            <Plus aria-hidden="true" /> Add
          </Button>
          <Button look="primary" disabled={save.isPending} onClick={() => save.mutate()}>
            Save
          </Button>
        </>
      }
    >
      <div className={css.form}>
        <input aria-label="Find a model" placeholder="Find a model" value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      <div className={css.scroll} tabIndex={0}>
        <table className={css.table}>
          <thead>
            <tr>
              <th>Model</th>
              {NUMBERS.map(([id, label]) => (
                <th key={id}>{label}</th>
              ))}
              <th>From</th>
              <th>
                <span className="hidden">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {draft.map((price, index) =>
              price.model.toLowerCase().includes(wanted) ? (
                <tr key={index}>
                  <td>
                    <input aria-label="Model" value={price.model} onChange={(event) => change(index, { model: event.target.value })} />
                  </td>
                  {NUMBERS.map(([id, label]) => (
                    <td key={id}>
                      <input aria-label={label} type="number" min={0} step="any" value={price[id] ?? ""} onChange={(event) => change(index, { [id]: event.target.value === "" ? (id === "cached_usd" ? null : 0) : Number(event.target.value) })} />
                    </td>
                  ))}
                  <td className="dim">{price.source}</td>
                  <td>
                    <IconButton label="Remove" disabled={price.source !== "set"} onClick={() => setDraft(draft.filter((_, i) => i !== index))}>
                      <Trash2 aria-hidden="true" />
                    </IconButton>
                  </td>
                </tr>
              ) : null,
            )}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}
