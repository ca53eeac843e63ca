import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { get, type Schema } from "@/api/client";
import { CategorySwatch } from "@/components/Badge";
import { IconButton, Segments } from "@/components/Button";
import { useCommunities } from "@/components/communities";
import { fetchGraph, Graph } from "@/components/Graph";
import { communities } from "@/components/graphWork";
import { ConnectLink } from "@/components/Links";
import { Await, Empty, Failure } from "@/components/Notice";
import { Page } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { cx } from "@/lib/cx";
import { communitiesOf, drawnEdges, drawnNodes, paired, shown, WEIGHTS, type Weight } from "@/lib/edges";
import { count, money, plural } from "@/lib/format";
import { communityNames } from "@/lib/graph";
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
  useCommunities(time.query, time.live, of !== "services"); // asked for beside the graph, not after it
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

/** Who is in which community: the title of it by id, and its number by title. */
type Grouped = { titleOf: (id: string) => string; numberOf: (title: string) => number };

/** Of services, found in a worker whenever the graph is another, and numbered by their size; only where `on`. */
function useServiceGroups(data: Data, on: boolean): Grouped {
  const [names, setNames] = useState<Map<string, string>>();
  useEffect(() => {
    if (!on) return undefined;
    const ids = data.nodes.map((n) => n.id);
    const called = new Map(data.nodes.map((n) => [n.id, n.name || n.id]));
    const edges = paired(data.edges).map((e) => ({ source: e.source, target: e.target, weight: e.count }));
    return communities(ids, edges, (community, degree) => {
      const found = communityNames(ids, community, degree, (id) => called.get(id) ?? id);
      setNames(new Map(ids.map((id, i) => [id, found[i] ?? ""])));
    });
  }, [data, on]);
  return useMemo(() => {
    const sizes = new Map<string, number>();
    for (const name of names?.values() ?? []) if (name) sizes.set(name, (sizes.get(name) ?? 0) + 1);
    const ranked = [...sizes].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    return { titleOf: (id: string) => names?.get(id) ?? "", numberOf: (title: string) => ranked.indexOf(title) };
  }, [names]);
}

/** Of agents as every page tells them, of services as they are found here. */
function useGroups(data: Data, of: string): Grouped & { waiting: boolean; failed?: Error; retry: () => void } {
  const time = useRange();
  const agents = of !== "services";
  const { data: known, error, refetch } = useCommunities(time.query, time.live, agents);
  const services = useServiceGroups(data, !agents);
  const ofAgents = useMemo((): Grouped => {
    const numbers = new Map(known?.all.map((one) => [one.title, one.number]));
    return { titleOf: known?.titleOf ?? (() => ""), numberOf: (title) => numbers.get(title) ?? -1 };
  }, [known]);
  return { ...(agents ? ofAgents : services), waiting: agents && !known && !error, failed: agents && !known && error ? error : undefined, retry: refetch };
}

function Drawn({ data, weight }: { data: Data; weight: Weight }) {
  const { of = "agents", agent, community } = route.useSearch();
  const navigate = route.useNavigate();
  const { titleOf, numberOf, waiting, failed, retry } = useGroups(data, of);
  const groups = useMemo(() => communitiesOf(data.nodes, titleOf), [data.nodes, titleOf]);
  const chosen = groups.some((g) => g.name === community) ? community : undefined;
  const { nodes, edges, left } = useMemo(() => {
    const all = paired(data.edges).filter((e) => !chosen || (titleOf(e.source) === chosen && titleOf(e.target) === chosen));
    const drawn = drawnEdges(all, weight, DRAWN_MAX);
    return { edges: drawn, nodes: drawnNodes(data.nodes, drawn, weight, (id) => numberOf(titleOf(id))), left: all.length - drawn.length };
  }, [data, weight, titleOf, numberOf, chosen]);
  const pick = (name: string) => void navigate({ search: (old) => ({ ...old, community: name === chosen ? undefined : name, zoom: undefined }) });
  return (
    <div className={css.split}>
      <Panel flush className={css.drawing}>
        <Graph
          label={of === "services" ? "Services" : "Agents"}
          about={[agent, chosen].filter(Boolean).join(", ")}
          nodes={nodes}
          edges={edges}
          waiting={waiting}
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
        {failed && <Failure error={failed} retry={retry} />}
        <ul>
          {groups.map((group) => (
            <li key={group.name}>
              <button type="button" aria-pressed={group.name === chosen} className={cx(css.group, group.name === chosen && css.chosen)} onClick={() => pick(group.name)}>
                <CategorySwatch category={numberOf(group.name)} />
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
