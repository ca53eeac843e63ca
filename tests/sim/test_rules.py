"""The rules of the demo fleet tell an agent that fell silent from a time in which nobody could be heard."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope import sim
from swarmscope.decide.trial import run

RULES = Path(sim.__file__).parent / "rules.yaml"
TEST = """
rule_files: ['{rules}']
tests:
- interval: 15s
  input_series:
  - {{series: 'agent_queue_depth{{swarmscope_agent_id="a"}}', values: '{a}'}}
  - {{series: 'agent_queue_depth{{swarmscope_agent_id="b"}}', values: '{b}'}}
  alert_rule_test:
  - alertname: AgentSilent
    eval_time: 8m
    exp_alerts: {alerts}
"""
SUMMARY = "a reports nothing any more, and had work to do."
ONE = f"[{{exp_labels: {{severity: critical, swarmscope_agent_id: a}}, exp_annotations: {{summary: '{SUMMARY}'}}}}]"


@pytest.mark.parametrize(
    ("a", "b", "alerts"),
    [
        ("2x8 _x40", "1x40", ONE),
        ("0x8 _x40", "1x40", "[]"),  # it had nothing to do
        ("2x8 _x40", "1x8 _x40", "[]"),  # nobody reports
    ],
)
def test_an_agent_is_silent_while_others_are_heard(tmp_path: Path, a: str, b: str, alerts: str) -> None:
    path = tmp_path / "test.yaml"
    path.write_text(TEST.format(rules=RULES, a=a, b=b, alerts=alerts))
    assert list(run(path)) == []
