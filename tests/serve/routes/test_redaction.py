"""The try-it box runs the real rules, stores nothing, and refuses what the configuration would refuse."""

from __future__ import annotations

from typing import Any

import pytest

from swarmscope.model.access import Role

KEY = "sk-" + "a1B2" * 8


def trial(api: Any, role: Role = Role.EDITOR, **body: Any) -> Any:
    return api.call("POST", "/api/v1/redaction/try", role=role, json=body)


def shown(answer: Any) -> str:
    return "".join(p["text"] for p in answer.json()["parts"])


def test_given_a_text_with_secrets_when_tried_then_each_is_marked_with_its_rule(api) -> None:
    answer = trial(api, text=f"mail ada@example.com, key {KEY}, card 4111 1111 1111 1111. Fine.")
    assert answer.status_code == 200, answer.text
    assert answer.json()["removed"] == {"email": 1, "api_key": 1, "card": 1}
    assert shown(answer) == "mail [redacted:email], key [redacted:api_key], card [redacted:card]. Fine."
    clean = trial(api, text="nothing here").json()
    assert clean == {"parts": [{"text": "nothing here", "rule": ""}], "removed": {}}
    assert trial(api, text="").json() == {"parts": [], "removed": {}}


def test_given_own_rules_when_tried_then_only_they_apply(api) -> None:
    answer = trial(api, text=f"order 4711 {KEY}", rules=[], custom={"order": r"order \d+"})
    assert (answer.json()["removed"], shown(answer)) == ({"order": 1}, f"[redacted:order] {KEY}")


def test_given_the_name_of_a_secret_when_tried_then_the_whole_value_goes(api) -> None:
    answer = trial(api, text="anything", attribute="db.password")
    assert shown(answer) == "[redacted:password]"


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"text": "x", "custom": {"bad": "("}}, 400, "RE2"),
        ({"text": "x", "custom": {"empty": "a*"}}, 400, "matches the empty text"),
        ({"text": "x", "rules": ["nonsense"]}, 400, "is not a rule"),
        ({"text": "x" * 70_000}, 422, "text"),
    ],
)
def test_given_a_bad_trial_when_sent_then_it_says_why(api, body: dict[str, Any], status: int, detail: str) -> None:
    answer = trial(api, **body)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_a_viewer_reads_the_rules_and_may_not_try_them(api) -> None:
    found = api.get("/api/v1/redaction").json()
    assert found["enabled"] and found["rules"]["email"] and found["replacement"] == "[redacted:{rule}]"
    assert trial(api, Role.VIEWER, text="x").status_code == 403


def test_each_rule_tells_what_it_removes_and_shows_it(api) -> None:
    found = api.get("/api/v1/redaction").json()
    assert found["about"].keys() == found["rules"].keys()
    assert found["about"]["card"]["removes"].startswith("Payment card numbers")
    for name, about in found["about"].items():
        assert about["removes"] and about["before"] != about["after"]
        assert f"[redacted:{name}]" in about["after"]


def test_a_trial_counts_nothing_as_redacted_telemetry(api) -> None:
    def counted() -> list[Any]:
        metrics = api.get("/api/v1/metrics").json()["metrics"]
        return [m["samples"] for m in metrics if m["name"].startswith("swarmscope_ingest_redactions")]

    before = counted()
    trial(api, text="ada@example.com")
    assert [s["value"] for m in counted() for s in m if s["name"].endswith("_total")] == [
        s["value"] for m in before for s in m if s["name"].endswith("_total")
    ]
