"""Rule files: what is understood, and what is refused with a word about where."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope.decide import files
from swarmscope.errors import ConfigError

GOOD = """
groups:
- name: agents
  interval: 15s
  query_offset: 5s
  limit: 100
  labels: {team: fleet}
  rules:
  - record: agent:requests:rate5m
    expr: sum by (agent) (rate(requests_total[5m]))
    labels: {source: rules}
  - alert: Stuck
    expr: agent_idle_seconds > 300
    for: 5m
    keep_firing_for: 1h30m
    labels: {severity: '{{ if gt $value 900.0 }}high{{ else }}medium{{ end }}'}
    annotations: {summary: '{{ $labels.agent }} is stuck'}
- name: other
  rules: []
"""


def test_groups_and_rules_are_read() -> None:
    agents, other = files.groups_of(GOOD, "f.yml", 60_000)
    assert (agents.name, agents.interval_ms, agents.offset_ms, agents.limit) == ("agents", 15_000, 5000, 100)
    assert (other.interval_ms, other.offset_ms, other.rules) == (60_000, None, ())
    record, alert = agents.rules
    assert (record.record, record.labels) == ("agent:requests:rate5m", {"team": "fleet", "source": "rules"})
    assert (alert.alert, alert.hold_ms, alert.keep_ms) == ("Stuck", 300_000, 5_400_000)


RULE = "groups: [{name: g, rules: [%s]}]"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("groups: [{name: g, rules: [{record: a, expr: 'sum('}]}]", r'f.yml: group "g", rule 1, "a": could not parse'),
        (RULE % "{expr: up}", "one of 'record' or 'alert' must be set"),
        (RULE % "{record: a, alert: b, expr: up}", "only one of 'record' and 'alert'"),
        (RULE % "{record: a}", "field 'expr' must be set"),
        (RULE % "{record: a, expr: up, for: 5m}", "invalid field 'for' in recording rule"),
        (RULE % "{record: 'a{}', expr: up}", "invalid recording rule name"),
        (RULE % "{alert: a, expr: up, for: soon}", "not a valid duration"),
        (RULE % "{alert: a, expr: up, labels: {__name__: x}}", "invalid label name"),
        (RULE % "{alert: a, expr: up, annotations: {s: '{{ $nope }}'}}", 'annotation "s": undefined variable'),
        (RULE % "{alert: a, expr: up, annotation: {}}", "field annotation is not known"),
        (RULE % "{alert: a, expr: '\"text\"'}", "instant vector or a scalar"),
        (RULE % "{alert: a, expr: 'up[5m]'}", "instant vector or a scalar"),
        ("groups: [{name: g}, {name: g}]", "repeated in the same file"),
        ("groups: [{rules: []}]", "must not be empty"),
        ("groups: {a: b}", "groups is a list"),
        ("rules: []", "field rules is not known"),
        ("groups: [", "f.yml"),
        ("groups: [{name: g, limit: -1}]", "limit"),
    ],
)
def test_what_is_wrong_is_named(text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        files.groups_of(text, "f.yml", 60_000)


def test_names_and_patterns(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(GOOD)
    (tmp_path / "b.yml").write_text("")
    found = files.find([str(tmp_path / "*.yml"), str(tmp_path / "a.yml")])
    assert [p.name for p in found] == ["a.yml", "b.yml"]
    assert len(files.load(found, 60_000)) == 2
    assert files.find([str(tmp_path / "none*.yml")]) == []
    with pytest.raises(ConfigError, match=r"there is no rule file .*c\.yml"):
        files.find([str(tmp_path / "c.yml")])
