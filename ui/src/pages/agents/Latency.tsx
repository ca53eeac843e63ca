import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "@/api/client";
import { Chart } from "@/components/Chart";
import { Await } from "@/components/Notice";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { duration, quantile } from "@/lib/format";
import { bounds, MINUTE } from "@/lib/time";
import { useNow } from "@/lib/use";
import { whole } from "@/lib/whole";

const POINTS_MAX = 120;
const LOOK_MS = 2000;
const QUANTILES = [
  { signal: "latency_p50", label: "p50", token: "--cat-3" },
  { signal: "latency_p95", label: "p95", token: "--cat-1" },
] as const;

type Props = { agent: string; /** Of the last minute, in nanoseconds, as the figures above say: the newest point. */ now: { p50: number | null; p95: number | null } };

/** How long an agent's spans took, a point for each minute, or for as many as let its points be told apart: what lists and figures say of the last minute, over time. */
export function Latency({ agent, now }: Props) {
  const time = useRange();
  const present = useNow(LOOK_MS);
  const { from, to } = bounds(time.range, present);
  const minutes = Math.max(1, Math.ceil((to - from) / MINUTE / POINTS_MAX));
  const result = useQuery({
    queryKey: ["agent", agent, "latency", minutes, time.query],
    refetchInterval: time.every(5000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/trends", { path: { agent_id: agent }, query: { ...time.query, signal: QUANTILES.map((one) => one.signal).join(","), step: `${minutes}m` }, signal }),
  });
  const over = minutes === 1 ? "minute" : duration(minutes * 60e9);
  return (
    <Panel title={<span title={`Half of the spans, and 19 of 20, took no longer: each point over the ${over} before it`}>Latency of spans</span>} note={minutes > 1 && `each point over ${over}`} flush>
      <Await result={result} rows={4}>
        {(data) => {
          const { times, values } = whole(data, QUANTILES.map((one) => (data.trends.find((t) => t.signal === one.signal)?.values ?? []).map((ms) => ms && ms * 1e6)), from, to);
          const newest = time.live && minutes === 1 ? [now.p50, now.p95] : undefined;
          return (
            <Chart
              label="Latency of spans"
              sync="agent"
              height={120}
              moments
              times={newest ? [...times, present] : times}
              format={quantile}
              unit="ns"
              series={QUANTILES.map(({ label, token }, i) => ({ label, token, values: newest ? [...(values[i] ?? []), newest[i] ?? null] : (values[i] ?? []) }))}
              onBrush={(start, end) => time.setRange({ from: start, to: end })}
            />
          );
        }}
      </Await>
    </Panel>
  );
}
