/** The script of each page, by its address: one home for the router, which shows it, and for the start, which fetches it beside the frame. */

export const agent = () => import("@/pages/agents/Agent");
export const agents = () => import("@/pages/agents/Agents");
export const alerts = () => import("@/pages/alerts/Alerts");
export const compare = () => import("@/pages/traces/Compare");
export const cost = () => import("@/pages/cost/Cost");
export const emergence = () => import("@/pages/emergence/Emergence");
export const findings = () => import("@/pages/findings/Findings");
export const fleet = () => import("@/pages/fleet/Fleet");
export const gallery = () => import("@/pages/gallery/Gallery");
export const graph = () => import("@/pages/graph/Dependencies");
export const logs = () => import("@/pages/logs/Logs");
export const metrics = () => import("@/pages/metrics/Metrics");
export const security = () => import("@/pages/security/Security");
export const session = () => import("@/pages/sessions/Session");
export const sessions = () => import("@/pages/sessions/Sessions");
export const settings = () => import("@/pages/settings/Settings");
export const sql = () => import("@/pages/sql/Sql");
export const trace = () => import("@/pages/traces/Trace");
export const traces = () => import("@/pages/traces/Traces");
export const workflow = () => import("@/pages/workflows/Workflow");
export const workflows = () => import("@/pages/workflows/Workflows");

/** By the first part of an address; the second holds for what stands below it. */
const FIRST: Record<string, readonly [page: () => Promise<unknown>, below?: () => Promise<unknown>]> = {
  "": [fleet],
  agents: [agents, agent],
  alerts: [alerts],
  cost: [cost],
  emergence: [emergence],
  explore: [metrics],
  findings: [findings, findings],
  gallery: [gallery],
  graph: [graph],
  logs: [logs],
  security: [security],
  sessions: [sessions, session],
  settings: [settings],
  sql: [sql],
  traces: [traces, trace],
  workflows: [workflows, workflow],
};

/** What loads the page at a path; undefined where there is none. */
export function pageAt(path: string): (() => Promise<unknown>) | undefined {
  const [, first = "", second] = path.split("/");
  if (first === "traces" && second === "compare") return compare;
  return Object.hasOwn(FIRST, first) ? FIRST[first]?.[second ? 1 : 0] : undefined;
}
