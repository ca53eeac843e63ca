"""What a scanner promises, whichever decoder it is."""

from __future__ import annotations

from typing import Any

import pytest

from swarmscope.bench.same import readable, texts
from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest.columns import POOL_HEAD, TYPE_INT, TYPE_STRING, Attributes
from swarmscope.ingest.wire import plain, ready
from swarmscope.ingest.wire.plain import NESTING_MAX, REQUESTS


@pytest.fixture(params=["plain", "scan"])
def scanner(request: pytest.FixtureRequest) -> ready.Scanner:
    """A scanner of each kind."""
    if request.param == "plain":
        return plain.Scanner()
    return fast()


def fast() -> Any:
    ready.load()
    from swarmscope.ingest.wire.scan import Scanner

    return Scanner()


def traces(*names: str, **attributes: str) -> bytes:
    """A request with a span of each name."""
    request = REQUESTS["traces"]()
    spans = request.resource_spans.add().scope_spans.add().spans
    for name in names:
        span = spans.add(name=name)
        for key, value in attributes.items():
            span.attributes.add(key=key).value.string_value = value
    encoded: bytes = request.SerializeToString()
    return encoded


def nested(depth: int) -> bytes:
    """A span with an attribute so deep."""
    request = REQUESTS["traces"]()
    value = request.resource_spans.add().scope_spans.add().spans.add().attributes.add(key="k").value
    for _ in range(depth):
        value = value.array_value.values.add()
    encoded: bytes = request.SerializeToString()
    return encoded


def test_requests_accumulate_and_are_told_apart(scanner: ready.Scanner) -> None:
    assert scanner.add_traces(traces("a", "b"), 3) == 2
    assert scanner.add_traces(memoryview(traces("c")), 5) == 1
    spans = scanner.spans()
    assert readable(spans)["name"] == [b"a", b"b", b"c"]
    assert spans.resources.request[spans.resource].tolist() == [3, 3, 5]


def test_an_empty_request_has_no_items(scanner: ready.Scanner) -> None:
    assert scanner.add_traces(b"", 0) == scanner.add_logs(b"", 0) == scanner.add_metrics(b"", 0) == 0
    assert len(scanner.spans().name) == len(scanner.logs().time) == len(scanner.metrics().time) == 0


def test_a_refused_request_leaves_nothing(scanner: ready.Scanner) -> None:
    scanner.add_traces(traces("a", k="v"), 0)
    before = readable(scanner.spans())
    whole = traces("x", "y", k="w")
    for bad in (whole[:-1], whole + b"\x0a\x7f", whole + b"\xff", nested(NESTING_MAX + 1)):
        with pytest.raises(DecodeError):
            scanner.add_traces(bad, 1)
        assert readable(scanner.spans()) == before
    assert scanner.add_traces(whole, 1) == 2
    assert readable(scanner.spans())["attributes"]["value"] == [b"v", b"w", b"w"]


def test_reset_forgets_rows_and_keeps_the_pool(scanner: ready.Scanner) -> None:
    scanner.add_traces(traces("a"), 0)
    serial = scanner.spans().pool.serial
    scanner.reset()
    assert len(scanner.spans().name) == 0
    assert scanner.spans().pool.serial == serial
    scanner.add_traces(traces("b"), 0)
    assert readable(scanner.spans())["name"] == [b"b"]


def test_a_large_pool_is_emptied_at_reset_under_a_new_serial(scanner: ready.Scanner) -> None:
    names = [f"name {i}" for i in range(plain.POOL_RESET_STRINGS + 1)]
    scanner.add_traces(traces(*names), 0)
    spans = scanner.spans()
    assert readable(spans)["name"] == [name.encode() for name in names]
    serial = spans.pool.serial
    scanner.reset()
    scanner.add_traces(traces("again"), 0)
    pool = scanner.spans().pool
    assert pool.serial != serial
    assert texts(pool.strings) == [*POOL_HEAD, b"again"]


def test_what_is_sent_beside_attributes_becomes_attributes(scanner: ready.Scanner) -> None:
    message = REQUESTS["traces"]()
    block = message.resource_spans.add(schema_url="https://r/1")
    block.resource.dropped_attributes_count = 1
    group = block.scope_spans.add(schema_url="https://s/2")
    group.scope.dropped_attributes_count = 2
    group.spans.add()  # says nothing of the kind
    span = group.spans.add(dropped_attributes_count=3, dropped_events_count=4, dropped_links_count=2**32 - 1)
    span.events.add(dropped_attributes_count=5)
    span.links.add(dropped_attributes_count=6, flags=0x101)
    scanner.add_traces(message.SerializeToString(), 0)
    columns = scanner.spans()
    keys = texts(columns.pool.strings)

    def said(attributes: Attributes) -> list[tuple[bytes, int, bytes]]:
        rows = zip(attributes.key, attributes.type, texts(attributes.value), strict=True)
        return [(keys[key], int(kind), value) for key, kind, value in rows]

    assert said(columns.resources.attributes) == [
        (b"otel.dropped_attributes_count", TYPE_INT, b"1"),
        (b"otel.resource.schema_url", TYPE_STRING, b"https://r/1"),
    ]
    assert said(columns.resources.scope_attributes) == [
        (b"dropped_attributes_count", TYPE_INT, b"2"),
        (b"schema_url", TYPE_STRING, b"https://s/2"),
    ]
    assert columns.attributes.offsets.tolist() == [0, 0, 3]
    assert said(columns.attributes) == [
        (b"otel.dropped_attributes_count", TYPE_INT, b"3"),
        (b"otel.dropped_events_count", TYPE_INT, b"4"),
        (b"otel.dropped_links_count", TYPE_INT, b"4294967295"),
    ]
    assert said(columns.event_attributes) == [(b"otel.dropped_attributes_count", TYPE_INT, b"5")]
    assert said(columns.link_attributes) == [
        (b"otel.link.flags", TYPE_INT, b"257"),
        (b"otel.dropped_attributes_count", TYPE_INT, b"6"),
    ]


def test_serials_are_never_shared() -> None:
    serials = {s.spans().pool.serial for s in (plain.Scanner(), plain.Scanner(), fast(), fast())}
    assert len(serials) == 4


def test_the_deepest_value_allowed_is_read(scanner: ready.Scanner) -> None:
    scanner.add_traces(nested(NESTING_MAX), 0)
    assert texts(scanner.spans().attributes.value) == [b"[" * NESTING_MAX + b"null" + b"]" * NESTING_MAX]


@pytest.mark.parametrize("bad", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"a\x80"])
def test_text_that_is_not_utf8_is_refused_wherever_it_stands(scanner: ready.Scanner, bad: bytes) -> None:
    mark = "@" * len(bad)
    as_name = traces(mark).replace(mark.encode(), bad)
    as_value = traces("a", "b", k=mark).replace(mark.encode(), bad)
    split = traces("a", first=mark, second=mark).replace(mark.encode(), bad, 1)
    for body in (as_name, as_value, split):
        with pytest.raises(DecodeError):
            scanner.add_traces(body, 0)


def test_a_character_split_over_two_values_is_refused(scanner: ready.Scanner) -> None:
    body = traces("a", first="@", second="@").replace(b"@", b"\xc3", 1).replace(b"@", b"\xa9", 1)
    with pytest.raises(DecodeError):
        scanner.add_traces(body, 0)


def test_the_fast_scanner_tells_the_position() -> None:
    good = traces("a" * 50)
    with pytest.raises(DecodeError, match="ExportTraceServiceRequest") as caught:
        fast().add_traces(good + b"\x0a\x7f", 0)
    assert caught.value.position == len(good)
    body = traces("a", k="x" * 20 + "@").replace(b"@", b"\xff")
    with pytest.raises(DecodeError, match="UTF-8") as caught:
        fast().add_traces(body, 0)
    assert caught.value.position == body.index(b"\xff")
    body = traces("x" * 20 + "@").replace(b"@", b"\xff")
    with pytest.raises(DecodeError, match="UTF-8") as caught:
        fast().add_traces(body, 0)
    assert caught.value.position == body.index(b"\xff")


def test_buffers_grow_with_large_requests_and_shrink_when_idle() -> None:
    scanner = fast()
    from swarmscope.ingest.wire.scan import KEEP_BYTES

    large = traces(*["n"] * 40_000, text="x" * 3000)
    assert scanner.add_traces(large, 0) == 40_000
    assert set(texts(scanner.spans().attributes.value)) == {b"x" * 3000}
    assert (scanner.spans().attributes.type == TYPE_STRING).all()
    table = scanner._spans.tables["attribute"]
    assert table.capacity_bytes > 3000 * 40_000
    for _ in range(6):
        scanner.reset()
    assert table.capacity_bytes <= KEEP_BYTES
    assert scanner.add_traces(traces("a"), 0) == 1


def test_a_request_of_endless_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    scanner = fast()
    from swarmscope.ingest.wire import scan

    monkeypatch.setattr(scan, "ROWS_PER_REQUEST_MAX", 50_000)
    with pytest.raises(LimitError, match="smaller batches"):
        scanner.add_traces(b"\x0a\x00" * 100_000, 0)
    assert len(scanner.spans().resources.request) == 0


def test_odd_encodings_are_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    scanner = fast()
    from swarmscope.ingest.wire import scan

    group = traces("a") + b"\xfb\x07\xfc\x07"
    assert scanner.add_traces(group, 0) == 1
    monkeypatch.setattr(scan, "ODD_BYTES_MAX", 10)
    with pytest.raises(DecodeError, match="unusual"):
        scanner.add_traces(group, 0)
