/** A conversation as a file that people read. Pure. */
import { duration, money, plural } from "./format";
import { voice } from "./messages";

type Utterance = { key: string; role: string; direction: "system" | "input" | "output" | "tool" | "other"; text: string; raw: string; missing: boolean; turn: number; time: string; agent: string; model: string; tool: string };
type Turn = { index: number; trace_id: string; name: string; start_time: string; duration_ns: number; spans: number; errors: number; cost_usd: number };
type Session = {
  summary: { session: string; title: string; outcome: string; turns: number; agents: readonly string[]; input_tokens: number; output_tokens: number; cost_usd: number };
  turns: readonly Turn[];
  conversation: readonly Utterance[];
  truncated: boolean;
};

/** Markup, fences and pictures: what a viewer of Markdown would draw, load or stumble over. */
const MARKUP = /<|```|~~~|!\[/;

/** What somebody else wrote, in a line of ours. */
function inline(text: string): string {
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_{}[\]<>#|!&~]/g, "\\$&").trim();
}

/** Text as it was said: quoted, and letter by letter where a viewer of Markdown would do something with it. */
function said(text: string): string {
  const whole = text.trimEnd();
  if (!MARKUP.test(whole)) return whole.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
  const longest = Math.max(2, ...[...whole.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${whole}\n${fence}`;
}

function utterance(one: Utterance): string {
  const who = [one.agent, one.model, one.tool && `tool ${one.tool}`].filter(Boolean).map(inline).join(", ");
  const head = `**${inline(voice(one))}**${who && ` (${who})`}, ${one.time.slice(0, 19)}Z`;
  return `${head}\n\n${one.missing ? "*The text was erased or has expired.*" : said(one.text || one.raw)}`;
}

/** A session as Markdown: what was said, turn by turn. What agents wrote stays text: it draws and loads nothing. */
export function conversationMarkdown({ summary, turns, conversation, truncated }: Session): string {
  const tokens = summary.input_tokens + summary.output_tokens;
  const parts = [
    `# ${inline(summary.title || summary.session)}`,
    [`Session ${inline(summary.session)}`, plural(summary.turns, "turn"), summary.outcome, `agents ${summary.agents.map(inline).join(", ") || "not told"}`, plural(tokens, "token"), money(summary.cost_usd)].map((fact) => `- ${fact}`).join("\n"),
    ...(truncated ? ["There is more of it than is held here: the first turns and messages are shown."] : []),
  ];
  for (const turn of [...turns, undefined]) {
    const of = conversation.filter((one) => (turn ? one.turn === turn.index : !turns.some((known) => known.index === one.turn)));
    if (!turn && of.length === 0) continue;
    parts.push(turn ? `## Turn ${turn.index + 1}` : "## Of other turns");
    if (turn) parts.push(`${turn.start_time.slice(0, 19)}Z, ${duration(turn.duration_ns)}, ${plural(turn.spans, "span")}${turn.errors > 0 ? `, ${turn.errors} failed` : ""}, ${money(turn.cost_usd)}, trace ${turn.trace_id}`);
    parts.push(...of.map(utterance));
  }
  return `${parts.join("\n\n")}\n`;
}
