import { describe, expect, it } from "vitest";
import { active, agentOf, type Alert, ended, filled, firings, keyOf, namesAgent, never, type Rule, type RuleGroup, says, seriesOf, stateOf, telling, watched, whom, worst } from "./alerts";

const alert = (state: string, agent: string, activeAt: string): Alert => ({ labels: { alertname: "Slow", agent, severity: "high" }, annotations: { summary: `${agent} is slow` }, state, activeAt, value: "1e+00" });
const rule = (name: string, more: object): Rule => ({ name, query: "up", labels: {}, health: "ok", evaluationTime: 0, lastEvaluation: "", ...more }) as Rule;
const group: RuleGroup = {
  name: "g", file: "f.yaml", interval: 15, limit: 0, evaluationTime: 0, lastEvaluation: "",
  rules: [
    rule("calm", { type: "alerting", state: "inactive", alerts: [] }),
    rule("recorded", { type: "recording" }),
    rule("Slow", { type: "alerting", state: "firing", alerts: [alert("pending", "a", "2026-01-01T00:00:00Z"), alert("firing", "b", "2026-01-01T00:00:00Z"), alert("firing", "c", "2026-01-02T00:00:00Z")] }),
    rule("broken", { type: "recording", health: "err", lastError: "no" }),
  ],
};

describe("alerts", () => {
  it("given rules when listed then what fails and what fires comes first, each once with a key of its own", () => {
    const all = watched([group]);
    expect(all.map(({ rule: { name } }) => name)).toEqual(["broken", "Slow", "calm", "recorded"]);
    expect(new Set(all.map(({ key }) => key)).size).toBe(4);
  });
  it("given alerts when listed then firing ones come first, the newest before older ones", () => {
    expect(active([group]).map((one) => [one.state, one.labels["agent"]])).toEqual([["firing", "c"], ["firing", "b"], ["pending", "a"]]);
    expect(new Set(active([group]).map(({ key }) => key)).size).toBe(3);
  });
  it("given rules of one name when named in an address then each has a name of its own", () => {
    const twins = { ...group, rules: [rule("a", { type: "recording" }), rule("a", { type: "recording" })] };
    expect(twins.rules.map((one) => keyOf(twins, one))).toEqual(["f.yaml/g/a", "f.yaml/g/a/1"]);
  });
  it("given words when searched then each must stand somewhere, whatever the case", () => {
    const one = alert("firing", "planner-7", "");
    expect(says(one, "Slow", "SLOW planner")).toBe(true);
    expect(says(one, "Slow", "slow writer")).toBe(false);
    expect(says(one, "Slow", "")).toBe(true);
  });
  it("given labels when told apart then name and severity are left out", () => {
    expect(telling({ alertname: "Slow", severity: "high", agent: "a" })).toEqual([["agent", "a"]]);
    expect(agentOf({ swarmscope_agent_id: "b" })).toBe("b");
    expect(agentOf({ model: "m" })).toBe("");
    expect(whom({ alertname: "Slow", model: "m", region: "eu" })).toBe("m, eu");
    expect(group.rules.map(stateOf)).toEqual(["inactive", "recording", "firing", "failing"]);
    expect(["gen_ai_agent_id", "model"].map(namesAgent)).toEqual([true, false]);
    expect(never("0001-01-01T00:00:00Z")).toBe(true);
    expect(never("2026-01-01T00:00:00Z")).toBe(false);
  });
});

it("an alert's series is asked for by all of its labels", () => {
  expect(seriesOf({ labels: { alertname: "A", agent: 'a"b', "k8s.pod": "p" } })).toBe('ALERTS{alertname="A",agent="a\\"b","k8s.pod"="p",alertstate="firing"}');
});

it("points without a gap are one time that it fired", () => {
  const points = (...at: number[]) => at.map((t) => [t, "1"] as const);
  expect(firings([points(0, 60, 120, 300), points(360, 900)], 60)).toEqual([{ from: 0, to: 180_000 }, { from: 300_000, to: 420_000 }, { from: 900_000, to: 960_000 }]);
  expect(firings([], 60)).toEqual([]);
});

it("each time that a series fired has its begin, its end and its labels, the newest end first", () => {
  const points = (...at: number[]) => at.map((t) => [t, "1"] as const);
  const told = ended([{ metric: { __name__: "ALERTS", alertstate: "firing", alertname: "Slow", agent: "a" }, values: points(0, 60, 300) }, { metric: { alertname: "Gone" }, values: points(180) }, { metric: { alertname: "Never" } }], 60);
  expect(told.map(({ name, labels, from, to }) => [name, labels["agent"], from, to])).toEqual([["Slow", "a", 300_000, 360_000], ["Gone", undefined, 180_000, 240_000], ["Slow", "a", 0, 120_000]]);
  expect(Object.keys(told[0]?.labels ?? {})).toEqual(["alertname", "agent"]);
  expect(new Set(told.map(({ key }) => key)).size).toBe(3);
});

describe("why an alert fired that no longer does", () => {
  const labels = { alertname: "AgentSpends", agent: "planner-7", severity: "high" };

  it("is said in the words of its rule, with its labels and the value", () => {
    expect(filled('{{ $labels.agent }} spends {{ printf "%.1f" $value }} USD an hour.', labels, 23.24)).toBe("planner-7 spends 23.2 USD an hour.");
    expect(filled("fails at {{ $value | humanizePercentage }}, for {{$value|humanizeDuration}}", labels, 0.5)).toBe("fails at 50 %, for 500 ms");
  });

  it("is not made up: where the rule does more, or the value is not known, nothing is said", () => {
    expect(filled("{{ range query `up` }}x{{ end }}", labels, 1)).toBe("");
    expect(filled("spends {{ $value }}", labels, undefined)).toBe("");
    expect(filled("no value is named", labels, undefined)).toBe("no value is named");
  });

  it("shows the gravest value of the time in which it fired", () => {
    const one = { key: "", name: "AgentSpends", labels, from: 60_000, to: 180_000 };
    const series = [
      { metric: { agent: "coder-1" }, values: [[60, "99"]] as const },
      { metric: { agent: "planner-7" }, values: [[0, "50"], [60, "5"], [120, "7"], [240, "80"]] as const },
    ];
    expect(worst(one, "spend > 4", series)).toBe(7);
    expect(worst(one, "left < 9", series)).toBe(5);
    expect(worst({ ...one, labels: { agent: "nobody" } }, "spend > 4", series)).toBeUndefined();
    const short = { ...one, from: 1_000_010_000, to: 1_000_010_000 };
    const beside = [{ metric: { agent: "a" }, values: [[1_000_000, "3"], [1_000_045, "6"], [1_000_100, "9"]] as const }];
    expect(worst({ ...short, labels: { agent: "a" } }, "spend > 4", beside)).toBe(6); // none while it fired, which is known to the minute
  });
});
