import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "@/api/client";
import { Chart } from "@/components/Chart";
import { Await, Empty } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { usual } from "@/lib/band";
import { lacking } from "@/lib/findings";
import { categoryToken } from "@/lib/palette";
import { course, signalFormat, signalName, signalUnit, unitWords } from "@/lib/signals";
import css from "./Agent.module.css";
import { useNormal, Watched } from "./Watched";

const SIGNALS_MAX = 24;
/** Labels that only repeat whose page this is. */
const SELF = ["swarmscope.agent.id", "swarmscope_agent_id", "gen_ai.agent.id", "gen_ai_agent_id"];

/** Every signal of the agent over time: what the platform counts, and what the agent reports itself. */
export function Signals({ agent }: { agent: string }) {
  const time = useRange();
  const names = useQuery({
    queryKey: ["agent", agent, "signals"],
    refetchInterval: time.every(10_000),
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/metrics", { path: { agent_id: agent }, signal }),
  });
  const wanted = [...new Set(names.data?.signals.map((s) => s.signal))].slice(0, SIGNALS_MAX);
  const trends = useQuery({
    queryKey: ["agent", agent, "signals", wanted, time.query],
    enabled: names.data !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: time.every(5000),
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/trends", { path: { agent_id: agent }, query: { ...time.query, signal: wanted.join(","), buckets: 120 }, signal }),
  });
  const normal = useNormal(agent);
  const watched = new Set(normal.data?.signals.map((s) => s.signal));
  const young = normal.data?.signals.some((s) => lacking(s.known) > 0) ?? false; // what is usual of the others is not known either
  const own = (signal: string) => watched.has(signal) || watched.has(signal.split(".").at(-1) ?? "");
  if (names.error) return <Await result={names}>{() => null}</Await>;
  return (
    <Await result={trends} rows={10}>
      {(data) =>
        data.trends.length === 0 && !normal.data ? (
          <Empty title="No signals in this time range">An agent reports signals as OpenTelemetry metrics or over REST; spans bring some of their own.</Empty>
        ) : (
          <>
            {normal.data && <Watched agent={agent} data={normal.data} />}
            <Grid>
              {data.trends.filter((trend) => !own(trend.signal)).map((trend, i) => {
                const labels = Object.entries(trend.labels).filter(([k]) => !SELF.includes(k)).map(([k, v]) => `${k}=${v}`).join(" ");
                return (
                  <Panel key={`${trend.signal} ${labels}`} className={css.signal} title={<span className="foreign clip" title={trend.signal}>{signalName(trend.signal)}</span>} note={[unitWords(trend.unit), course(trend), labels].filter(Boolean).join(" · ")} flush>
                    <Chart label={trend.signal} sync="signals" height={110} times={data.times_ms} format={signalFormat(trend.unit, trend.signal)} unit={signalUnit(trend.unit, trend.signal)} series={[{ label: "value", values: trend.values, token: categoryToken(i) }]} band={young ? undefined : usual(trend.values)} onBrush={(from, to) => time.setRange({ from, to })} />
                  </Panel>
                );
              })}
            </Grid>
          </>
        )
      }
    </Await>
  );
}
