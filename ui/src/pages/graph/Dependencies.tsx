import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { get, type Schema } from "@/api/client";
import { Swatch } from "@/components/Badge";
import { IconButton, Segments } from "@/components/Button";
import { fetchGraph, Graph } from "@/components/Graph";
import { communities } from "@/components/graphWork";
import { ConnectLink } from "@/components/Links";
import { Await, Empty } from "@/components/Notice";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { cx } from "@/lib/cx";
import { communitiesOf, drawnEdges, drawnNodes, paired, shown, WEIGHTS, type Weight } from "@/lib/edges";
import { count, money, plural } from "@/lib/format";
import { communityNames } from "@/lib/graph";
import { CATEGORIES, categoryToken } from "@/lib/palette";
import css from "./Dependencies.module.css";

type Data = Schema<"Graph">;
fetchGraph();

const route = getRouteApi("/graph");
const EDGES_MAX = 5000;
const DRAWN_MAX = 400;
const OF = [
  { value: "agents", label: "Agents" },
  { value: "services", label: "Services" },
];
const WEIGHT = WEIGHTS.map((value) => ({ value, label: value[0]?.toUpperCase() + value.slice(1) }));

/** Who works with whom: agents or services, what flows between them, and who belongs together. */
export function Dependencies() {
  const { of = "agents", agent } = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const weight = useWeight();
  const result = useQuery({
    queryKey: ["graph", of, agent, time.query],
    refetchInterval: time.every(15_000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => (of === "services" ? get("/api/v1/graph/services", { query: { ...time.query, limit: EDGES_MAX }, signal }) : get("/api/v1/graph/agents", { query: { ...time.query, agent, limit: EDGES_MAX }, signal })),
  });
  return (
    <Page
      name="Graph"
      bar={
        <>
          <Segments label="Nodes" value={of} options={OF} onChange={(value) => void navigate({ search: (old) => ({ ...old, of: value === "agents" ? undefined : value, community: undefined, agent: undefined, zoom: undefined }) })} />
          <Segments label="Weight" value={weight} options={WEIGHT} onChange={(value) => void navigate({ search: (old) => ({ ...old, weight: value === "calls" ? undefined : value }), replace: true })} />
          {agent && (
            <span className={css.focus}>
              around <strong className="foreign clip">{agent}</strong>
              <IconButton label="Show all agents" onClick={() => void navigate({ search: (old) => ({ ...old, agent: undefined, zoom: undefined }) })}>
                <X aria-hidden="true" />
              </IconButton>
            </span>
          )}
        </>
      }
    >
      <Await result={result} rows={12}>
        {(data) =>
          data.edges.length === 0 ? (
            <Empty title="No agent works with another in this time range" actions={<ConnectLink />}>An edge appears when a span of one agent or service is the parent of another’s, or names another agent as its peer. Each minute is counted once it is over.</Empty>
          ) : (
            <Drawn data={data} weight={weight} />
          )
        }
      </Await>
    </Page>
  );
}

function useWeight(): Weight {
  const { weight } = route.useSearch();
  return WEIGHTS.find((one) => one === weight) ?? "calls";
}

/** The community of each node, found in a worker whenever the graph is another. */
function useCommunities(data: Data): (id: string) => string {
  const [names, setNames] = useState<Map<string, string>>();
  useEffect(() => {
    const ids = data.nodes.map((n) => n.id);
    const called = new Map(data.nodes.map((n) => [n.id, n.name || n.id]));
    const edges = paired(data.edges).map((e) => ({ source: e.source, target: e.target, weight: e.count }));
    return communities(ids, edges, (community, degree) => {
      const found = communityNames(ids, community, degree, (id) => called.get(id) ?? id);
      setNames(new Map(ids.map((id, i) => [id, found[i] ?? ""])));
    });
  }, [data]);
  return useMemo(() => (id: string) => names?.get(id) ?? "", [names]);
}

function Drawn({ data, weight }: { data: Data; weight: Weight }) {
  const { of = "agents", community } = route.useSearch();
  const navigate = route.useNavigate();
  const nameOf = useCommunities(data);
  const groups = useMemo(() => communitiesOf(data.nodes, nameOf), [data.nodes, nameOf]);
  const ranks = useMemo(() => new Map(groups.map((group, rank) => [group.name, Math.min(rank, CATEGORIES - 1)])), [groups]);
  const chosen = groups.some((g) => g.name === community) ? community : undefined;
  const { nodes, edges, left } = useMemo(() => {
    const all = paired(data.edges).filter((e) => !chosen || (nameOf(e.source) === chosen && nameOf(e.target) === chosen));
    const drawn = drawnEdges(all, weight, DRAWN_MAX);
    return { edges: drawn, nodes: drawnNodes(data.nodes, drawn, weight, of === "services" ? undefined : (id) => ranks.get(nameOf(id)) ?? CATEGORIES - 1), left: all.length - drawn.length };
  }, [data, weight, nameOf, ranks, chosen, of]);
  const pick = (name: string) => void navigate({ search: (old) => ({ ...old, community: name === chosen ? undefined : name, zoom: undefined }) });
  return (
    <div className={css.split}>
      <Panel flush className={css.drawing}>
        <Graph
          label={of === "services" ? "Services" : "Agents"}
          nodes={nodes}
          edges={edges}
          weightName={WEIGHT.find((w) => w.value === weight)?.label}
          weight={shown(weight)}
          onOpen={of === "services" ? undefined : (id) => void navigate({ to: "/agents/$agent", params: { agent: id } })}
        />
      </Panel>
      <Panel title="Communities" note={plural(groups.length, "group")} className={css.groups}>
        <p className={css.hint}>
          Who works with each other more than with the rest.{" "}
          {left > 0 && `The ${count(edges.length)} heaviest of ${count(edges.length + left)} edges are drawn${data.truncated ? "; there are more" : ""}.`}
        </p>
        <ul>
          {groups.map((group) => (
            <li key={group.name}>
              <button type="button" aria-pressed={group.name === chosen} className={cx(css.group, group.name === chosen && css.chosen)} onClick={() => pick(group.name)}>
                <Swatch token={categoryToken(ranks.get(group.name) ?? 0)} />
                <strong className="clip foreign">{group.name}</strong>
                <span className="num">{money(group.cost_usd)}</span>
                <span className={css.about}>
                  {plural(group.agents, of === "services" ? "service" : "agent")} · {count(group.tokens)} tokens{group.errors > 0 && ` · ${plural(group.errors, "error")}`}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
