import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { get, type Schema } from "@/api/client";
import { Grid } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { SignalChart } from "@/components/SignalChart";
import { outside } from "@/lib/findings";
import { plural } from "@/lib/format";
import { signalName, unitWords } from "@/lib/signals";

/** The signals of an agent as detectors take them, with what is normal. Fails where detectors never looked at it. */
export function useNormal(agent: string) {
  const time = useRange();
  return useQuery({
    queryKey: ["agent", agent, "normal", time.query],
    refetchInterval: time.every(5000),
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/normal", { path: { agent_id: agent }, query: time.query, signal }),
  });
}

/** What was found about an agent in the page's time range. */
export function useFound(agent: string) {
  const time = useRange();
  return useQuery({
    queryKey: ["findings", "agent", agent, time.query],
    refetchInterval: time.every(5000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/agents/{agent_id}/anomalies", { path: { agent_id: agent }, query: { ...time.query, limit: 100 }, signal }),
  });
}

/** Charts of watched signals, each in its band; a diamond is a finding, and leads to it. */
export function Watched({ agent, data, only, min }: { agent: string; data: Schema<"Bands">; only?: readonly string[]; min?: number }) {
  const time = useRange();
  const navigate = useNavigate();
  const found = useFound(agent).data?.items ?? [];
  const signals = only ? only.flatMap((name) => data.signals.filter((s) => s.signal === name)) : data.signals;
  return (
    <Grid min={min}>
      {signals.map((band, i) => {
        const strange = outside(band).filter((v) => v != null).length;
        return (
          <Panel key={band.signal} title={signalName(band.signal)} note={[unitWords(band.unit), strange > 0 && `${plural(strange, "moment")} outside`].filter(Boolean).join(" · ")} flush>
            <SignalChart
              band={band}
              times={data.times_ms}
              sync="agent"
              token={band.signal.startsWith("error") ? "--bad" : `--cat-${(i % 8) + 1}`}
              findings={found.filter((f) => f.signal === band.signal)}
              onFinding={(f) => void navigate({ to: "/findings/$finding", params: { finding: f.id } })}
              onBrush={(from, to) => time.setRange({ from, to })}
            />
          </Panel>
        );
      })}
    </Grid>
  );
}
