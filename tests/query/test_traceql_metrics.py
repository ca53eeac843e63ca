"""TraceQL metrics over a real store, on traces whose counts are known."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.times import Window
from swarmscope.query.traceql.metrics import instant, query
from swarmscope.query.traceql.series import Series, Steps, default_step_ns, log2_quantile, steps
from swarmscope.query.traceql.tree import Static
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.shop import SECOND, checkouts, trace_id

START_NS = time.time_ns() // (60 * SECOND) * 60 * SECOND - 600 * SECOND
STEPS = Steps(START_NS - 5 * SECOND, 5 * SECOND, 4)  # (-5,0] (0,5] (5,10] (10,15]


@pytest.fixture(scope="module")
def reads(api: Api) -> Iterator[Reader]:  # noqa: F811 # the fixture above
    api.state.intake.submit("traces", checkouts(START_NS), "default", "protobuf").result(30)
    api.settled()
    yield Reader(api.state.store, "default")


def lines(found: list[Series]) -> dict[tuple[tuple[str, Any], ...], list[float]]:
    def numbers(values: Any) -> list[float]:
        return [round(float(v), 9) for v in values]

    return {tuple((k, v.value if v else None) for k, v in s.labels): numbers(s.values) for s in found}


def same(found: list[Series], wanted: dict[tuple[tuple[str, Any], ...], list[float]]) -> None:
    got = lines(found)
    assert got.keys() == wanted.keys()
    for labels, values in wanted.items():
        np.testing.assert_allclose(got[labels], values)


NAN = float("nan")


@pytest.mark.parametrize(
    ("q", "wanted"),
    [
        ("{ kind = server } | count_over_time()", {(("__name__", "count_over_time"),): [1, 5, 4, 0]}),
        ("{ kind = server } | rate()", {(("__name__", "rate"),): [0.2, 1, 0.8, 0]}),
        ("{ kind = server } | rate() by (status)", {
            (("status", "error"),): [0.2, 0.2, 0.4, 0], (("status", "unset"),): [0, 0.8, 0.4, 0]}),
        ("{ kind = server } | count_over_time() by (span.vip, resource.cloud.region)", {
            (("span.vip", True), ("resource.cloud.region", "eu")): [1, 2, 2, 0],
            (("span.vip", False), ("resource.cloud.region", "eu")): [0, 3, 2, 0]}),
        ("{ } | sum_over_time(span.items)", {(("__name__", "sum_over_time"),): [NAN, 10, 35, NAN]}),
        ("{ } | max_over_time(span.items)", {(("__name__", "max_over_time"),): [NAN, 4, 9, NAN]}),
        ("{ kind = server } | min_over_time(duration)", {(("__name__", "min_over_time"),): [0.5, 0.6, 1.1, NAN]}),
        ("{ kind = server } | avg_over_time(duration)", {(("__name__", "avg_over_time"),): [0.5, 0.8, 1.25, NAN]}),
        ("{ kind = server } | quantile_over_time(duration, 1)", {
            (("p", 1.0),): [2**29 / 1e9, 2**30 / 1e9, 2**31 / 1e9, NAN]}),
        ("{ kind = server } | histogram_over_time(duration)", {
            (("__bucket", 2**29 / 1e9),): [1, 0, 0, 0],
            (("__bucket", 2**30 / 1e9),): [0, 5, 0, 0], (("__bucket", 2**31 / 1e9),): [0, 0, 4, 0]}),
        ("{ kind = server } >> { status = error } | count_over_time()", {(("__name__", "count_over_time"),): [0, 2, 2, 0]}),
        ("{ status = error } | count() > 1 | count_over_time() by (name)", {
            (("name", "POST /checkout"),): [1, 1, 2, 0], (("name", "SELECT"),): [0, 2, 2, 0]}),
        ("{ } | count_over_time() by (rootServiceName)", {(("rootServiceName", "gateway"),): [1, 20, 19, 0]}),
        ("{ } | count_over_time() by (resource.service.name) | topk(1)", {
            (("resource.service.name", "cart"),): [NAN, 10, 10, 0],
            (("resource.service.name", "gateway"),): [1, NAN, NAN, NAN]}),
        ("({ kind = server && status = error } | count_over_time()) / ({ kind = server } | count_over_time()) * 100", {
            (("__name__", "(count_over_time / count_over_time)"),): [100, 20, 50, NAN]}),
        ("({ kind = server } | count_over_time() by (status)) / ({ kind = server } | rate())", {
            (("status", "error"),): [5, 1, 2.5, NAN], (("status", "unset"),): [0, 4, 2.5, NAN]}),
        ("{ kind = server } | count_over_time() > 4", {(("__name__", "count_over_time"),): [NAN, 5, NAN, NAN]}),
        ("{ } | count_over_time() by (parent.vip)", {
            (("parent.vip", True),): [0, 3, 2, 0], (("parent.vip", False),): [0, 2, 3, 0],
            (("parent.vip", None),): [1, 15, 14, 0]}),
        ("{ name = \"nowhere\" } | rate()", {(("__name__", "rate"),): [0, 0, 0, 0]}),
    ],
)  # fmt: skip
def test_series_are_what_was_sent(
    reads: Reader, q: str, wanted: dict[tuple[tuple[str, Any], ...], list[float]]
) -> None:
    same(query(reads, q, STEPS), wanted)


def test_a_comparison_counts_every_attribute_on_both_sides(reads: Reader) -> None:
    got = lines(query(reads, "{ kind = server } | compare({ status = error })", STEPS))

    def of(kind: str, name: str) -> dict[Any, list[float]]:
        return {ls[1][1]: at for ls, at in got.items() if ls[0] == ("__meta_type", kind) and ls[1][0] == name}

    assert of("baseline", "span.vip") == {True: [0, 2, 1, 0], False: [0, 2, 1, 0]}
    assert of("selection", "span.vip") == {True: [1, 0, 1, 0], False: [0, 1, 1, 0]}
    assert of("baseline_total", "span.vip") == {None: [0, 4, 2, 0]}
    assert of("selection", "span.http.status_code") == {500: [1, 1, 2, 0]}
    assert of("baseline", "status") == {"unset": [0, 4, 2, 0]}
    assert of("selection", "statusMessage") == {"checkout failed": [1, 1, 2, 0]}
    assert of("baseline_total", "statusMessage") == {}
    assert of("baseline", "resource.cloud.region") == {"eu": [0, 4, 2, 0]}
    assert of("selection_total", "resource.replicas") == {None: [1, 1, 2, 0]}
    assert of("selection", "rootServiceName") == {"gateway": [1, 1, 2, 0]}
    assert of("baseline", "resource.service.name") == {"gateway": [0, 4, 2, 0]}
    assert not [ls for ls in got if ls[0][0] == "__meta_error"]


def test_a_comparison_within_a_time_and_with_few_values(reads: Reader) -> None:
    span = f"{START_NS + 2 * SECOND}, {START_NS + 4 * SECOND}"
    got = lines(query(reads, f'{{ name = "add" }} | compare({{ span.items > 0 }}, 2, {span})', STEPS))
    selected = {ls[1][1] for ls in got if ls[:1] == (("__meta_type", "selection"),) and ls[1][0] == "span.items"}
    rest = {ls[1][1] for ls in got if ls[:1] == (("__meta_type", "baseline"),) and ls[1][0] == "span.items"}
    assert (selected, len(rest)) == ({2, 3}, 2)
    assert {ls[1][0] for ls in got if ls[0] == ("__meta_error", "__too_many_values__")} == {"span.items", "span.ratio"}
    assert sum(got[("__meta_type", "baseline_total"), ("span.items", None)]) == 8
    models = got[("__meta_type", "selection"), ("span.gen_ai.request.model", "model-1")]
    assert sum(models) == 1


def test_a_comparison_behind_structure(reads: Reader) -> None:
    got = lines(query(reads, "{ kind = server } > { kind = client } | compare({ span.items > 5 })", STEPS))
    assert got[("__meta_type", "selection"), ("name", "add")] == [0, 0, 4, 0]
    assert got[("__meta_type", "baseline_total"), ("name", None)] == [0, 5, 1, 0]


@pytest.mark.parametrize(
    ("q", "values"),
    [
        ("{ kind = server } | count_over_time()", {0: {1}, 1: {5}, 2: {4}}),
        ("{ kind = server } | count_over_time() by (status)", {0: {1}, 1: {1, 4}, 2: {2}}),
        (
            "{ kind = server } | max_over_time(duration)",
            {0: {0.5}, 1: {0.6, 0.7, 0.8, 0.9, 1.0}, 2: {1.1, 1.2, 1.3, 1.4}},
        ),
        ("{ kind = server } >> { status = error } | count_over_time()", {1: {2}, 2: {2}}),
        ("({ kind = server } | rate()) * 10 > 9", {1: {10}}),
        ("{ kind = server } | histogram_over_time(duration)", {0: {1}, 1: {5}, 2: {4}}),
    ],
)
def test_exemplars_lead_to_spans_that_were_counted(reads: Reader, q: str, values: dict[int, set[float]]) -> None:
    found = query(reads, q, STEPS, 100)
    shown = [(s, e) for s in found for e in s.exemplars]
    assert {e.step for _, e in shown} == values.keys()
    for series, e in shown:
        assert round(e.value, 9) in values[e.step]
        labels = dict(e.labels)
        checkout = int(e.trace[8:], 16)
        assert labels["trace:id"] == Static("string", trace_id(checkout).hex())
        assert STEPS.start_ns + e.step * STEPS.step_ns < e.at_ns <= STEPS.start_ns + (e.step + 1) * STEPS.step_ns
        if "status" in labels:
            assert labels["status"] == dict(series.labels)["status"]
            assert labels["status"] == Static("status", "error" if checkout % 3 == 0 else "unset")
    assert len({(e.trace, e.span) for _, e in shown}) == len(shown)


def test_as_many_exemplars_as_asked_for(reads: Reader) -> None:
    def count(q: str, asked: int) -> int:
        return sum(len(s.exemplars) for s in query(reads, q, STEPS, asked))

    assert count("{ kind = server } | rate()", 0) == 0
    assert count("{ kind = server } | rate()", 2) == 2
    assert count("{ kind = server } | rate()", 100) == 10
    assert count("{ kind = server } | rate() with (exemplars=false)", 100) == 0
    assert count("{ kind = server } | rate() with (exemplars=1)", 100) == 1
    assert count("{ kind = server } | rate() with (exemplars=true)", 0) == 10
    assert count("{ kind = server } > { } | rate()", 2) == 2
    quantiles = query(reads, "{ kind = server } | quantile_over_time(duration, 0, 1)", STEPS, 100)
    assert [len(s.exemplars) for s in quantiles][1] > 0
    assert {round(e.value, 9) for s in quantiles for e in s.exemplars} <= {round(0.5 + i / 10, 9) for i in range(10)}
    compared = query(reads, "{ kind = server } | compare({ status = error })", STEPS, 100)
    shown = {s.labels[0][1].value for s in compared if s.exemplars and s.labels[0][1]}
    assert shown == {"baseline_total", "selection_total"}


def test_an_instant_query_has_one_value(reads: Reader) -> None:
    within = Window(START_NS - SECOND, START_NS + 60 * SECOND)
    same(instant(reads, "{ kind = server } | count_over_time() by (status)", within), {
        (("status", "error"),): [4], (("status", "unset"),): [6]})  # fmt: skip


def test_steps_are_aligned_as_tempo_aligns_them() -> None:
    made = steps(Window(103 * SECOND, 127 * SECOND), 10 * SECOND)
    assert [e // SECOND for e in made.ends_ns()] == [100, 110, 120, 130]
    assert default_step_ns(Window(0, 3600 * SECOND)) == 5 * 3 * SECOND
    assert default_step_ns(Window(0, 10 * SECOND)) == 50_000_000
    with pytest.raises(QueryError, match="11000"):
        steps(Window(0, 10**15), 1)


def test_quantiles_lie_between_powers_of_two() -> None:
    bounds, counts = np.array([2.0, 4.0, 8.0]), np.array([2.0, 4.0, 2.0])
    assert log2_quantile(1, bounds, counts) == 8
    assert log2_quantile(0.25, bounds, counts) == 2
    assert log2_quantile(0.5, bounds, counts) == pytest.approx(2**1.5)
    assert np.isnan(log2_quantile(0.5, bounds, np.zeros(3)))


@pytest.mark.parametrize(
    ("q", "says"),
    [
        ("{ }", "metrics function"),
        ("{ } | sum_over_time(name)", "no number"),
        ("{ } | quantile_over_time(duration)", "quantiles"),
        ("{ } | quantile_over_time(duration, 2)", "between 0 and 1"),
        ("{ } | compare({ status = error }, 101)", "at most 100 values"),
        ("{ } | compare({ name })", "true or false"),
        ("{ } | rate() | topk(0)", "from 1 on"),
    ],
)
def test_what_makes_no_sense_is_refused(reads: Reader, q: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        query(reads, q, STEPS)
