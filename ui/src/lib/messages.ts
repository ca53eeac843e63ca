/** Reads the message formats of the field into parts that can be shown. Never throws: what is not understood is text. */

export type Part =
  | { kind: "text"; text: string }
  | { kind: "thinking"; text: string }
  | { kind: "call"; name: string; id: string; data: unknown }
  | { kind: "result"; name: string; id: string; data: unknown }
  | { kind: "image"; source: string }
  | { kind: "data"; data: unknown };

type Dict = Record<string, unknown>;

function isDict(value: unknown): value is Dict {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function str(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** JSON in a string becomes what it says; anything else stays. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The address of an image: a data: address where the bytes came along, whatever the convention; empty where neither is there. */
function image(block: Dict): Part {
  const source = isDict(block["source"]) ? block["source"] : isDict(block["inline_data"]) ? block["inline_data"] : isDict(block["inlineData"]) ? block["inlineData"] : block;
  const type = str(source["media_type"]) || str(source["mime_type"]) || str(source["mimeType"]);
  const data = str(source["data"]) || (block["type"] === "blob" ? str(block["content"]) : "");
  const url = isDict(block["image_url"]) ? str(block["image_url"]["url"]) : str(block["image_url"]) || str(source["uri"]) || str(source["url"]);
  return { kind: "image", source: url || (data ? `data:${type || "application/octet-stream"};base64,${data}` : type) };
}

function call(block: Dict): Part {
  const inner = isDict(block["function"]) ? block["function"] : block;
  return { kind: "call", name: str(inner["name"]) || "tool", id: str(block["id"]), data: unwrap(inner["arguments"] ?? inner["input"]) };
}

function fromBlock(block: unknown): Part {
  if (typeof block === "string") return { kind: "text", text: block };
  if (!isDict(block)) return { kind: "data", data: block };
  switch (block["type"]) {
    case "text":
    case "input_text":
    case "output_text":
      return { kind: "text", text: str(block["content"]) || str(block["text"]) };
    case "reasoning":
    case "thinking":
      return { kind: "thinking", text: str(block["content"]) || str(block["thinking"]) || str(block["text"]) };
    case "tool_call":
    case "tool_use":
    case "function":
      return call(block);
    case "tool_call_response":
    case "tool_result":
      return { kind: "result", name: str(block["name"]), id: str(block["id"]) || str(block["tool_use_id"]), data: unwrap(block["response"] ?? block["result"] ?? block["content"]) };
    case "image":
    case "image_url":
    case "input_image":
      return image(block);
    case "blob":
    case "uri":
      return block["modality"] === "image" || str(block["mime_type"]).startsWith("image/") ? image(block) : { kind: "data", data: block };
    default:
      return isDict(block["inline_data"]) || isDict(block["inlineData"]) ? image(block) : typeof block["text"] === "string" && block["type"] === undefined ? { kind: "text", text: block["text"] } : { kind: "data", data: block };
  }
}

function fromMessage(message: Dict): Part[] {
  const parts: Part[] = [];
  const thinking = str(message["reasoning_content"]) || str(message["thinking"]);
  if (thinking) parts.push({ kind: "thinking", text: thinking });
  const body = message["parts"] ?? message["content"];
  if (message["role"] === "tool" && !Array.isArray(message["parts"])) {
    parts.push({ kind: "result", name: str(message["name"]), id: str(message["tool_call_id"]), data: unwrap(body) });
  } else if (Array.isArray(body)) parts.push(...body.map(fromBlock));
  else if (typeof body === "string" && body) parts.push({ kind: "text", text: body });
  else if (body != null && body !== "") parts.push({ kind: "data", data: body });
  if (Array.isArray(message["tool_calls"])) parts.push(...message["tool_calls"].filter(isDict).map(call));
  return parts;
}

/** What a function was given, without the wrapping that decorators put around it: `{"args": [], "kwargs": …}`. */
function given(value: unknown): unknown {
  if (!isDict(value) || Object.keys(value).sort().join() !== "args,kwargs" || !Array.isArray(value["args"]) || !isDict(value["kwargs"])) return value;
  const named = Object.values(value["kwargs"]);
  if (value["args"].length === 0) return named.length > 0 ? value["kwargs"] : value;
  return named.length > 0 ? value : value["args"].length === 1 ? (value["args"][0] as unknown) : value["args"];
}

/** The parts of one stored message. */
export function parts(raw: string, text: string): Part[] {
  const stored = unwrap(raw);
  const value = given(stored);
  if (value !== stored) {
    const only = isDict(value) && Object.keys(value).length === 1 ? Object.values(value)[0] : value;
    return [typeof only === "string" ? { kind: "text", text: only } : { kind: "data", data: value }];
  }
  if (isDict(value)) {
    const messages = value["messages"];
    if (Array.isArray(messages) && messages.length > 0 && Object.keys(value).length === 1 && messages.every((m) => isDict(m) && "role" in m)) return messages.flatMap((m) => fromMessage(m as Dict));
    if (isDict(value["message"])) return fromMessage(value["message"]);
    if ("role" in value || "parts" in value || "content" in value || "tool_calls" in value) {
      const found = fromMessage(value);
      if (found.length > 0) return found;
    }
    if ("type" in value) return [fromBlock(value)];
    return [{ kind: "data", data: value }];
  }
  if (Array.isArray(value)) {
    const messages = value.every((v) => isDict(v) && ("role" in v || "type" in v));
    return messages ? value.flatMap((v) => ("role" in (v as Dict) ? fromMessage(v as Dict) : [fromBlock(v)])) : [{ kind: "data", data: value }];
  }
  return [{ kind: "text", text: text || raw }];
}

type Spoken = { key: string; role: string; direction: "system" | "input" | "output" | "tool" | "other" };
type Stored = Spoken & { raw: string; text: string };

/** What a tool was called with and gave back, where its own span says it: bare, without the name of the tool. */
export function ofTool(message: Stored, tool: string): Part[] {
  const found = parts(message.raw, message.text);
  if (!tool || message.role || found.some((part) => part.kind === "call" || part.kind === "result")) return found;
  const stored = given(unwrap(message.raw || message.text));
  const data = typeof stored === "string" && stored.startsWith('"') ? message.text || stored : stored; // a string of JSON is read without its marks
  if (message.direction === "output" || /result|response|output/i.test(message.key)) return [{ kind: "result", name: tool, id: "", data }];
  return [{ kind: "call", name: tool, id: "", data }];
}

/** The names of tools by the ids of their calls: an answer carries the id alone. */
export function callNames(messages: readonly Stored[]): Map<string, string> {
  const calls = messages.filter((m) => m.role !== "user" && /tool_?call|tool_use|function/i.test(m.raw)).flatMap((m) => parts(m.raw, m.text));
  return new Map(calls.flatMap((part) => (part.kind === "call" && part.id ? [[part.id, part.name] as const] : [])));
}

/** What to call whoever said it: the role, else what the attribute's name says. */
export function speaker(message: Spoken): string {
  if (message.role) return message.role;
  if (/tool.*definitions|\.tools\b|functions/.test(message.key)) return "tools it may call";
  if (/^tool\.(description|json_schema)/.test(message.key)) return "about the tool";
  if (/argument|parameter/.test(message.key)) return message.direction === "tool" ? "tool input" : "parameters";
  if (/tool.*result/.test(message.key)) return "tool result";
  if (/\binput\b(?!.*message)/.test(message.key)) return "input";
  if (/\boutput\b(?!.*message)/.test(message.key)) return "output";
  return { system: "system", input: "user", output: "assistant", tool: "tool", other: "message" }[message.direction];
}

/** Who said it, in a conversation: what is not told is the user's where it came in, and the tool's where a tool gave it back. */
export function voice(message: Spoken & { tool: string }): string {
  if (message.role) return message.role;
  if (message.direction === "input" && !message.tool) return "user";
  if (message.direction === "output") return message.tool ? "tool" : "assistant";
  const name = speaker(message);
  return name === "tool result" ? "tool" : name;
}

/** The words of a stored message, where it is nothing but words; else the text as it is. */
export function wordsOf(text: string): string {
  const message = unwrap(text);
  if (!isDict(message) || !("role" in message)) return text;
  const found = parts(text, "");
  return found.length > 0 && found.every((part) => part.kind === "text") ? found.map((part) => part.text).join("\n") : text;
}

/** Attributes that hold the id of the call that a tool's span answers. */
const CALL_IDS = ["gen_ai.tool.call.id", "tool_call.id", "tool.call.id"] as const;

/** The call that a tool's span answers, out of what models said before it: for spans that do not hold their arguments themselves. */
export function answered(attributes: Record<string, unknown>, said: readonly Stored[]): Part | undefined {
  const id = str(CALL_IDS.map((name) => attributes[name]).find(Boolean));
  const from = id && said.findLast((m) => m.raw.includes(id));
  return from ? parts(from.raw, from.text).find((part) => part.kind === "call" && part.id === id) : undefined;
}
