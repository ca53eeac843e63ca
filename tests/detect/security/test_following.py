"""What is remembered: guessing, rates, places, and the risk that follows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.detect.security import auth, places, rates
from swarmscope.detect.security.events import FAILURE, SUCCESS, Events, events
from swarmscope.detect.security.threats import Threats
from swarmscope.stats.risk import risk

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
NOON = 1_770_000_000 * SECOND // (24 * HOUR) * (24 * HOUR) + 12 * HOUR


def logins(*rows: tuple[float, str, str, int]) -> Events:
    """(seconds, principal, source, outcome)."""
    return events(
        [
            {"time_ns": NOON + int(s * SECOND), "principal": p, "source": a, "outcome": o, "action": "login"}
            for s, p, a, o in rows
        ]
    )


def told(threats: list[Any]) -> list[tuple[str, str]]:
    return [(t.kind, t.severity) for t in threats]


def test_given_failures_of_one_account_then_each_step_of_the_ladder_is_told_once() -> None:
    guessing = auth.Guessing()
    threats = guessing.judge(logins(*((i, "ada", "10.0.0.1", FAILURE) for i in range(40))))
    assert told(threats) == [("brute_force", "medium"), ("brute_force", "high"), ("brute_force", "critical")]
    assert [t.place for t in threats] == [4, 9, 19]
    assert threats[0].score < threats[1].score < threats[2].score < 1


@pytest.mark.parametrize(
    ("principal", "source", "whose"),
    [("ada", "", "principal"), ("", "10.0.0.1", "source")],
    ids=["no source", "no name"],
)
def test_given_failures_that_do_not_tell_the_other_side_then_guessing_is_found_all_the_same(
    principal: str, source: str, whose: str
) -> None:
    rows = [(i, principal, source, FAILURE) for i in range(20)]
    other = (3.5, "bob" if principal else "", "10.0.0.9" if source else "", FAILURE)
    threats = auth.Guessing().judge(logins(*sorted([*rows, other])))
    assert told(threats) == [("brute_force", "medium"), ("brute_force", "high"), ("brute_force", "critical")]
    assert {t.attributes["by"] for t in threats} == {whose}


def test_given_guessing_and_injections_when_found_then_the_explanation_says_what_happened() -> None:
    rows = logins(*((i, "ada", "10.0.0.1", FAILURE) for i in range(6)))
    (guessed,) = Threats(counted=False).judge("t", rows, 0).findings
    assert guessed.explanation == "5 failed logins of ada within 300 s from 10.0.0.1."
    spread = logins(*((i, f"user-{i}", "10.0.0.1", FAILURE) for i in range(6)))
    (guessed,) = Threats(counted=False).judge("t", spread, 0).findings
    assert guessed.explanation.startswith("5 failed logins within 300 s") and "of 10.0.0.1" not in guessed.explanation
    asked = {
        "time_ns": 10**18,
        "principal": "eve",
        "endpoint": "/item",
        "text": "1' UNION SELECT password FROM users--",
    }
    (injected,) = Threats(counted=False).judge("t", events([asked]), 0).findings
    assert injected.explanation == "1 such text within five minutes; mostly union query."


def test_given_a_success_after_guessing_then_the_account_is_taken_over() -> None:
    guessing = auth.Guessing()
    guessing.judge(logins(*((i, "ada", "10.0.0.1", FAILURE) for i in range(12))))
    assert told(guessing.judge(logins((13, "ada", "10.0.0.1", SUCCESS)))) == [("account_takeover", "critical")]
    assert guessing.judge(logins((14, "ada", "10.0.0.1", SUCCESS))) == []


def test_given_failures_for_many_accounts_from_one_source_then_it_is_stuffing() -> None:
    threats = auth.Guessing().judge(logins(*((i, f"user{i}", "10.0.0.9", FAILURE) for i in range(30))))
    assert ("credential_stuffing", "high") in told(threats)
    assert all(t.attributes["by"] == "source" for t in threats)


def test_given_a_mistyped_password_or_slow_failures_then_nothing_is_said() -> None:
    guessing = auth.Guessing()
    assert guessing.judge(logins((0, "ada", "a", FAILURE), (5, "ada", "a", FAILURE), (9, "ada", "a", SUCCESS))) == []
    assert guessing.judge(logins(*((100 + i * 120, "bob", "b", FAILURE) for i in range(50)))) == []


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3)), min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 3)), min_size=1, max_size=20),
)
def test_given_any_window_then_counts_are_those_of_a_plain_count(
    kept: list[tuple[int, int]], asked: list[tuple[int, int]]
) -> None:
    times, keys = (np.array(column, np.int64) for column in zip(*kept, strict=True))
    at, codes = (np.array(column, np.int64) for column in zip(*asked, strict=True))
    plain = [int(((keys == c) & (times > t - 300) & (times <= t)).sum()) for t, c in zip(at, codes, strict=True)]
    assert auth._within(keys, times, codes, at, 300).tolist() == plain


def test_given_the_same_events_in_one_batch_or_many_then_the_same_is_told() -> None:
    rows = [(i * 3.0, f"u{i % 3}", f"s{i % 2}", FAILURE if i % 7 else SUCCESS) for i in range(150)]
    whole = told(auth.Guessing().judge(logins(*rows)))
    guessing = auth.Guessing()
    parts = [t for i in range(0, 150, 10) for t in told(guessing.judge(logins(*rows[i : i + 10])))]
    assert sorted(whole) == sorted(parts)


def requests(rate: int, seconds: int, principal: str = "app", sources: int = 1, start: float = 0) -> Events:
    n = rate * seconds
    return events(
        [
            {
                "time_ns": NOON + int((start + i / rate) * SECOND),
                "principal": principal if sources == 1 else f"c{i % sources}",
                "source": f"10.0.{i % sources // 250}.{i % sources % 250}",
                "endpoint": "/v1/chat",
            }
            for i in range(n)
        ]
    )


def test_given_a_steady_client_that_bursts_then_only_the_burst_is_abuse() -> None:
    follow = rates.Rates()
    assert follow.judge(requests(5, 600)) == []
    threats = follow.judge(requests(100, 20, start=600))
    assert told(threats)[:1] in ([("rate_abuse", "medium")], [("rate_abuse", "high")])
    assert len(threats) == 1  # once within the refractory period


def test_given_a_busy_client_that_was_always_busy_then_it_is_no_abuse() -> None:
    follow = rates.Rates()
    threats = follow.judge(requests(40, 300))
    later = follow.judge(requests(42, 60, start=300))
    assert len(threats) <= 1
    assert later == []


def test_given_many_sources_at_once_then_it_is_a_flood() -> None:
    follow = rates.Rates()
    follow.judge(requests(10, 300, sources=30))
    assert ("flood", "critical") in told(follow.judge(requests(800, 10, sources=200, start=300)))


def located(*rows: tuple[float, str, float, float, str]) -> Events:
    """(hours, principal, latitude, longitude, country)."""
    names = ("principal", "latitude", "longitude", "country")
    return events([{"time_ns": NOON + int(r[0] * HOUR), **dict(zip(names, r[1:], strict=True))} for r in rows])


def test_given_two_continents_within_an_hour_then_travel_is_impossible_and_slow_travel_is_not() -> None:
    seen = places.Places()
    assert seen.judge(located((0, "ada", 52.5, 13.4, "DE"), (12, "ada", 40.7, -74.0, "US"))) == []
    threats = seen.judge(located((12.5, "ada", 35.7, 139.7, "JP")))
    assert told(threats) == [("impossible_travel", "high")]


def test_given_an_event_that_comes_late_then_its_own_time_tells_whether_travel_was_possible() -> None:
    seen = places.Places()
    assert seen.judge(located((0, "ada", 52.5, 13.4, "DE"), (12, "ada", 40.7, -74.0, "US"))) == []
    assert seen.judge(located((1, "ada", 52.5, 13.4, "DE"))) == []
    (late,) = seen.judge(located((11.5, "ada", 52.5, 13.4, "DE")))
    assert (late.kind, late.message) == ("impossible_travel", "ada was 6,386 km away 30 minutes after")


def test_given_a_settled_person_then_a_new_country_is_unusual() -> None:
    seen = places.Places()
    assert seen.judge(located(*((i * 0.1, "ada", 52.5, 13.4, "DE") for i in range(60)))) == []
    assert ("unusual_place", "medium") in told(seen.judge(located((100, "ada", 48.9, 2.4, "FR"))))


def test_given_office_hours_then_the_middle_of_the_night_is_unusual() -> None:
    seen = places.Places()
    days = [(24 * d + h / 4, "ada", 52.5, 13.4, "DE") for d in range(10) for h in range(-12, 20)]
    assert [t for t in seen.judge(located(*days)) if t.kind == "unusual_time"] == []
    assert ("unusual_time", "low") in told(seen.judge(located((24 * 11 - 9, "ada", 52.5, 13.4, "DE"))))


def test_given_the_distance_of_two_cities_then_it_is_that_of_the_map() -> None:
    assert places.distance_km(52.52, 13.405, 48.8566, 2.3522) == pytest.approx(877, abs=5)  # Berlin, Paris


def test_given_evidence_then_risk_adds_up_and_fades() -> None:
    zero = np.zeros(1, np.int64)
    one = risk(["high"], np.ones(1), np.zeros(1), zero, zero, 1)[0]
    two = risk(["high", "high"], np.ones(2), np.zeros(2), np.arange(2), np.zeros(2, np.int64), 1)[0]
    old = risk(["high"], np.ones(1), np.full(1, 7200.0), zero, zero, 1)[0]
    assert 0 < old < one < two < 1
    none = np.zeros(0, np.int64)
    assert risk([], np.zeros(0), np.zeros(0), none, none, 2).tolist() == [0, 0]


def test_given_one_attack_again_and_again_then_it_is_no_more_than_high_and_other_attacks_are_more() -> None:
    def of(*events: tuple[str, int]) -> float:
        n = len(events)
        like = np.array([attack for _, attack in events])
        return float(risk([s for s, _ in events], np.ones(n), np.zeros(n), like, np.zeros(n, np.int64), 1)[0])

    tries = of(*[("high", 0)] * 50)
    assert of(("high", 0)) < of(*[("high", 0)] * 3) < tries < 0.9  # severe begins there
    assert tries == pytest.approx(of(*[("high", 0)] * 500))
    assert of(*[("high", 0)] * 3, *[("high", 1)] * 3) > 0.9
    assert of(("low", 0), ("critical", 0)) == of(
        ("critical", 0), ("low", 0)
    )  # the gravest counts in full, whenever it came


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: auth.Options(window_s=0),
        lambda: auth.Options(steps=(5, 5, 9)),
        lambda: rates.Options(floor=0),
        lambda: rates.Options(sigmas=0),
        lambda: places.Options(speed_kmh=-1),
    ],
)
def test_given_options_that_make_no_sense_then_the_error_names_them(wrong: Any) -> None:
    with pytest.raises(ValueError, match="="):
        wrong()
