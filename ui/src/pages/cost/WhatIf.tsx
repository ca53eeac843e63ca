import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { get, getTagged, type Schema } from "@/api/client";
import { Button } from "@/components/Button";
import { DataTable, ROW_PX, type Column } from "@/components/DataTable";
import { Await, Empty, Failure } from "@/components/Notice";
import { Panel, Stats } from "@/components/Panel";
import { useRange } from "@/components/range";
import { useState } from "react";
import { money, percent, whole } from "@/lib/format";
import css from "./Cost.module.css";

type Row = Schema<"WhatIf">["items"][number];

/** Proposed at once, where they have a price: what many know, small and large. */
const COMMON = ["gpt-4o-mini", "gpt-4.1", "gpt-5-mini", "claude-haiku-4-5", "claude-sonnet-4-5", "gemini-2.5-flash", "gemini-2.5-pro", "deepseek-chat"];

/** The share by which `other` is dearer (+) or cheaper (−). */
export function change(actual: number, other: number): string {
  if (actual === 0) return "—";
  const ratio = other / actual - 1;
  if (ratio !== 0 && Math.abs(ratio) < 0.001) return "about 0 %";
  return `${ratio > 0 ? "+" : ratio < 0 ? "−" : ""}${percent(Math.abs(ratio))}`;
}

/** Nothing was counted although tokens were used: nobody knows the price. */
function free({ actual_usd, input_tokens, output_tokens }: Row): boolean {
  return actual_usd === 0 && input_tokens + output_tokens > 0;
}

/** What the spans of the time range would have cost with another model. */
export function WhatIf({ q, model, onModel }: { q: string; model: string; onModel: (model: string) => void }) {
  const time = useRange();
  const [text, setText] = useState(model);
  const prices = useQuery({ queryFn: ({ signal }) => getTagged("/api/v1/prices", { signal }), queryKey: ["prices"], staleTime: Infinity });
  const result = useQuery({
    queryFn: ({ signal }) => get("/api/v1/cost/what-if", { query: { ...time.query, q, model }, signal }),
    queryKey: ["cost", "what-if", q, model, time.query],
    enabled: model !== "",
    placeholderData: keepPreviousData,
    retry: false,
  });
  const choose = (name: string) => {
    setText(name);
    onModel(name);
  };
  return (
    <>
      <form
        className={css.other}
        onSubmit={(event) => {
          event.preventDefault();
          onModel(text.trim());
        }}
      >
        <label>
          What would it have cost with
          <input
            list="models"
            value={text}
            placeholder="gpt-4o-mini"
            maxLength={256}
            spellCheck={false}
            onChange={(event) => {
              setText(event.target.value);
              if (prices.data?.body.prices.some((price) => price.model === event.target.value)) onModel(event.target.value);
            }}
          />
        </label>
        <datalist id="models">
          {prices.data?.body.prices.map((price) => (
            <option key={price.model} value={price.model}>{`$${price.input_usd} in, $${price.output_usd} out`}</option>
          ))}
        </datalist>
        <div role="group" aria-label="Common models" className={css.common}>
          {COMMON.filter((name) => prices.data?.body.prices.some((price) => price.model === name)).map((name) => (
            <Button key={name} on={name === model} onClick={() => choose(name)}>
              {name}
            </Button>
          ))}
        </div>
      </form>
      {model === "" ? (
        <Panel>
          <Empty title="Choose another model">Press one above, or write the name of any that has a price. The tokens of this time range are then priced as if it had done all the work.</Empty>
        </Panel>
      ) : result.error && !result.data ? (
        <Failure error={result.error} title="This cannot be told" retry={() => void result.refetch()} />
      ) : (
        <Await result={result} rows={8}>
          {(data) => <Answer data={data} error={result.error} />}
        </Await>
      )}
    </>
  );
}

function Answer({ data, error }: { data: Schema<"WhatIf">; error: unknown }) {
  if (error) return <Failure error={error} title="This cannot be told" />;
  if (data.items.length === 0) return <Empty title="Nothing was spent here">There are no tokens in this time range to price anew.</Empty>;
  return (
    <>
      {!data.complete && <p className="dim">Of older days only spans that were worth keeping are counted here.</p>}
      <Stats
        items={[
          { label: "As it was", value: money(data.actual_usd) },
          { label: `With ${data.model}`, value: money(data.same_cache_usd), note: change(data.actual_usd, data.same_cache_usd), bad: data.same_cache_usd > data.actual_usd },
          { label: "If its cache were never hit", value: money(data.no_cache_usd), note: change(data.actual_usd, data.no_cache_usd), bad: data.no_cache_usd > data.actual_usd },
          { label: "Its price per million tokens", value: `${money(data.input_usd)} in`, note: `${money(data.output_usd)} out${data.cached_usd == null ? "" : `, ${money(data.cached_usd)} cached`}` },
        ]}
      />
      <Panel flush className={css.table} height={Math.min(560, 34 + ROW_PX * data.items.length)}>
        <DataTable main label="What it would cost, by model" rows={data.items} columns={COLUMNS} rowKey={(row) => `${row.model} ${row.operation}`} />
      </Panel>
      <p className="dim">
        An estimate: priced as <code>{data.matched}</code> in the <Link to="/settings" search={{ tab: "prices" }} className="link">price table</Link>, with the tokens that were counted. Another tokenizer counts other tokens, and another model may need more turns or fewer. Embeddings and reranking stay as they are.
      </p>
    </>
  );
}

const COLUMNS: Column<Row>[] = [
  { id: "model", header: "Model now", width: { share: 2, min: 150 }, narrow: true, cell: (row) => <span className="foreign">{row.model || <span className="dim">no model named</span>}</span> },
  { id: "operation", header: "Operation", width: { share: 1, min: 110 }, drop: 3, cell: (row) => <span className="foreign dim">{row.operation}</span> },
  { id: "spans", header: "Spans", width: 84, end: true, drop: 4, cell: (row) => whole(row.spans) },
  { id: "input", header: "Input tokens", width: 108, end: true, drop: 2, cell: (row) => whole(row.input_tokens) },
  { id: "output", header: "Output tokens", width: 112, end: true, drop: 2, cell: (row) => whole(row.output_tokens) },
  { id: "actual", header: "Cost", width: 92, end: true, narrow: true, cell: (row) => (free(row) ? <span className="dim" title="The price table has no price for it">unpriced</span> : money(row.actual_usd)) },
  { id: "other", header: "With the other", width: 116, end: true, narrow: true, cell: (row) => (row.same_cache_usd == null ? <span className="dim">stays</span> : money(row.same_cache_usd)) },
  { id: "change", header: "Change", width: 84, end: true, drop: 1, cell: (row) => (row.same_cache_usd == null ? "—" : change(row.actual_usd, row.same_cache_usd)) },
];
