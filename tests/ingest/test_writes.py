"""Remote write: the kernels read what protobuf reads, refuse what it refuses, and a refused request leaves nothing behind."""

from __future__ import annotations

import random
import struct
from collections import Counter
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarmscope.config import Config
from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest import rules
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.warm import writes
from swarmscope.ingest.wire.prometheus import V1, V2
from swarmscope.ingest.writes import WriteStage

NOW_NS = 1_790_000_000_000_000_000
NOW_MS = NOW_NS // 10**6
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=12)
NAMES = st.sampled_from(["a", "b", "job", "zone", "é"])
SAMPLES = st.lists(st.tuples(st.floats(width=64), st.integers(NOW_MS - 1000, NOW_MS)), max_size=4)
SERIES = st.lists(
    st.tuples(st.sampled_from(["m", "n", "m_total"]), st.dictionaries(NAMES, TEXT, max_size=3), SAMPLES), max_size=8
)


def stage(**options: Any) -> WriteStage:
    config = msgspec.structs.replace(Config().ingest, **options)
    return WriteStage(
        config, lambda tenant: tenant.encode().ljust(16), Redactor(config.redaction, rules.found(Config()))
    )


def first(series: Any) -> bytes:
    request = V1["WriteRequest"]()
    for name, labels, samples in series:
        one = request.timeseries.add()
        for key, value in sorted({**labels, "__name__": name}.items(), key=lambda p: p[0].encode()):
            one.labels.add(name=key, value=value)
        for value, at in samples:
            one.samples.add(value=value, timestamp=at)
    encoded: bytes = request.SerializeToString()
    return encoded


def second(series: Any) -> bytes:
    request = V2["Request"](symbols=[""])
    places = {"": 0}

    def ref(text: str) -> int:
        if text not in places:
            places[text] = len(request.symbols)
            request.symbols.append(text)
        return places[text]

    for name, labels, samples in series:
        one = request.timeseries.add()
        for key, value in sorted({**labels, "__name__": name}.items(), key=lambda p: p[0].encode()):
            one.labels_refs.extend([ref(key), ref(value)])
        for value, at in samples:
            one.samples.add(value=value, timestamp=at)
    encoded: bytes = request.SerializeToString()
    return encoded


def stored(tables: dict[str, pa.Table]) -> Counter[Any]:
    """How often each (labels, time, bits) is there."""
    named = {}
    for row in tables.get("series", pa.table({})).to_pylist():
        named[row["series_id"]] = (row["metric"], tuple(sorted(row["labels"])))
    rows = tables["samples"].to_pylist() if "samples" in tables else []
    return Counter((named[r["series_id"]], r["time"].value // 10**6, struct.pack("<d", r["value"])) for r in rows)


def expected(series: Any) -> Counter[Any]:
    return Counter(
        ((name, tuple(sorted((k, v) for k, v in labels.items() if v))), at, struct.pack("<d", value))
        for name, labels, samples in series
        for value, at in samples
    )


@settings(max_examples=40, deadline=None)
@given(SERIES, st.sampled_from([("write1", first), ("write2", second)]))
def test_what_protobuf_wrote_is_stored(series: Any, version: Any) -> None:
    encoding, encode = version
    one = stage(redaction=msgspec.structs.replace(Config().ingest.redaction, enabled=False))
    one.reset(NOW_NS)
    one.add(encode(series), encoding, "t")
    result = one.run(NOW_NS)
    assert stored(result.tables) == expected(series)
    assert result.receipts[0].rejected == 0


@settings(max_examples=60, deadline=None)
@given(
    SERIES, st.sampled_from([("write1", first, V1["WriteRequest"]), ("write2", second, V2["Request"])]), st.randoms()
)
def test_damaged_bytes_are_refused_whole_or_read_as_protobuf_does(
    series: Any, version: Any, rng: random.Random
) -> None:
    encoding, encode, message = version
    body = bytearray(encode([*series, ("last", {}, [(1.0, NOW_MS)])]))
    for _ in range(rng.randrange(1, 4)):
        body[rng.randrange(len(body))] = rng.randrange(256)
    one = stage()
    one.reset(NOW_NS)
    try:
        one.add(bytes(body[: rng.randrange(len(body)) if rng.random() < 0.3 else len(body)]), encoding, "t")
    except (DecodeError, LimitError):
        pass
    else:
        message.FromString(encode(series))
    one.add(first([("good", {}, [(2.0, NOW_MS)])]), "write1", "t")
    result = one.run(NOW_NS)
    good = [r for r in result.tables["series"].to_pylist() if r["metric"] == "good"]
    assert good
    assert result.receipts[-1].accepted == 1


def test_series_are_stated_once_an_hour_and_again_after_a_failure() -> None:
    one = stage()
    body = first([("m", {"a": "1"}, [(1.0, NOW_MS)])])

    def run(now_ns: int) -> Any:
        one.reset(now_ns)
        one.add(body, "write1", "t")
        return one.run(now_ns)

    assert "series" in run(NOW_NS).tables
    again = run(NOW_NS)
    assert "series" not in again.tables
    again.failed()
    assert "series" in run(NOW_NS).tables
    assert "series" in run(NOW_NS + 3_600 * 10**9).tables


def test_tenants_have_series_of_their_own_and_one_metric_lies_together() -> None:
    one = stage()
    one.reset(NOW_NS)
    for tenant in ("t", "u"):
        one.add(first([("m", {"a": str(i)}, [(1.0, NOW_MS)]) for i in range(3)]), "write1", tenant)
    ids = one.run(NOW_NS).tables["series"]["series_id"].to_pylist()
    assert len(set(ids)) == 6
    assert len({i[:8] for i in ids}) == 2


def test_versions_agree_on_the_identity_of_a_series() -> None:
    series = [("m", {"a": "1", "é": "ü"}, [(1.0, NOW_MS)])]
    one = stage()
    one.reset(NOW_NS)
    one.add(first(series), "write1", "t")
    one.add(second(series), "write2", "t")
    assert len(set(one.run(NOW_NS).tables["samples"]["series_id"].to_pylist())) == 1


def test_a_counter_begins_with_zero_where_its_sender_says_so() -> None:
    def request(*series: tuple[str, int, list[tuple[float, int]]]) -> bytes:
        made = V2["Request"]()
        made.ParseFromString(second([(name, {}, samples) for name, _, samples in series]))
        for one, (_, created, _) in zip(made.timeseries, series, strict=True):
            one.created_timestamp = created
        return bytes(made.SerializeToString())

    def begins(*series: tuple[str, int, list[tuple[float, int]]]) -> tuple[list[tuple[int, float]], Any]:
        one.reset(NOW_NS)
        one.add(request(*series), "write2", "t")
        result = one.run(NOW_NS)
        rows = result.tables["samples"].to_pylist()
        return sorted((r["time"].value // 10**6 - NOW_MS, r["value"]) for r in rows), result.receipts[0]

    one = stage()
    rows, receipt = begins(("a", NOW_MS - 5000, [(7.0, NOW_MS - 1000), (8.0, NOW_MS)]))
    assert rows == [(-5000, 0.0), (-1000, 7.0), (0, 8.0)]
    assert (receipt.accepted, receipt.written) == (2, (2, 0, 0))  # what was sent is counted, not what was made of it
    assert begins(("a", NOW_MS - 5000, [(9.0, NOW_MS)]))[0] == [(0, 9.0)]  # once
    assert begins(("a", NOW_MS - 100, [(1.0, NOW_MS)]))[0] == [(-100, 0.0), (0, 1.0)]  # it began anew
    nothing = [
        ("b", 0, NOW_MS),
        ("c", NOW_MS, NOW_MS),
        ("d", NOW_MS + 5, NOW_MS),
        ("e", NOW_MS - 10**10, NOW_MS),
        ("f", -5, NOW_MS),
    ]
    for name, created, at in nothing:  # not told, not before the first sample, long ago, no time at all
        assert begins((name, created, [(1.0, at)]))[0] == [(0, 1.0)]
    rows, receipt = begins(*((f"g{i}", NOW_MS - 50, [(1.0, NOW_MS)]) for i in range(9000)))
    assert len(rows) == 18_000
    assert (receipt.accepted, receipt.rejected) == (9000, 0)


def test_series_beyond_the_limit_are_refused_and_the_known_go_on() -> None:
    one = stage(series_max=3)
    one.reset(NOW_NS)
    one.add(first([("m", {"a": str(i)}, [(1.0, NOW_MS)]) for i in range(5)]), "write1", "t")
    (receipt,) = one.run(NOW_NS).receipts
    assert (receipt.accepted, receipt.rejected, "series_max" in receipt.message) == (3, 2, True)


@pytest.mark.parametrize("encoding", ["write1", "write2"])
def test_labels_behind_samples_and_split_fields_are_read(encoding: str) -> None:
    one = stage()
    one.reset(NOW_NS)
    if encoding == "write1":
        request = V1["WriteRequest"]()
        series = request.timeseries.add()
        series.samples.add(value=5, timestamp=NOW_MS)
        before = series.SerializeToString()
        label = V1["TimeSeries"]()
        label.labels.add(name="__name__", value="odd")
        body = before + label.SerializeToString()
        one.add(b"\x0a" + bytes([len(body)]) + body, encoding, "t")
    else:
        request = V2["Request"](symbols=["", "__name__", "odd"])
        request.timeseries.add().samples.add(value=5, timestamp=NOW_MS)
        body = request.timeseries[0].SerializeToString() + b"\x08\x01\x08\x02"  # references that are not packed
        head = V2["Request"](symbols=list(request.symbols)).SerializeToString()
        one.add(head + b"\x2a" + bytes([len(body)]) + body, encoding, "t")
    tables = one.run(NOW_NS).tables
    assert tables["series"]["metric"].to_pylist() == ["odd"]
    assert tables["samples"]["value"].to_pylist() == [5.0]


def test_tables_grow_and_everything_is_found_again() -> None:
    one = stage()
    for _ in range(2):
        one.reset(NOW_NS)
        for encoding, body in writes(NOW_MS).items():
            one.add(body, encoding, "t")
        result = one.run(NOW_NS)
        assert result.tables["samples"].num_rows == 6000
        assert len(set(result.tables["samples"]["series_id"].to_pylist())) == 3000
