/** Who said a message, where the message itself does not tell: some conventions put the role beside it. Pure. */

type Message = { key: string; role: string; direction: "system" | "input" | "output" | "tool" | "other" };
type Spoken<M> = { attributes: Record<string, unknown>; events: { name: string }[]; messages: M[] };

const DIRECTIONS: Record<string, Message["direction"]> = { system: "system", developer: "system", user: "input", human: "input", assistant: "output", tool: "tool", function: "tool" };
const EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;

function beside(key: string, attributes: Record<string, unknown>): string {
  const role = attributes[`${key}.role`] ?? attributes[`${key}.message.role`];
  return typeof role === "string" ? role : "";
}

/** Roles of messages that came as events, in their order; none where the two lists do not match one to one. */
function ofEvents(messages: Message[], events: { name: string }[]): string[] {
  const named = events.flatMap((event) => (EVENT.exec(event.name)?.[1] ? [EVENT.exec(event.name)?.[1] ?? ""] : []));
  return named.length === messages.filter((m) => m.key === "content").length ? named : [];
}

/** The messages of a span with their roles. An assistant's message is output only where it is the span's own answer. */
export function withRoles<M extends Message>(span: Spoken<M>): M[] {
  const roles = ofEvents(span.messages, span.events);
  let next = 0;
  return span.messages.map((message) => {
    if (message.role) return message;
    const role = message.key === "content" ? (roles[next++] ?? "") : message.key === "message" && message.direction === "other" ? "assistant" : beside(message.key, span.attributes);
    if (!role) return message;
    const answer = message.direction === "output" || message.key === "message";
    const direction = answer ? "output" : role === "assistant" ? "input" : (DIRECTIONS[role] ?? message.direction);
    return { ...message, role, direction };
  });
}

/** What to call whoever said it: the role, else what the attribute's name says. */
export function speaker(message: Message): string {
  if (message.role) return message.role;
  if (/argument|parameter/.test(message.key)) return message.direction === "tool" ? "tool input" : "parameters";
  if (/tool.*result/.test(message.key)) return "tool result";
  if (/\binput\b(?!.*message)/.test(message.key)) return "input";
  if (/\boutput\b(?!.*message)/.test(message.key)) return "output";
  return { system: "system", input: "user", output: "assistant", tool: "tool", other: "message" }[message.direction];
}
