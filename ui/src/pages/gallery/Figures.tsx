import { Chart } from "@/components/Chart";
import { Dial } from "@/components/Dial";
import { HeatGrid } from "@/components/HeatGrid";
import { HeatMap } from "@/components/HeatMap";
import { Grid } from "@/components/Page";
import { Facts, Stats } from "@/components/Panel";
import { SignalChart } from "@/components/SignalChart";
import { Sparkline } from "@/components/Sparkline";
import { StateTimeline } from "@/components/StateTimeline";
import { toast } from "@/components/toasts";
import { count, duration } from "@/lib/format";
import { categoryToken } from "@/lib/palette";
import { HOSTILE, NOW, sampleBand, sampleFindings, sampleForecast, sampleHeat, sampleTimes, wave } from "./samples";
import { Section, Shown, State } from "./Shown";

const N = 60;
const TIMES = sampleTimes(N);
const at = (minute: number) => new Date(NOW - minute * 60_000).toISOString();
const CHANGES = [
  { time: at(1), state: "wedged", reason: "open for 60 s without progress" },
  { time: at(4), state: "looping", reason: "same tool 12 times" },
  { time: at(5), state: "failing", reason: HOSTILE },
  { time: at(7), state: "working", reason: "" },
  { time: at(10), state: "idle", reason: "" },
];
const LEVELS = [["critical", 9], ["high", 4], ["low", 2]] as const;
const KINDS = LEVELS.map(([key, many], line) => ({ key, name: key, counts: wave(24, line + 2).map((v, i) => ((i + line) % 5 ? 0 : Math.round((v * many) / 60))) }));

/** Numbers, one by one and over time. */
export function Figures() {
  return (
    <Section id="figures" title="Figures and charts" about="Drag over a chart to narrow the time, press a name to hide its series. Every chart comes as a picture or as values.">
      <Shown name="Stats and Facts">
        <Stats items={[{ label: "Agents", value: "10,204", trend: wave(40, 2) }, { label: "Errors", value: "7.1 %", bad: true, note: "of 12", trend: wave(40, 3) }, { label: "p95", value: duration(1.24e9) }, { label: "Said", value: HOSTILE, words: true }]} />
        <Facts items={[["Name", HOSTILE], ["Empty", ""], ["Duration", duration(8.1e8)]]} />
      </Shown>
      <Grid>
        <Shown name="Chart, lines">
          <State name="full"><Chart label="Lines" times={TIMES} format={count} series={[{ label: "one", values: wave(N, 1), token: "--cat-1", fill: true }, { label: "two", values: wave(N, 2), token: "--cat-2" }]} onBrush={(from, to) => toast(`${Math.round((to - from) / 60_000)} minutes`, "info")} /></State>
          <State name="no values"><Chart label="No lines" height={90} times={TIMES} format={count} series={[{ label: "none", values: TIMES.map(() => null), token: "--cat-1" }]} /></State>
        </Shown>
        <Shown name="Chart, bars">
          <State name="full"><Chart label="Bars" kind="bars" times={sampleTimes(40)} format={count} series={[{ label: "failed", values: wave(40, 3).map((v) => v / 6), token: "--bad" }, { label: "ok", values: wave(40, 1), token: "--cat-1" }]} /></State>
          <State name="eight series, one with a hostile name"><Chart label="Eight bars" kind="bars" height={90} times={sampleTimes(20)} format={count} series={[0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ label: i === 5 ? HOSTILE : `series ${i + 1}`, values: wave(20, i + 1), token: categoryToken(i) }))} /></State>
        </Shown>
        <Shown name="SignalChart">
          <State name="what is usual, what was not, a finding, what is to come"><SignalChart band={sampleBand()} times={TIMES} findings={sampleFindings().slice(0, 1)} onFinding={(finding) => toast(finding.title, "info")} forecast={sampleForecast()} height={150} /></State>
          <State name="nothing known yet"><SignalChart band={{ ...sampleBand(), signal: "errors", values: TIMES.map(() => null), lower: [], expected: [], upper: [] }} times={TIMES} height={90} /></State>
        </Shown>
        <Shown name="HeatMap">
          <State name="full: drag over a part"><HeatMap heat={sampleHeat()} label="Sample heat map" onSelect={(area) => toast(`${duration(area.minNs)} to ${duration(area.maxNs)}`, "info")} /></State>
          <State name="empty"><HeatMap heat={{ ...sampleHeat(), counts: sampleHeat().counts.map((column) => column.map(() => 0)) }} label="Empty heat map" height={60} /></State>
        </Shown>
        <Shown name="HeatGrid">
          <State name="full: press a cell"><HeatGrid label="Findings by severity" noun="finding" times={sampleTimes(24)} lines={KINDS} onOpen={(key) => toast(key, "info")} /></State>
          <State name="nothing, and a hostile name"><HeatGrid label="No findings" noun="finding" times={sampleTimes(24)} lines={[{ key: "none", name: HOSTILE, counts: wave(24, 1).map(() => 0) }]} /></State>
        </Shown>
        <Shown name="StateTimeline">
          <State name="full"><StateTimeline from={NOW - 600_000} to={NOW} changes={CHANGES} /></State>
          <State name="nothing known"><StateTimeline from={NOW - 600_000} to={NOW} changes={[]} /></State>
        </Shown>
        <Shown name="Dial" least={120}>
          {[[0, "none", "--ok"], [0.42, "raised", "--warn"], [1, "severe", "--bad"]].map(([value, word, token]) => (
            <State key={word} name={`${Number(value) * 100} of 100`}><Dial label="Threat score" value={Number(value)} word={String(word)} token={String(token)} /></State>
          ))}
        </Shown>
        <Shown name="Sparkline" least={90}>
          <State name="full"><Sparkline values={wave(40, 1)} label="A trend" /></State>
          <State name="with gaps"><Sparkline values={wave(40, 1).map((v, i) => (i % 13 < 3 ? null : v))} label="A trend with gaps" token="--cat-2" /></State>
          <State name="nothing happened"><Sparkline values={wave(40, 1).map(() => 0)} label="A trend of nothing" token="--cat-3" /></State>
          <State name="one value"><Sparkline values={[4]} /></State>
        </Shown>
      </Grid>
    </Section>
  );
}
