"""The comparison of a selection with the rest against an oracle over the same rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swarmscope.errors import QueryError
from swarmscope.query import differences
from swarmscope.query.differences import between_sides, certain, newcombe, superiority

ALL = {"limit": 200, "values": 50}


def pairs(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What a span is counted under."""
    texts = ("agent", "session", "workflow", "peer_agent", "name", "service", "operation", "provider", "model", "tool")
    out = [(f, row[f]) for f in (*texts, "status_message")]
    out.append(("status", ("unset", "ok", "error")[row["status_code"]]))
    out += [("event", e) for e in row["event_name"]]
    out += [(k, v) for k, v in row["attributes"].items() if k != "score"]
    out.append(("resource.host.name", f"host-{row['resource_id']}"))
    return [(f, v) for f, v in out if v]


@pytest.mark.parametrize(
    ("q", "select", "chosen"),
    [
        ("", "tool:search", lambda r: r["tool"] == "search"),
        ("status:ok,error", "duration>2s", lambda r: r["duration_ns"] > 2 * 10**9),
        ("", "timeout", lambda r: "timeout" in r["status_message"]),
    ],
)
def test_given_spans_when_compared_then_counts_and_shares_are_those_of_the_rows(world, q, select, chosen) -> None:
    rows = [r for r in world.of("spans") if not q or r["status_code"] in (1, 2)]
    sides = [[r for r in rows if chosen(r)], [r for r in rows if not chosen(r)]]
    counts = [Counter(p for r in side for p in pairs(r)) for side in sides]
    found = between_sides(world.reader(), q, select, world.window, **ALL)
    assert (found["selected"]["spans"], found["rest"]["spans"]) == (len(sides[0]), len(sides[1]))
    assert found["rest"]["errors"] == sum(r["status_code"] == 2 for r in sides[1])
    assert found["selected"]["traces"] == len({r["trace_id"] for r in sides[0]})
    assert found["sampled"] is False
    seen = 0
    for item in found["fields"]:
        for v in item["values"]:
            if item["field"] in ("kind", "scope"):
                continue
            a, b = (c[item["field"], v["value"]] for c in counts)
            assert (v["selected"], v["rest"]) == (a, b), item["field"]
            assert v["difference"] == pytest.approx(a / len(sides[0]) - b / len(sides[1]))
            assert abs(v["certain"]) <= abs(v["difference"])
            seen += 1
    asked = {select.partition(":")[0], select.partition(">")[0]}
    assert seen == len({p for c in counts for p in c if p[0] not in asked})
    assert not asked & {f["field"] for f in found["fields"]}
    order = [(-abs(f["certain"]), -abs(f["difference"])) for f in found["fields"]]
    assert order == sorted(order)


def test_given_a_number_when_compared_then_its_percentiles_and_order_are_those_of_the_rows(world) -> None:
    rows = world.of("spans")
    sides = [[float(r["attributes"]["score"]) for r in rows if (r["tool"] != "") is on] for on in (True, False)]
    found = between_sides(world.reader(), "", "tool:*", world.window, **ALL)
    by_field = {n["field"]: n for n in found["numbers"]}
    score = by_field["score"]
    assert (score["selected"], score["rest"]) == (len(sides[0]), len(sides[1]))
    assert score["selected_p50"] == pytest.approx(np.median(sides[0]), abs=0.05)
    assert score["difference"] == pytest.approx(superiority(np.array(sides[0]), np.array(sides[1])), abs=0.03)
    assert score["certain"] == 0  # it is random
    assert "score" not in {f["field"] for f in found["fields"]}
    assert by_field["duration"]["rest_p95"] > by_field["duration"]["rest_p50"] > 0


def test_given_more_spans_than_are_looked_at_when_compared_then_whole_traces_are_left_out(world, monkeypatch) -> None:
    monkeypatch.setattr(differences, "SAMPLE", 60)
    found = between_sides(world.reader(), "", "status:error", world.window, **ALL)
    assert found["sampled"] is True
    assert found["rest"]["spans"] == sum(r["status_code"] != 2 for r in world.of("spans"))
    shares = [v["rest_share"] for f in found["fields"] if f["field"] == "service" for v in f["values"]]
    assert sum(shares) == pytest.approx(1)


def test_given_a_cause_when_compared_then_it_comes_first_and_is_certain(world) -> None:
    found = between_sides(world.reader(), "", "event:exception", world.window, **ALL)
    first = found["fields"][0]
    assert (first["field"], first["values"][0]["value"]) == ("status", "error")
    assert first["certain"] > 0.3


@pytest.mark.parametrize("select", ["name:nothing-has-this", "duration>=0"])
def test_given_one_empty_side_when_compared_then_there_is_nothing_to_tell(world, select: str) -> None:
    found = between_sides(world.reader(), "", select, world.window, **ALL)
    assert (found["fields"], found["numbers"]) == ([], [])
    assert found["selected"]["spans"] + found["rest"]["spans"] == len(world.of("spans"))


def test_given_another_tenant_when_compared_then_its_rows_are_not_seen(world) -> None:
    found = between_sides(world.reader("nobody"), "", "tool:*", world.window, **ALL)
    assert found["selected"]["spans"] == found["rest"]["spans"] == 0


@pytest.mark.parametrize("select", ["", "  ", "duration>soon"])
def test_given_a_selection_that_cannot_be_read_when_compared_then_it_is_refused(world, select: str) -> None:
    with pytest.raises(QueryError):
        between_sides(world.reader(), "", select, world.window, **ALL)


def test_the_interval_is_the_published_one() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table II, method 10
    assert newcombe(56 / 70, 70, 48 / 80, 80, 1.959964) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert newcombe(9 / 10, 10, 3 / 10, 10, 1.959964) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert newcombe(0, 10, 0, 10, 1.959964) == pytest.approx((-0.2775, 0.2775), abs=5e-5)


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
    st.lists(st.integers(0, 9), min_size=1, max_size=20),
)
def test_superiority_is_over_all_pairs(a: list[int], b: list[int]) -> None:
    brute = sum((x > y) - (x < y) for x in a for y in b) / (len(a) * len(b))
    assert superiority(np.array(a), np.array(b)) == pytest.approx(brute)


@given(st.floats(0, 1), st.integers(1, 500), st.floats(0, 1), st.integers(1, 500))
def test_what_is_certain_lies_between_nothing_and_the_difference(p: float, n: int, q: float, m: int) -> None:
    low, high = newcombe(p, n, q, m, 3.0)
    assert -1 - 1e-9 <= low <= p - q + 1e-9
    assert p - q - 1e-9 <= high <= 1 + 1e-9
    assert abs(certain(p - q, low, high)) <= abs(p - q) + 1e-9


def test_given_spans_that_arrive_between_two_questions_when_shares_are_made_then_none_is_above_one() -> None:
    (field,) = differences._fields([("status", "error", 5, 2)], (3, 4), (3, 4), 1.96)
    assert field["values"][0]["selected_share"] == 1.0
