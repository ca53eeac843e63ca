/** Which colour token stands for what. Colours repeat meaning, they never carry it alone. */

/** So many categories have a colour of their own; those after them begin again, hollow. */
export const CATEGORIES = 14;

/** The colour of what belongs to no category, and of all the rest together: a grey, which none of them has. */
export const REST_TOKEN = "--cat-8";

/** A stable category for a name, from 0: the same model or agent has the same colour on every page. */
export function categoryOf(name: string): number {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return (hash >>> 0) % CATEGORIES;
}

export function categoryToken(index: number): string {
  const at = (index % CATEGORIES) + 1;
  return `--cat-${at < 8 ? at : at + 1}`;
}

/** Whether its mark is hollow: as another one before it has the same colour. */
export function isHollow(index: number): boolean {
  return Math.floor(index / CATEGORIES) % 2 === 1;
}

/** What a span does, as people think of it. */
export type Work = "agent" | "model" | "tool" | "retrieval" | "other";

const works: Record<string, Work> = {
  invoke_agent: "agent",
  create_agent: "agent",
  chat: "model",
  text_completion: "model",
  generate_content: "model",
  execute_tool: "tool",
  embeddings: "retrieval",
  retrieval: "retrieval",
  rerank: "retrieval",
};

export function workOf(span: { operation: string; tool: string; model: string; peer_agent: string }): Work {
  const known = works[span.operation];
  if (known) return known;
  if (span.tool) return "tool";
  if (span.peer_agent) return "agent";
  return span.model ? "model" : "other";
}

export const WORK_LABEL: Record<Work, string> = { agent: "Agent", model: "Model", tool: "Tool", retrieval: "Retrieval", other: "Other" };

export const WORK_TOKEN: Record<Work, string> = {
  agent: "--cat-1",
  model: "--cat-5",
  tool: "--cat-2",
  retrieval: "--cat-3",
  other: REST_TOKEN,
};
