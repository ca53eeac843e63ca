import { Bell, Bot, ChartLine, Coins, Database, LayoutDashboard, MessagesSquare, Network, ScrollText, ScanSearch, Settings, ShieldAlert, Sparkles, Waypoints, Workflow } from "lucide-react";

/** The pages of the navigation, in the order of the product's sentence. A room that does not exist yet is not listed. `words`: what else people call it, for the search. */
export const ROOMS = [
  { to: "/", label: "Fleet", keys: "g f", sign: LayoutDashboard, hint: "How everything is doing", words: "overview home map dashboard" },
  { to: "/agents", label: "Agents", keys: "g a", sign: Bot, hint: "Who does what right now", words: "who list bots" },
  { to: "/graph", label: "Graph", keys: "g n", sign: Network, hint: "Who works with whom, and what it costs", words: "network dependencies topology calls" },
  { to: "/traces", label: "Traces", keys: "g t", sign: Waypoints, hint: "What happened, step by step", words: "spans requests runs slow latency errors failed" },
  { to: "/sessions", label: "Sessions", keys: "g s", sign: MessagesSquare, hint: "Conversations across traces", words: "conversations chats users threads" },
  { to: "/workflows", label: "Workflows", keys: "g w", sign: Workflow, hint: "Work across agents, and what holds it up", words: "pipelines stages jobs" },
  { to: "/logs", label: "Logs", keys: "g l", sign: ScrollText, hint: "What was said, live", words: "lines messages tail" },
  { to: "/explore", label: "Metrics", keys: "g m", sign: ChartLine, hint: "PromQL, every metric, dashboards", words: "promql charts dashboards grafana" },
  { to: "/findings", label: "Findings", keys: "g d", sign: ScanSearch, hint: "What detectors found, why, and whether it was true", words: "anomalies problems wrong incidents detectors" },
  { to: "/security", label: "Security", keys: "g y", sign: ShieldAlert, hint: "Who attacks, how, and how dangerous it is", words: "attacks injection threats hackers" },
  { to: "/emergence", label: "Emergence", keys: "g e", sign: Sparkles, hint: "What agents do together that none does alone", words: "communities patterns swarm" },
  { to: "/alerts", label: "Alerts", keys: "g r", sign: Bell, hint: "What fires now, and the rules that watch for it", words: "rules firing alarms notifications" },
  { to: "/cost", label: "Cost", keys: "g c", sign: Coins, hint: "Where the money goes", words: "money spend spent spending budgets dollars usd price bill expensive tokens" },
  { to: "/sql", label: "SQL", keys: "g q", sign: Database, hint: "Ask anything, read-only", words: "query tables export" },
  { to: "/settings", label: "Settings", keys: "g ,", sign: Settings, hint: "Connect agents, prices, health", words: "configuration keys users retention redaction plugins prices connect setup" },
] as const;

const WORD_MIN = 3;

/** Whether somebody who writes `wanted` may mean a room: by its name or its sentence, or where one of the words begins another name of it. */
export function meant({ label, hint, words }: Pick<(typeof ROOMS)[number], "label" | "hint" | "words">, wanted: string): boolean {
  const text = wanted.toLowerCase();
  if (`${label} ${hint}`.toLowerCase().includes(text)) return true;
  const names = words.split(" ");
  return text.split(/[^\p{L}]+/u).some((word) => word.length >= WORD_MIN && names.some((name) => name.startsWith(word)));
}
