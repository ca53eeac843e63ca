/** Which colour token stands for what. Colours repeat meaning, they never carry it alone. */

export const CATEGORIES = 8;

/** A stable category colour for a name: the same model or agent has the same colour on every page. */
export function categoryOf(name: string): number {
  let hash = 2166136261;
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 16777619);
  return ((hash >>> 0) % CATEGORIES) + 1;
}

export function categoryToken(index: number): string {
  return `--cat-${(index % CATEGORIES) + 1}`;
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
  other: "--cat-8",
};
