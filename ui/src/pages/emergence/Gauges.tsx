import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get, type Schema } from "@/api/client";
import { Chart } from "@/components/Chart";
import { Await, Empty } from "@/components/Notice";
import { Grid } from "@/components/Page";
import { Panel } from "@/components/Panel";
import { useRange } from "@/components/range";
import { count, sentence } from "@/lib/format";
import css from "./Emergence.module.css";
import { beat, hundredths, level, mood, odds, STEADY } from "./words";

const SHOWN = 6;

/** Order parameters over time, and the early-warning gauges, strongest first. */
export function Gauges({ end, window }: { end: string; window: string }) {
  const time = useRange();
  const result = useQuery({
    queryKey: ["emergence-indicators", end, window],
    refetchInterval: time.every(15_000),
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => get("/api/v1/emergence/indicators", { query: { end, window_s: Number(window) }, signal }),
  });
  return (
    <Await result={result} rows={4}>
      {(data) => (
        <Grid min={300}>
          <Panel title="Do agents work to one beat?" note={data.order.period_s ? `at a period of ${Math.round(data.order.period_s)} s` : undefined}>
            <p className={css.hint}>
              <strong>{beat(data.order.kuramoto, data.order.chance)}</strong>
            </p>
            <p className={css.hint}>0: each begins when it likes. 1: all begin at the same moment (Kuramoto’s order parameter). Above the dashed line it is more than luck, in 19 of 20 cases.</p>
            <Chart
              label="Order parameter"
              sync="emergence"
              height={130}
              times={data.order.times}
              format={hundredths}
              series={[
                { label: "in step", values: data.order.kuramoto, token: "--cat-1" },
                { label: "by luck", values: data.order.chance, token: "--text-3", dash: true },
              ]}
            />
          </Panel>
          <Panel title="Work begun">
            <p className={css.hint}>What the beat is made of: turns that agents began without being asked.</p>
            <Chart label="Work begun" sync="emergence" kind="bars" height={130} times={data.order.times} format={count} series={[{ label: "begun", values: data.order.begun, token: "--cat-2" }]} />
          </Panel>
          {data.gauges.length === 0 ? (
            <Panel title="Early warnings">
              <Empty title="Not enough activity for early warnings">They need two dozen moments at which agents called models or tools.</Empty>
            </Panel>
          ) : (
            <>
              <p className={css.above}>Early warnings: before a system tips over, its swings grow (variance) and it takes longer to settle (each value hangs on the one before: lag-1 autocorrelation).</p>
              {data.gauges.slice(0, SHOWN).map((gauge) => (
                <Gauge key={`${gauge.group}/${gauge.signal}`} gauge={gauge} times={data.times} />
              ))}
            </>
          )}
        </Grid>
      )}
    </Await>
  );
}

const trend = (tau: number) => (tau > STEADY ? "grow" : tau < -STEADY ? "shrink" : "stay as they are");

function Gauge({ gauge, times }: { gauge: Schema<"Gauge">; times: number[] }) {
  const group = gauge.group === "fleet" ? "Fleet" : `Around ${gauge.group}`;
  const most = Math.max(1e-12, ...gauge.variance.map((v) => v ?? 0));
  return (
    <Panel title={<span className="clip foreign">{`${group}: ${sentence(gauge.signal).toLowerCase()}`}</span>} note={<span className={css[level(gauge)]}>{mood(gauge)}</span>}>
      <Chart
        label={`${group}, ${gauge.signal}`}
        sync="emergence"
        height={110}
        times={times}
        format={hundredths}
        series={[
          { label: "swings", values: gauge.variance.map((v) => (v == null ? null : v / most)), token: "--cat-3" },
          { label: "slow to settle", values: gauge.memory, token: "--cat-5" },
        ]}
      />
      <p className={css.hint} title={`Trend from −1 to 1 (Kendall’s τ): of the variance ${hundredths(gauge.variance_trend)}, of the autocorrelation ${hundredths(gauge.memory_trend)}`}>
        Swings {trend(gauge.variance_trend)}, settling takes {gauge.memory_trend > STEADY ? "longer" : gauge.memory_trend < -STEADY ? "less long" : "as long as before"}; by luck {odds(gauge.p)}
      </p>
    </Panel>
  );
}
