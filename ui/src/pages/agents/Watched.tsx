import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Telescope } from "lucide-react";
import type { ReactNode } from "react";
import { get, type Schema } from "@/api/client";
import { Button } from "@/components/Button";
import { Grid } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { SignalChart } from "@/components/SignalChart";
import { filling, lacking, LEARNED_MIN, outside, trusted } from "@/lib/findings";
import { duration, plural } from "@/lib/format";
import { categoryToken } from "@/lib/palette";
import { signalFormat, signalMeaning, unitWords, watchedName } from "@/lib/signals";
import { MINUTE } from "@/lib/time";
import css from "./Agent.module.css";

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

const route = getRouteApi("/agents/$agent");
const AHEAD_MIN = 5;
const AHEAD_MAX = 120;
const AHEAD_EVERY_MS = 30_000;
/** Signals of single calls, of which no series is kept that could be continued. */
const NO_SERIES = new Set(["repetition"]);

/** What is to come of signals, a third as far as the past that is shown and known; by name, with why one cannot be told, or that it is not told yet. */
function useAhead(agent: string, data: Schema<"Bands">, names: readonly string[], on: boolean) {
  const { range } = useRange();
  const length = "last" in range ? range.last : range.to - range.from;
  const first = data.times_ms.findIndex((_, i) => data.signals.some((band) => band.values[i] != null));
  const known = (data.times_ms.at(-1) ?? 0) - (data.times_ms[first] ?? 0);
  const horizon = `${Math.round(Math.max(AHEAD_MIN, Math.min(AHEAD_MAX, Math.min(length, known) / 3 / MINUTE)))}m`;
  return useQueries({
    queries: names.map((name) => ({
      queryKey: ["forecast", agent, name, horizon, data.frame_ms],
      enabled: on && !NO_SERIES.has(name),
      retry: false,
      refetchInterval: AHEAD_EVERY_MS,
      queryFn: ({ signal }: { signal: AbortSignal }) => get("/api/v1/forecasts", { query: { agent, signal: name, horizon, over: `${data.frame_ms}ms` }, signal }),
    })),
    combine: (all) => new Map(on ? all.map((one, i) => [names[i], { told: one.data, waits: one.isFetching && !one.data, why: one.data ? undefined : NO_SERIES.has(names[i] ?? "") ? "it is told from single calls" : one.error?.message.split(". ")[0] }]) : []),
  });
}

/** Charts of watched signals, each in its band; a diamond is a finding, and leads to it. `children`: panels beside them. */
export function Watched({ agent, data, only, min, children }: { agent: string; data: Schema<"Bands">; only?: readonly string[]; min?: number; children?: ReactNode }) {
  const time = useRange();
  const navigate = route.useNavigate();
  const found = useFound(agent).data?.items ?? [];
  const signals = only ? only.flatMap((name) => data.signals.filter((s) => s.signal === name)) : data.signals;
  const over = data.frame_ms === MINUTE ? "minute" : duration(data.frame_ms * 1e6);
  const young = Math.min(...signals.map((band) => lacking(band.known)), LEARNED_MIN);
  const { ahead = false } = route.useSearch();
  const forecasts = useAhead(agent, data, signals.map((s) => s.signal), ahead && time.live);
  return (
    <>
      <div className={css.tools}>
        <span className="dim">
          Each point covers the {over} before it. {young > 0 ? `What is usual for this agent is not known yet: that needs ${plural(young, "more minute")} of its work.` : "Shaded: what is usual for this agent, by its own past and by others of its kind. Red dots lie outside of it."} A diamond is a finding.
        </span>
        <Button on={ahead} disabled={!time.live} title={time.live ? undefined : "what is to come follows the present; go live"} onClick={() => void navigate({ search: (old) => ({ ...old, ahead: ahead ? undefined : true }), replace: true })}>
          <Telescope aria-hidden="true" /> Forecast
        </Button>
      </div>
      <Grid min={min}>
        {signals.map((told, i) => {
          const band = trusted(told);
          const minutes = lacking(told.known);
          const end = filling(band);
          const forecast = forecasts.get(band.signal);
          const strange = outside(band).filter((v) => v != null).length;
          return (
            <Panel key={band.signal} title={<span title={signalMeaning(band.signal, over)}>{watchedName(band.signal)}</span>} note={[forecast?.waits && "making a forecast", unitWords(band.unit), young === 0 && minutes > 0 && `usual in ${minutes} min`, end !== undefined && `usual up to ${signalFormat(band.unit, band.signal)(end)}`, strange > 0 && `${plural(strange, "moment")} outside`].filter(Boolean).join(" · ")} flush>
              {forecast?.why && <p className={css.why}>No forecast: {forecast.why}</p>}
              <SignalChart
                band={band}
                times={data.times_ms}
                sync="agent"
                token={band.signal.startsWith("error") ? "--bad" : categoryToken(i)}
                forecast={forecast?.told}
                findings={found.filter((f) => f.signal === band.signal)}
                onFinding={(f) => void navigate({ to: "/findings/$finding", params: { finding: f.id } })}
                onBrush={(from, to) => time.setRange({ from, to })}
              />
            </Panel>
          );
        })}
        {children}
      </Grid>
    </>
  );
}
