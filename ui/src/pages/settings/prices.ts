/** The price table while it is edited: what changed, and what is wrong with it. */
import type { Schema } from "@/api/client";

export type Price = Schema<"Price">;
/** `was`: the line as it is stored; a new line has none. */
export type Draft = Price & { was?: Price };

const MOST_USD = 1e6;

const differs = (a: Price, b: Price) => a.input_usd !== b.input_usd || a.output_usd !== b.output_usd || a.cached_usd !== b.cached_usd || a.source !== b.source;

/** The table as it is stored, to be edited. */
export const unchanged = (stored: readonly Price[]): Draft[] => stored.map((price) => ({ ...price, was: price }));

/** How many lines differ from what is stored, gone ones too. */
export function changes(draft: readonly Draft[], stored: readonly Price[]): number {
  const kept = new Set(draft.map((price) => price.was?.model));
  return draft.filter((price) => !price.was || differs(price, price.was)).length + stored.filter((price) => !kept.has(price.model)).length;
}

const key = (price: Price) => price.model.trim().toLowerCase();

/** What was changed of the table as it was `seen`, on top of what is stored now: other lines are as somebody else left them. */
export function rebased(draft: readonly Draft[], seen: readonly Price[], stored: readonly Price[]): Draft[] {
  const mine = new Map(draft.filter((price) => !price.was || differs(price, price.was)).map((price) => [key(price), price]));
  const kept = new Set(draft.map((price) => price.was && key(price.was)));
  const gone = new Set(seen.map(key).filter((model) => !kept.has(model)));
  const there = new Set(stored.map(key));
  const added = [...mine.values()].filter((price) => !there.has(key(price))).map((price): Draft => ({ ...price, was: undefined }));
  return [...added, ...stored.filter((price) => !gone.has(key(price))).map((price) => ({ ...(mine.get(key(price)) ?? price), model: price.model, was: price }))];
}

/** What is wrong with a line, by its place. */
export function problems(draft: readonly Draft[]): Map<number, string> {
  const found = new Map<number, string>();
  const first = new Map<string, number>();
  draft.forEach((price, index) => {
    const name = key(price);
    const sums = [price.input_usd, price.output_usd, price.cached_usd ?? 0];
    if (!name) found.set(index, "a name is needed");
    else if (sums.some((usd) => !(usd >= 0 && usd < MOST_USD))) found.set(index, "prices lie between 0 and a million dollars");
    const other = name ? first.get(name) : undefined;
    if (other === undefined) first.set(name, index);
    else found.set(price.was ? other : index, "this model is in the table already");
  });
  return found;
}
