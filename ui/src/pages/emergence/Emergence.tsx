import { keepPreviousData, useIsFetching, useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Radar } from "lucide-react";
import { useMemo } from "react";
import { get, send, type Schema } from "@/api/client";
import { CategorySwatch } from "@/components/Badge";
import { Button, Segments } from "@/components/Button";
import { useCommunities, type Communities, type Found } from "@/components/communities";
import { fetchGraph, Graph } from "@/components/Graph";
import { ConnectLink } from "@/components/Links";
import { Await, Empty, Failure, Loading } from "@/components/Notice";
import { Page } from "@/components/Page";
import { Panel, Stats } from "@/components/Panel";
import { useRange } from "@/components/range";
import { useTell, useTold } from "@/components/told";
import { idsText, parseIds } from "@/lib/address";
import { cx } from "@/lib/cx";
import { count, percent, plural } from "@/lib/format";
import { rangeLabel } from "@/lib/time";
import { Event, fromAnalysis, fromEvent, type Told } from "./Event";
import { Gauges } from "./Gauges";
import css from "./Emergence.module.css";
import { hundredths, keptInside, lately, often, split, stays } from "./words";

type Network = Schema<"NetworkAnalysis">;
fetchGraph();

const route = getRouteApi("/emergence");
const DRAWN_MAX = 300;
const WINDOWS = [
  { value: "60", label: "1 min" },
  { value: "120", label: "2 min" },
  { value: "300", label: "5 min" },
];

/** What agents do together that none of them does alone: their network, order parameters, early warnings, and what emerged. */
export function Emergence() {
  return (
    <Page name="Emergence" scroll>
      <div className={css.page}>
        <Structure />
        <Events />
        <Lately />
      </div>
    </Page>
  );
}

/** What has a length of its own: rhythm and warnings compare a few equal windows, the last of which ends with the page's time range. */
function Lately() {
  const { window: length = "120" } = route.useSearch();
  const navigate = route.useNavigate();
  const time = useRange();
  const end = ("end" in time.query && time.query.end) || "now";
  const look = useMutation({ mutationFn: () => send("POST", "/api/v1/emergence/analyze", { end, window_s: Number(length) }).then((r) => r.json() as Promise<Schema<"EmergenceAnalysis">>) });
  return (
    <section className={css.lately} aria-label="Rhythm and warnings">
      <header className={css.head}>
        <div>
          <h2>Rhythm and warnings</h2>
          <p className={css.about}>{lately(Number(length), end === "now" ? undefined : Date.parse(end))}</p>
        </div>
        <Segments label="Length of the window" value={length} options={WINDOWS} onChange={(value) => void navigate({ search: (old) => ({ ...old, window: value === "120" ? undefined : value }) })} />
        <Button look="primary" title="Asks every pattern about this window at once, instead of waiting for its turn" disabled={look.isPending} onClick={() => look.mutate()}>
          <Radar aria-hidden="true" /> {look.isPending ? "Looking …" : end === "now" ? "Look now" : "Look again"}
        </Button>
      </header>
      <Looked look={look} />
      <Gauges end={end} window={length} />
    </section>
  );
}

function Looked({ look }: { look: { data: Schema<"EmergenceAnalysis"> | undefined; error: unknown; isPending: boolean; mutate: () => void } }) {
  if (look.isPending) return <Loading rows={3} label="Looking for emergence" />;
  if (look.error) return <Failure error={look.error} retry={look.mutate} title="Emergence could not be looked for" />;
  if (!look.data) return null;
  const emerged = look.data.items.filter((i) => i.emerged);
  const others = look.data.items.length - emerged.length;
  const broken = look.data.patterns.filter((p) => p.error);
  return (
    <Panel title="Just looked" note={`${plural(look.data.agents, "agent")}, ${plural(look.data.interactions, "interaction")}`}>
      <p className={css.hint}>
        {plural(look.data.patterns.length, "pattern")} asked. {emerged.length === 0 ? "Nothing stands out: what was seen is what luck alone would give." : `${plural(emerged.length, "thing")} emerged.`}
        {others > 0 && ` ${plural(others, "measure")} stayed within what luck alone would give.`}
      </p>
      {broken.map((p) => (
        <p key={p.pattern} className={css.bad}>
          {p.pattern} failed: {p.error}
        </p>
      ))}
      <EventList items={look.data.items.map(fromAnalysis)} />
    </Panel>
  );
}

function EventList({ items, opened, onOpened }: { items: Told[]; opened?: string; onOpened?: (opened: string | undefined) => void }) {
  const open = parseIds(opened);
  const turn = onOpened && ((id: string, on: boolean) => onOpened(idsText(on ? [...open, id] : [...open].filter((one) => one !== id))));
  return (
    <ul className={css.events}>
      {items.map((item, i) => (
        <li key={`${item.id}-${i}`}>
          <Event told={item} open={turn && open.has(item.id)} onOpen={turn && ((on) => turn(item.id, on))} />
        </li>
      ))}
    </ul>
  );
}

/** Who works with whom over the page's range, coloured by community. Whether the communities are more than luck takes longer to tell, and follows. */
function Structure() {
  const time = useRange();
  const asked = (limit: number, chance: boolean, enabled: boolean) => ({
    queryKey: ["emergence-network", time.query, chance],
    refetchInterval: time.every(30_000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }: { signal: AbortSignal }) => get("/api/v1/emergence/network/analysis", { query: { ...time.query, limit, chance }, signal }),
    enabled,
  });
  const result = useQuery(asked(DRAWN_MAX, false, true));
  const waits = useIsFetching({ queryKey: ["emergence-indicators"], predicate: (query) => query.state.data === undefined }) > 0; // the reader waits for them, and hardly for this
  const luck = useQuery(asked(1, true, !waits && !!result.data && result.data.edges > 0)).data;
  const communities = useCommunities(time.query, time.live);
  return (
    <Await result={result} rows={8}>
      {(data) => (data.edges === 0 ? <Empty title="No agent works with another in this time range" actions={<ConnectLink />}>The network needs spans that name another agent as their peer, or whose parent is another agent’s.</Empty> : <Drawn data={data} luck={luck} communities={communities} />)}
    </Await>
  );
}

const NOWHERE: Communities = { all: [], of: () => -1, titleOf: () => "", found: 0 };

function Drawn({ data, luck, communities: found }: { data: Network; luck: Network | undefined; communities: Found }) {
  const { community } = route.useSearch();
  const navigate = route.useNavigate();
  const { range } = useRange();
  const communities = found.data ?? NOWHERE;
  const during = rangeLabel(range).toLowerCase();
  const chosen = communities.all.find((c) => c.title === community)?.number;
  const { nodes, edges } = useMemo(() => {
    const shown = data.nodes.filter((n) => chosen === undefined || communities.of(n.agent) === chosen);
    return {
      nodes: shown.map((n) => ({ id: n.agent, label: n.name, category: communities.of(n.agent), size: n.pagerank, note: [communities.titleOf(n.agent), `asks ${count(n.calls_out)}, is asked ${count(n.calls_in)}`].filter(Boolean).join(" · ") })),
      edges: data.links.map((e) => ({ source: e.source, target: e.target, weight: e.calls })),
    };
  }, [data, communities, chosen]);
  const kept = useMemo(() => keptInside(data.links, communities.of), [data, communities]);
  const pick = (title: string) => void navigate({ search: (old) => ({ ...old, community: title === community ? undefined : title, zoom: undefined }) });
  const open = (id: string) => void navigate({ to: "/agents/$agent", params: { agent: id } });
  return (
    <>
      <Stats
        items={[
          { label: "Agents with an edge", value: count(data.agents), note: plural(data.edges, "edge"), about: "An edge is one agent that calls or addresses another." },
          { label: "Communities", value: count(communities.all.length || data.communities.length), about: "Groups that work with each other more than with the rest." },
          {
            label: "Split into groups (modularity)",
            value: hundredths(data.modularity),
            note: [split(data.modularity, luck), luck?.modularity_chance != null && `by luck ${hundredths(luck.modularity_chance)}`].filter(Boolean).join("; "),
            about: "How clearly agents keep to their groups: 0 not at all, 1 entirely. From 0.3 on it is clear.",
            title: luck?.modularity_p == null ? undefined : `Networks wired by luck are split as clearly ${often(luck.modularity_p)}.`,
          },
          { label: "Ask each other (reciprocity)", value: percent(data.reciprocity), about: "Of all edges, how many are answered by one the other way." },
          { label: "Of all possible links (density)", value: percent(data.density), about: "How many of the pairs that could work together do." },
        ]}
      />
      <div className={css.split}>
        <Panel flush className={css.drawing} title="Who works with whom" note={data.truncated ? `the ${count(data.nodes.length)} most central, ${during}` : during}>
          <Graph label="Agents by community" about={chosen === undefined ? "" : community} nodes={nodes} edges={edges} layout="force" waiting={!found.data && !found.error} weightName="Calls" onOpen={open} />
        </Panel>
        <div className={css.aside}>
          <Panel title="Communities" note={data.truncated ? "of the edges drawn" : during} className={css.list}>
            {!found.data && found.error && <Failure error={found.error} retry={found.refetch} />}
            <ul>
              {communities.all.map((c) => (
                <li key={c.number}>
                  <button type="button" aria-pressed={c.number === chosen} className={cx(css.group, c.number === chosen && css.chosen)} onClick={() => pick(c.title)}>
                    <CategorySwatch category={c.number} />
                    <strong className="clip foreign">{c.title}</strong>
                    <span className="num">{count(c.size)}</span>
                    <span className={css.about}>{stays(kept.get(c.number))}</span>
                  </button>
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title="Hubs and bridges" className={css.list}>
            <p className={css.hint}>Attention: how often one comes by an agent that follows questions from one to the next (PageRank).</p>
            <Central agents={data.hubs.slice(0, 5)} communities={communities} about={(a) => `${percent(a.pagerank)} of the attention`} />
            {data.bridges.length > 0 && (
              <>
                <h3 className={css.sub}>Between communities</h3>
                <p className={css.hint}>Ways: of the shortest ways between any two agents, how many lead over it (betweenness).</p>
              </>
            )}
            <Central agents={data.bridges.slice(0, 5)} communities={communities} about={(a) => `on ${percent(a.betweenness)} of the ways`} />
          </Panel>
        </div>
      </div>
    </>
  );
}

function Central({ agents, communities, about }: { agents: Network["hubs"]; communities: Communities; about: (agent: Network["hubs"][number]) => string }) {
  return (
    <ul>
      {agents.map((agent) => (
        <li key={agent.agent} className={css.central}>
          <CategorySwatch category={communities.of(agent.agent)} />
          <Link to="/agents/$agent" params={{ agent: agent.agent }} className="clip foreign">
            {agent.name}
          </Link>
          <span className={css.about}>{about(agent)}</span>
        </li>
      ))}
    </ul>
  );
}

/** What the patterns found by themselves. */
function Events() {
  const time = useRange();
  const { opened } = useTold();
  const tell = useTell();
  const result = useQuery({
    queryKey: ["emergence-events", time.query],
    refetchInterval: time.every(10_000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/emergence/events", { query: { ...time.query, limit: 100 }, signal }),
  });
  return (
    <Panel title="What emerged" note={[result.data && plural(result.data.items.length, "event"), rangeLabel(time.range).toLowerCase()].filter(Boolean).join(", ")}>
      <Await result={result} rows={3}>
        {(data) => (data.items.length === 0 ? <Empty title="Nothing emerged in this time range">Patterns are looked for every half minute; what chance alone would bring about as often is left out.</Empty> : <EventList items={data.items.map(fromEvent)} opened={opened} onOpened={(ids) => tell({ opened: ids })} />)}
      </Await>
    </Panel>
  );
}
