/** The scripts and the first questions of each page, by its address: one home for the router, which shows it, and for the start, which fetches them beside the frame. */

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

export const canvas = () => import("@/components/GraphCanvas");
export const plot = () => import("@/components/Plot");

type Start = {
  page: () => Promise<unknown>;
  /** What stands below its address. */
  below?: () => Promise<unknown>;
  /** The drawing libraries that it draws with at once, which it would ask for only once its own script runs. */
  draws?: readonly (() => Promise<unknown>)[];
  /** What it asks the server first, as long as its address says no more than its name; `e2e/checks.mjs` holds it against what is asked. */
  asks?: readonly string[];
};

const LATELY = "start=-15m";

/** By the first part of an address. */
const FIRST: Record<string, Start> = {
  "": {
    page: fleet,
    asks: [
      `/api/v1/findings/groups?${LATELY}&feedback=open&severity=critical&limit=5`,
      `/api/v1/findings/groups?${LATELY}&feedback=open&severity=high&limit=5`,
      `/api/v1/traces/latency?${LATELY}&buckets=90`,
      `/api/v1/cost?${LATELY}&by=model&limit=6`,
    ],
  },
  agents: { page: agents, below: agent, asks: ["/api/v1/agents?limit=1&facets=kind%2Cmodel%2Cservice%2Cversion", "/api/v1/fleet/activity"] },
  alerts: { page: alerts, asks: ["/api/v1/rules"] },
  cost: { page: cost, asks: [`/api/v1/cost?${LATELY}&by=model&step=20s&limit=100`] },
  emergence: {
    page: emergence,
    draws: [canvas, plot],
    asks: [
      `/api/v1/emergence/network/analysis?${LATELY}&limit=300&chance=false`,
      `/api/v1/emergence/network/communities?${LATELY}`,
      "/api/v1/emergence/indicators?end=now&window_s=120",
      `/api/v1/emergence/events?${LATELY}&limit=100`,
    ],
  },
  explore: { page: metrics, asks: ["/api/v1/label/__name__/values?limit=20000", "/api/v1/metadata?limit_per_metric=1"] },
  findings: { page: findings, below: findings, asks: [`/api/v1/findings/groups?${LATELY}&limit=100`, `/api/v1/findings/summary?${LATELY}&buckets=90`] },
  gallery: { page: gallery },
  graph: { page: graph, draws: [canvas], asks: [`/api/v1/graph/agents?${LATELY}&limit=5000`, `/api/v1/emergence/network/communities?${LATELY}`] },
  logs: {
    page: logs,
    asks: [`/api/v1/logs?${LATELY}&order=desc&limit=200`, `/api/v1/facets?${LATELY}&noun=logs&limit=10`, `/api/v1/logs/histogram?${LATELY}&buckets=90`],
  },
  security: {
    page: security,
    asks: [`/api/v1/security/summary?${LATELY}&buckets=48`],
  },
  sessions: { page: sessions, below: session, asks: [`/api/v1/sessions?${LATELY}&sort=time&order=desc&limit=80`] },
  settings: { page: settings },
  sql: { page: sql, asks: ["/api/v1/sql/schema"] },
  traces: {
    page: traces,
    below: trace,
    asks: [
      `/api/v1/traces?${LATELY}&sort=time&order=desc&limit=60&asked=true`,
      `/api/v1/facets?${LATELY}&fields=status%2Cagent%2Coperation%2Cmodel%2Ctool%2Cservice%2Cname%2Cprovider&limit=12`,
      `/api/v1/traces/latency?${LATELY}&buckets=80`,
    ],
  },
  workflows: { page: workflows, below: workflow, asks: [`/api/v1/workflows?${LATELY}&sort=time&order=desc&limit=80`] },
};

function startAt(path: string): { start?: Start; below: boolean; second?: string } {
  const [, first = "", second] = path.split("/");
  return { start: Object.hasOwn(FIRST, first) ? FIRST[first] : undefined, below: !!second, second };
}

/** What loads the page at a path; undefined where there is none. */
export function pageAt(path: string): (() => Promise<unknown>) | undefined {
  const { start, below, second } = startAt(path);
  if (start?.page === traces && second === "compare") return compare;
  return below ? start?.below : start?.page;
}

/** What the page at a path asks the server first. */
export function asksAt(path: string): readonly string[] {
  const { start, below } = startAt(path);
  return (!below && start?.asks) || [];
}

/** What the page at a path draws with. */
export function drawsAt(path: string): readonly (() => Promise<unknown>)[] {
  const { start, below } = startAt(path);
  return (!below && start?.draws) || [];
}
