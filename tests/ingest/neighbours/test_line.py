"""InfluxDB's line protocol: good lines are taken, each bad one is named and harms no other."""

from __future__ import annotations

import time

import pytest

from swarmscope.ingest.neighbours import line
from swarmscope.ingest.wire.prometheus import V1

NOW_NS = 1_800_000_000_000_000_000


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("cpu v=1 --5", "bad timestamp"),
        ("cpu v=1 \u00b2", "bad timestamp"),
        ("cpu v=1 " + "9" * 5000, "bad timestamp"),
        ("cpu v=1 " + "9" * 40, "timestamp out of range"),
        ("cpu v=" + "9" * 400 + "i", "invalid number"),
        ("cpu v=" + "9" * 5000 + "i", "invalid number"),
        ("cpu v=\u00b2i", "invalid number"),
        ("cpu v=NaN", "invalid number"),
        ("cpu v=-inf", "invalid number"),
        ("cpu v=1_000", "invalid number"),
        ("cpu v=9223372036854775808i", "out of range"),
        ("cpu v=-1u", "out of range"),
        ("cpu v=1e999", "out of range"),
        ("cpu", "missing fields"),
        (",a=b v=1", "missing measurement"),
    ],
)
def test_given_a_bad_line_then_it_is_named_and_the_others_are_taken(bad: str, why: str) -> None:
    parsed = line.parse(f"cpu v=1\n{bad}\ncpu v=2".encode(), NOW_NS, 1, "")
    assert (parsed.lines, parsed.dropped) == (3, 1)
    assert parsed.faults[0][0] == 2
    assert why in parsed.faults[0][1]


def test_numbers_as_influxdb_reads_them() -> None:
    parsed = line.parse(
        b"cpu a=1.,b=.5,c=-2e3,d=+4,e=-9223372036854775808i,f=18446744073709551615u,g=4.9e-324", NOW_NS, 1, ""
    )
    assert (parsed.dropped, parsed.faults) == (0, [])


def test_a_quoted_text_may_hold_line_breaks() -> None:
    parsed = line.parse(b'cpu t="a\nb, c=\\"d",v=1\ncpu v=2', NOW_NS, 1, "")
    assert (parsed.lines, parsed.dropped, parsed.faults) == (2, 0, [])


def test_given_a_quote_that_is_never_closed_then_the_time_it_takes_grows_as_the_lines_do() -> None:
    begun = time.process_time()
    parsed = line.parse(b'cpu t="' + b"x=1\n" * 200_000, NOW_NS, 1, "")
    assert parsed.dropped == 1
    assert time.process_time() - begun < 5.0


def test_given_fields_of_one_series_when_read_then_each_has_the_labels_in_order() -> None:
    lines = b"cpu,host=a,Zone=b,__name__=c,x-y=d,host\\ 2=e use=1,idle=2 5\ncpu,host=a use=3 5"
    parsed = line.parse(lines, NOW_NS, 10**6, "tele")
    request = V1["WriteRequest"].FromString(parsed.request.encoded())
    shared = [("Zone", "b"), ("db", "tele"), ("host", "a"), ("host_2", "e"), ("x_y", "d")]
    wanted = [sorted([*shared, ("__name__", f"cpu_{field}")]) for field in ("use", "idle")]
    wanted.append([("__name__", "cpu_use"), ("db", "tele"), ("host", "a")])
    assert [[(p.name, p.value) for p in s.labels] for s in request.timeseries] == wanted
    assert [(s.samples[0].value, s.samples[0].timestamp) for s in request.timeseries] == [(1, 5), (2, 5), (3, 5)]
