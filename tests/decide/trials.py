"""Unit tests of rules in promtool's format: one file that holds, and what makes it fail. Both we and promtool are asked."""

from __future__ import annotations

from pathlib import Path

RULES = """
groups:
- name: second
  rules:
  - {record: 'load:double', expr: 'load:sum * 2'}
- name: first
  interval: 5m
  rules:
  - {record: 'load:sum', expr: sum by (agent) (load), labels: {by: rules}}
  - alert: Loaded
    expr: load:sum > 5
    for: 2m
    keep_firing_for: 3m
    labels: {severity: '{{ if gt $value 8.0 }}high{{ else }}medium{{ end }}', site: '{{ $externalLabels.site }}'}
    annotations: {summary: '{{ $labels.agent }} has {{ $value | humanize }}', url: '{{ $externalURL }}', empty: ''}
  - {alert: Absent, expr: absent(nothing_of_that_name)}
"""
TESTS = """
rule_files: [rules.yml, 'no_such_*.yml', gone.yml]
evaluation_interval: 1m
group_eval_order: [first, second]
tests:
- name: loads
  interval: 1m
  external_labels: {site: lab}
  external_url: http://x.example
  input_series:
  - {series: 'load{agent="a",n="1"}', values: '0+1x10 _x2 stale 3'}
  - {series: 'load{agent="a",n="2"}', values: 1x20}
  - {series: 'load{agent="b",n="1"}', values: '10 9 8 1 1 1 1 1 1 1 1 1 1 1'}
  alert_rule_test:
  - eval_time: 1m30s
    alertname: Loaded
    exp_alerts:
  - eval_time: 8m
    alertname: Loaded
    exp_alerts:
    - exp_labels: {severity: medium, agent: a, by: rules, site: lab}
      exp_annotations: {summary: a has 8, url: http://x.example, empty: ''}
  - {eval_time: 0, alertname: Absent, exp_alerts: [{}]}
  - {eval_time: 0s, alertname: NoSuch}
  promql_expr_test:
  - expr: load:sum
    eval_time: 4m
    exp_samples:
    - {labels: 'load:sum{agent="b",by="rules"}', value: 1}
    - {labels: 'load:sum{agent="a",by="rules"}', value: 5}
  - expr: load:double
    eval_time: 4m
    exp_samples: [{labels: 'load:double{agent="b",by="rules"}', value: 2},
                  {labels: 'load:double{agent="a",by="rules"}', value: 1e1}]
  - expr: 'count_over_time(load:sum[150s])'
    eval_time: 4m
    exp_samples: [{labels: '{agent="a",by="rules"}', value: 3}, {labels: '{agent="b",by="rules"}', value: 3}]
  - expr: ALERTS{alertname="Loaded"}
    eval_time: 8m
    exp_samples:
    - {labels: 'ALERTS{alertname="Loaded",alertstate="firing",agent="a",by="rules",severity="medium",site="lab"}', value: 1}
    - {labels: 'ALERTS{alertname="Loaded",alertstate="pending",agent="a",by="rules",severity="high",site="lab"}', value: 1}
  - {expr: 'load{n="1",agent="a"}', eval_time: 13m, exp_samples: []}
  - {expr: '1 + 1', eval_time: 1m, exp_samples: [{labels: '{}', value: 2}]}
  - {expr: 'time()', eval_time: 90s, exp_samples: [{labels: '{}', value: 90}]}
  - expr: 'max_over_time(load{n="1",agent="a"}[5m:])'
    eval_time: 9m30s
    exp_samples: [{labels: '{agent="a",n="1"}', value: 9}]
  - {expr: '-inf', eval_time: 1m, exp_samples: [{labels: '{}', value: -.inf}]}
- interval: 30s
  input_series: [{series: other, values: '1 2 3 4'}]
  promql_expr_test:
  - {expr: other, eval_time: 1m, exp_samples: [{labels: other, value: 3}]}
  - {expr: other, eval_time: 2m, exp_samples: [{labels: other, value: 4}]}
"""

# name → text of the tests, what stands in its place, what the failure names (a part that both of us print)
FAILING = {
    "another annotation": ("summary: a has 8", "summary: a has 9", ["alertname: Loaded, time: 8m"]),
    "another label": ("{severity: medium, agent: a", "{severity: high, agent: a", ["alertname: Loaded, time: 8m"]),
    "an alert that fires": (
        "alertname: Absent, exp_alerts: [{}]",
        "alertname: Absent",
        ["alertname: Absent, time: 0s"],
    ),
    "no alert": ("alertname: NoSuch", "alertname: NoSuch, exp_alerts: [{}]", ["alertname: NoSuch, time: 0s"]),
    "another value": ("value: 1e1", "value: 11", ['expr: "load:double", time: 4m']),
    "a sample more": ("exp_samples: []", "exp_samples: [{labels: x, value: 1}]", ["time: 13m"]),
    "another series": ("labels: other, value: 3", "labels: another, value: 3", ['expr: "other", time: 1m']),
    "nothing is equal to NaN": ("expr: '-inf'", "expr: NaN, exp_samples: [{labels: '{}', value: .nan}]} #", ["NaN"]),
    "two at once": ("value: 90", "value: 91}, {labels: x, value: 1", ['expr: "time()", time: 1m30s']),
    "no alertname": ("{eval_time: 0s, alertname: NoSuch}", "{eval_time: 0s}", ["misses required attribute alertname"]),
    "an unknown key": ("eval_time: 9m30s", "when: 9m30s", ["when"]),
    "no duration": ("eval_time: 9m30s", "eval_time: soon", ['not a valid duration string: "soon"']),
    "no values": ("values: 1x20", "values: 1xx", ["1xx"]),
    "no expression": ("expr: load:sum\n", "expr: 'sum('\n", ['expr: "sum(", time: 4m']),
    "a range": ("expr: '1 + 1'", "expr: 'load[1m]'", ["rule result is not a vector or scalar"]),
    "no metric": ("labels: other, value: 4", "labels: '1x', value: 4", ['expr: "other", time: 2m']),
    "a group twice": ("[first, second]", "[first, first]", ["group name repeated in evaluation order"]),
    "a bad rule file": ("rule_files: [rules.yml", "rule_files: [bad.yml", ["bad.yml"]),
    "a rule that fails": ("rule_files: [rules.yml", "rule_files: [many.yml", ["rule: x, time: 0s, err: "]),
}
BAD = "groups: [{name: g, rules: [{record: x, expr: 'sum('}]}]"
MANY = "groups: [{name: g, rules: [{record: x, expr: 'load * on(agent) load'}]}]"


def written(folder: Path, tests: str) -> Path:
    """The files of a test; the file of tests."""
    (folder / "rules.yml").write_text(RULES)
    (folder / "bad.yml").write_text(BAD)
    (folder / "many.yml").write_text(MANY)
    (folder / "some_test.yml").write_text(tests)
    return folder / "some_test.yml"


def failing(name: str) -> tuple[str, list[str]]:
    """The tests that fail, and what the failure names."""
    old, new, says = FAILING[name]
    assert TESTS.count(old) == 1, f"{old!r} stands {TESTS.count(old)} times"
    return TESTS.replace(old, new), says
