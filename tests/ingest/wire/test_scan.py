"""The kernels agree with protobuf on everything, and take all of a request or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swarmscope.bench.same import readable
from swarmscope.errors import DecodeError
from swarmscope.ingest.wire import plain, ready

from . import messages

SIGNALS = ("traces", "logs", "metrics")
COLUMNS = {"traces": "spans", "logs": "logs", "metrics": "metrics"}
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> None:
    ready.load()


def scanner() -> Any:
    from swarmscope.ingest.wire.scan import Scanner

    return Scanner()


def outcome(decoder: Any, signal: str, body: bytes) -> Any:
    """Columns after one request, or the kind of its refusal."""
    try:
        n = getattr(decoder, f"add_{signal}")(body, 7)
    except DecodeError:
        n = "refused"
    return n, readable(getattr(decoder, COLUMNS[signal])())


def check(signal: str, body: bytes) -> Any:
    """Both decoders say the same of a body; returns it."""
    expected = outcome(plain.Scanner(), signal, body)
    assert outcome(scanner(), signal, body) == expected
    return expected


@pytest.mark.parametrize("signal", SIGNALS)
@SLOW
@given(st.data())
def test_any_message_reads_as_protobuf_reads_it(signal: str, data: Any) -> None:
    n, _ = check(signal, data.draw(messages.requests(signal)).SerializeToString())
    assert n != "refused"


@pytest.mark.parametrize("signal", SIGNALS)
@SLOW
@given(st.data())
def test_shuffled_doubled_and_unknown_fields_read_as_protobuf_reads_them(signal: str, data: Any) -> None:
    check(signal, data.draw(messages.twisted(signal)))


@pytest.mark.parametrize("signal", SIGNALS)
@SLOW
@given(st.data())
def test_mutated_bytes_are_refused_exactly_when_protobuf_refuses_them(signal: str, data: Any) -> None:
    body = bytearray(data.draw(messages.requests(signal)).SerializeToString())
    for _ in range(data.draw(st.integers(1, 3))):
        if body:
            at = data.draw(st.integers(0, len(body) - 1))
            body[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    check(signal, bytes(body))


@pytest.mark.parametrize(
    "kind",
    [
        b"\x30" + b"\xff" * 9 + b"\x02",
        b"\x30" + b"\xff" * 9 + b"\x7f",
        b"\x30" + b"\x80" * 10 + b"\x01",
        b"\x30\x83\x00",
    ],
)
def test_overlong_numbers_read_as_protobuf_reads_them(kind: bytes) -> None:
    span = b"\x2a\x01a" + kind
    for field in (2, 2, 1):
        span = bytes([field << 3 | 2, len(span)]) + span
    check("traces", span)


@SLOW
@given(messages.DOUBLES)
def test_doubles_are_written_as_python_writes_them(value: float) -> None:
    request = plain.REQUESTS["traces"]()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.attributes.add(key="v").value.double_value = value
    span.attributes.add(key="list").value.array_value.values.add().double_value = value
    _, columns = check("traces", request.SerializeToString())
    assert columns["attributes"]["value"][0] == repr(value).encode()
