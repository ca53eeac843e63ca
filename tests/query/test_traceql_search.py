"""TraceQL searches over a real store: every feature on traces whose answer is known."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.times import Window
from swarmscope.query.traceql.search import Found, search
from tests.serve.routes.conftest import Api, api  # noqa: F401 # a fixture
from tests.support.shop import CHECKOUTS, SECOND, checkouts, span_id, trace_id

START_NS = time.time_ns() // SECOND * SECOND - 600 * SECOND
WITHIN = Window(START_NS - 60 * SECOND, START_NS + 60 * SECOND)
FAILED = {0, 3, 6, 9}


@pytest.fixture(scope="module")
def reads(api: Api) -> Iterator[Reader]:  # noqa: F811 # the fixture above
    api.state.intake.submit("traces", checkouts(START_NS), "default", "protobuf").result(30)
    api.settled()
    yield Reader(api.state.store, "default")


def found(reads: Reader, q: str, limit: int = 100) -> dict[int, Found]:
    traces, _ = search(reads, q, WITHIN, limit, 100)
    return {int(f.trace[8:], 16): f for f in traces}


def parts(of: Found) -> set[int]:
    """Which parts of a checkout the spansets hold."""
    return {int(span.span[-2:], 16) for _, spans in of.sets or [] for span, _ in spans}


ALL = set(range(CHECKOUTS))


@pytest.mark.parametrize(
    ("q", "checkouts", "spans"),
    [
        ("{ }", ALL, {0, 1, 2, 3}),
        ('{ name = "SELECT" }', ALL, {2}),
        ('{ name =~ "S.*" && status = error }', FAILED, {2}),
        ("{ status = error }", FAILED, {0, 2}),
        ("{ status != error && kind = server }", ALL - FAILED, {0}),
        ('{ resource.service.name = "gateway" }', ALL, {0}),
        ('{ .service.name = "mail" }', ALL, {3}),
        ('{ resource.cloud.region = "us" }', ALL, {3}),
        ('{ resource.cloud.region != "us" && span.items > 7 }', {8, 9}, {1}),
        ("{ resource.replicas = 3 && span.items = 2 }", {2}, {1}),
        ("{ .http.status_code >= 500 }", FAILED, {0}),
        ('{ .http.status_code = "500" }', set(), set()),
        ('{ span."text number" = "5" && span.items = 1 }', {1}, {1}),
        ('{ span."text number" = 5 }', set(), set()),
        ("{ span.ratio > 2 }", {9}, {1}),
        ("{ span.items * 2 + 1 = 15 }", {7}, {1}),
        ("{ -span.items < -8 }", {9}, {1}),
        ("{ span.items = 2 ^ 3 }", {8}, {1}),
        ("{ span.vip }", {0, 2, 4, 6, 8}, {0}),
        ("{ !span.vip }", {1, 3, 5, 7, 9}, {0}),
        ("{ span.vip = false && duration > 1.2s }", {9}, {0}),
        ("{ span.vip != nil }", ALL, {0}),
        ('{ span.vip = nil && name = "add" }', ALL, {1}),
        ('{ span.gen_ai.request.model = "model-1" }', {1, 3, 5, 7, 9}, {1}),
        ('{ span.swarmscope.model = "model-1" }', {1, 3, 5, 7, 9}, {1}),
        ('{ span.gen_ai.request.model =~ "model-[0]" && span.items > 5 }', {6, 8}, {1}),
        ("{ duration > 1s }", {6, 7, 8, 9}, {0}),
        ("{ traceDuration > 1s && kind = client && name = \"SELECT\" }", {6, 7, 8, 9}, {2}),
        ('{ rootServiceName = "gateway" && rootName = "POST /checkout" && kind = producer }', ALL, {3}),
        ('{ statusMessage = "deadlock" }', FAILED, {2}),
        ('{ event:name = "retry" }', FAILED, {2}),
        ("{ event.attempt > 7 }", {8, 9}, {2}),
        ('{ event.attempt = "4" }', set(), set()),
        ('{ event.attempt =~ ".*" }', set(), set()),
        ("{ event.attempt || !event.attempt }", set(), set()),
        ("{ resource.service.name || !resource.service.name }", set(), set()),
        ("{ event:timeSinceStart > 10ms && event.attempt = 4 }", {4}, {2}),
        (f'{{ link:spanID = "{span_id(4, 0).hex()}" }}', {4}, {3}),
        ('{ instrumentation:name = "shop.tracer" && span.items = 0 }', {0}, {1}),
        ("{ nestedSetParent < 0 }", ALL, {0}),
        ("{ span:childCount = 2 }", ALL, {1}),
        (f'{{ trace:id = "{trace_id(5).hex()}" }}', {5}, {0, 1, 2, 3}),
        (f'{{ span:parentID = "{span_id(5, 0).hex()}" }}', {5}, {1}),
        ("{ span.items = 3 || span.items = 4 }", {3, 4}, {1}),
        # spansets with each other
        ("{ span.items > 6 } && { status = error }", {9}, {0, 1, 2}),
        ("{ span.items = 1 } || { status = error }", FAILED | {1}, {0, 1, 2}),
        ("{ kind = server } > { kind = client }", ALL, {1}),
        ("{ kind = server } >> { status = error }", FAILED, {2}),
        ("{ status = error && kind = client } << { kind = server }", FAILED, {0}),
        ('{ name = "SELECT" } < { }', ALL, {1}),
        ('{ name = "SELECT" } ~ { }', ALL, {3}),
        ('{ name = "add" } !>> { }', ALL, {0, 1}),
        ('{ name = "POST /checkout" } !> { kind = client }', ALL, {2}),
        ("{ kind = server } &>> { status = error && kind = client }", FAILED, {0, 2}),
        ('{ name = "nowhere" } !>> { span.items = 2 }', {2}, {1}),
        # stages
        ("{ } | { status = error } | { kind = server }", FAILED, {0}),
        ("{ status = error } | count() > 1", FAILED, {0, 2}),
        ("{ } | count() = 4", ALL, {0, 1, 2, 3}),
        ("{ kind = server } | avg(duration) > 1.3s", {9}, {0}),
        ("{ kind = server } | max(duration) >= 1.3s", {8, 9}, {0}),
        ("{ } | sum(span.items) + 1 > 9", {9}, {0, 1, 2, 3}),
        ("{ } | min(1 + span.items) = 3", {2}, {0, 1, 2, 3}),
        ('{ } | by(resource.service.name) | count() = 2', ALL, {1, 2}),
        ('{ } | by(kind) | count() = 2 | coalesce()', ALL, {1, 2}),
        ("({ status = error } | count() > 1) && ({ span.items > 5 })", {6, 9}, {0, 1, 2}),
        ("({ status = error } | count()) > ({ kind = producer } | count())", FAILED, {0, 1, 2, 3}),
        ("{ parent.vip = true }", {0, 2, 4, 6, 8}, {1}),
        ("{ parent.span.items = 4 }", {4}, {2, 3}),
        ('{ parent.resource.cloud.region = "eu" && name = "send mail" }', ALL, {3}),
        ('{ parent.service.name = "gateway" }', ALL, {1}),
        ('{ parent.gen_ai.request.model =~ ".*-1" && status = error }', {3, 9}, {2}),
        ("{ parent.vip = nil && kind = client }", ALL, {2}),
        ("{ parent.items < span.attempt || parent.ratio >= 2.25 }", {9}, {2, 3}),
        ("{ parent = nil }", ALL, {0}),
        ('{ cidr(resource.host.ip, "10.2.0.0/16", "fd00::/8") }', ALL, {1, 2, 3}),
        ('{ cidr(.host.ip, "10.0.0.0/8") && kind = server }', set(), set()),
        ('{ !cidr(name, "0.0.0.0/0") && kind = server }', ALL, {0}),
        ("{ parent.vip } && { status = error }", {0, 6}, {0, 1, 2}),
        ("{ kind = server } >> { parent.items = 6 }", {6}, {2, 3}),
        ("{ } | by(parent.items) | count() = 2", ALL, {0, 1, 2, 3}),
    ],
)  # fmt: skip
def test_a_query_finds_its_traces(reads: Reader, q: str, checkouts: set[int], spans: set[int]) -> None:
    answer = found(reads, q)
    assert set(answer) == checkouts
    assert {p for f in answer.values() for p in parts(f)} == spans


def test_an_answer_says_what_it_found(reads: Reader) -> None:
    (of,) = found(
        reads, "{ span.items = 6 } | select(status, resource.cloud.region, nestedSetLeft, nestedSetParent)"
    ).values()
    assert (of.root_name, of.root_service) == ("POST /checkout", "gateway")
    assert of.services == {"gateway": (1, 1), "cart": (2, 1), "mail": (1, 0)}
    assert of.end_ns - of.start_ns == 1_100_000_000
    ((spanset, ((span, pairs),)),) = of.sets or []
    assert len(spanset.spans) == 1
    assert span.name == "add"
    shown = {k: v.value for k, v in pairs}
    assert shown == {"items": 6, "status": "unset", "cloud.region": "eu", "nestedSetLeft": 2, "nestedSetParent": 1}


@pytest.mark.parametrize(
    ("q", "shown"),
    [
        ('{ resource.service.name = "gateway" } >> { status = error }', {2: {"status": "error"}}),
        ("{ status = error } || { kind = producer }", {
            0: {"status": "error"}, 2: {"status": "error"}, 3: {"kind": "producer"}}),
        ("{ status = error } || { kind = producer } | select(kind)", {
            0: {"status": "error", "kind": "server"}, 2: {"status": "error", "kind": "client"}, 3: {"kind": "producer"}}),
        ('{ span.items > 8 || "add" = name || name =~ "SEL.*" }', {1: {"items": 9}, 2: {}}),
        ("{ span.items * 2 > 16 || 1 = 1 }", {0: {}, 1: {"items": 9}, 2: {}, 3: {}}),
        ("{ event.attempt = 9 }", {2: {"attempt": 9}}),
        ("{ name = `SELECT` } | by(event.attempt)", {2: {"attempt": 9}}),
        ("{ event:timeSinceStart > 10ms }", {2: {"event:timeSinceStart": 20_000_000}}),
    ],
)  # fmt: skip
def test_an_attribute_is_shown_where_what_is_asked_of_it_holds(
    reads: Reader, q: str, shown: dict[int, dict[str, object]]
) -> None:
    ((_, spans),) = found(reads, q)[9].sets or []
    assert {int(s.span[-2:], 16): {k: v.value for k, v in pairs} for s, pairs in spans} == shown


def test_what_is_above_can_be_shown(reads: Reader) -> None:
    (of,) = found(reads, "{ parent.span.items = 6 && status = error } | select(parent.gen_ai.request.model)").values()
    ((_, ((_, pairs),)),) = of.sets or []
    assert {k: v.value for k, v in pairs} == {"items": 6, "status": "error", "gen_ai.request.model": "model-0"}


def test_groups_are_named(reads: Reader) -> None:
    (of,) = found(reads, "{ span.items = 6 } >> { } | by(name) | count() > 0").values()
    assert {tuple((k, v.value if v else None) for k, v in s.attributes) for s, _ in of.sets or []} == {
        (("by(name)", "SELECT"), ("count()", 1)),
        (("by(name)", "send mail"), ("count()", 1)),
    }


def test_numbers_of_a_spanset_keep_their_type(reads: Reader) -> None:
    numbers = {}
    for q in ("sum(span.items)", "max(span.items)", "avg(span.items)", "avg(duration)"):
        (((_, static),),) = [s.attributes for s, _ in found(reads, f"{{ }} | {q} > 0")[9].sets or []]
        numbers[q] = static and (static.kind, repr(static.value))
    assert numbers == {
        "sum(span.items)": ("number", "9"), "max(span.items)": ("number", "9"), "avg(span.items)": ("number", "9.0"),
        "avg(duration)": ("duration", "487500000.0"),
    }  # fmt: skip


def test_the_newest_come_first_up_to_the_limit(reads: Reader) -> None:
    traces, _ = search(reads, "{ status = error }", WITHIN, 2)
    assert [int(f.trace[8:], 16) for f in traces] == [9, 6]


def test_other_tenants_see_nothing(reads: Reader, api: Api) -> None:  # noqa: F811 # the fixture above
    assert search(Reader(api.state.store, "other"), '{ name = "SELECT" }', WITHIN)[0] == []


@pytest.mark.parametrize(
    ("q", "says"),
    [
        ("{ status > ok }", "no order"),
        ("{ status = 2 }", "one of unset, ok, error"),
        ('{ name = error }', "compared with status only"),
        ("{ duration }", "true or false"),
        ('{ duration = "long" }', "types differ"),
        ('{ name =~ "(" }', "no regular expression"),
        ('{ span.a =~ "' + "a" * 2000 + '" }', "at most"),
        ("{ } | rate()", "metrics API"),
        ("{ nestedSetLeft > 3 }", "select"),
        ("{ name + 1 = 2 }", "needs numbers"),
        ("({ } | by(name)) >> { }", "coalesce"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(reads: Reader, q: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        search(reads, q, WITHIN)
