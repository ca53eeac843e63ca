import { Bell, Bot, ChartLine, Coins, Database, LayoutDashboard, MessagesSquare, Network, ScrollText, ScanSearch, Settings, ShieldAlert, Sparkles, Waypoints, Workflow } from "lucide-react";

/** The pages of the navigation, in the order of the product's sentence. A room that does not exist yet is not listed. */
export const ROOMS = [
  { to: "/", label: "Fleet", keys: "g f", sign: LayoutDashboard, hint: "How everything is doing" },
  { to: "/agents", label: "Agents", keys: "g a", sign: Bot, hint: "Who does what right now" },
  { to: "/graph", label: "Graph", keys: "g n", sign: Network, hint: "Who works with whom, and what it costs" },
  { to: "/traces", label: "Traces", keys: "g t", sign: Waypoints, hint: "What happened, step by step" },
  { to: "/sessions", label: "Sessions", keys: "g s", sign: MessagesSquare, hint: "Conversations across traces" },
  { to: "/workflows", label: "Workflows", keys: "g w", sign: Workflow, hint: "Work across agents, and what holds it up" },
  { to: "/logs", label: "Logs", keys: "g l", sign: ScrollText, hint: "What was said, live" },
  { to: "/explore", label: "Metrics", keys: "g m", sign: ChartLine, hint: "PromQL, every metric, dashboards" },
  { to: "/findings", label: "Findings", keys: "g d", sign: ScanSearch, hint: "What detectors found, why, and whether it was true" },
  { to: "/security", label: "Security", keys: "g y", sign: ShieldAlert, hint: "Who attacks, how, and how dangerous it is" },
  { to: "/emergence", label: "Emergence", keys: "g e", sign: Sparkles, hint: "What agents do together that none does alone" },
  { to: "/alerts", label: "Alerts", keys: "g r", sign: Bell, hint: "What fires now, and the rules that watch for it" },
  { to: "/cost", label: "Cost", keys: "g c", sign: Coins, hint: "Where the money goes" },
  { to: "/sql", label: "SQL", keys: "g q", sign: Database, hint: "Ask anything, read-only" },
  { to: "/settings", label: "Settings", keys: "g ,", sign: Settings, hint: "Connect agents, prices, health" },
] as const;
