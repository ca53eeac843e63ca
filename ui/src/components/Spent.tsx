import { money } from "@/lib/format";

type Props = { usd: number | null | undefined; /** Models without a price that used tokens; true: some did, and which is not known. */ unpriced: readonly string[] | boolean };

/** What it cost. Where no price is known for a model that worked in it, that is said: a part is not the whole, and nothing is not free. */
export function Spent({ usd, unpriced }: Props) {
  if (unpriced === false || (unpriced !== true && unpriced.length === 0)) return <>{money(usd)}</>;
  const why = unpriced === true ? "It used tokens that cost nothing: the price table has no price for its model, or one of 0" : `The price table has no price for ${unpriced.join(", ")}`;
  return usd ? <span title={`${why}: what it used comes on top`}>≥ {money(usd)}</span> : <span className="dim" title={why}>unpriced</span>;
}

/** Whether tokens were used that cost nothing. */
export function costless({ input_tokens, output_tokens, cost_usd }: { input_tokens: number; output_tokens: number; cost_usd: number }): boolean {
  return forNothing(input_tokens + output_tokens, cost_usd);
}

/** The same of the agent at a place of live columns. */
export function costlessAt({ tokens, cost_usd }: { tokens: ArrayLike<number>; cost_usd: ArrayLike<number> }, place: number): boolean {
  return forNothing(tokens[place], cost_usd[place]);
}

function forNothing(tokens: number | undefined, usd: number | undefined): boolean {
  return usd === 0 && (tokens ?? 0) > 0;
}

/** What a live list cannot tell: it knows what each agent spent, and of which models only where all cost nothing. */
export const PRICED_ONLY = "what has a price: an agent’s page names the models without one";
