import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { get, type Schema } from "@/api/client";
import { Graph } from "@/components/Graph";
import { Await, Empty } from "@/components/Notice";
import { Fill } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { drawnEdges, drawnNodes, paired } from "@/lib/edges";
import css from "./Agent.module.css";

const EDGES_MAX = 200;

/** With whom one agent works, and what flows between them. */
export function Peers({ agent }: { agent: string }) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["graph", "agents", agent, time.query],
    refetchInterval: time.every(15_000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/graph/agents", { query: { ...time.query, agent, limit: EDGES_MAX }, signal }),
  });
  return (
    <Fill>
      <Panel title="Works with" note="by calls" tools={<Link to="/graph" search={{ agent }} className="link">In the graph of all</Link>} flush className={css.tall}>
        <Await result={result} rows={10}>
          {(data) => (data.edges.length ? <Drawn data={data} agent={agent} /> : <Empty title="It worked with nobody in this time range">Minutes are counted when they are over.</Empty>)}
        </Await>
      </Panel>
    </Fill>
  );
}

function Drawn({ data, agent }: { data: Schema<"Graph">; agent: string }) {
  const navigate = useNavigate();
  const { nodes, edges } = useMemo(() => {
    const drawn = drawnEdges(paired(data.edges), "calls", EDGES_MAX);
    return { edges: drawn, nodes: drawnNodes(data.nodes, drawn, "calls") };
  }, [data]);
  return <Graph label="Agents it works with" about={agent} nodes={nodes} edges={edges} selected={agent} weightName="Calls" onOpen={(id) => void navigate({ to: "/agents/$agent", params: { agent: id }, search: (old) => ({ ...old, tab: "peers", zoom: undefined }) as never })} />;
}
