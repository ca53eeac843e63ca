"""Remote write: the kernels read what protobuf reads, refuse what it refuses, and a refused request leaves nothing behind."""

from __future__ import annotations

import random
import struct
from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from swarmscope.config import Config
from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest import known, rules
from swarmscope.ingest.kernels import remote_write
from swarmscope.ingest.limits import HOUR_NS, KEPT_NS, SeriesCounter
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.warm import writes
from swarmscope.ingest.wire.prometheus import V1, V2
from swarmscope.ingest.writes import WriteStage
from tests.ingest.conftest import Bench, told

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
    redactor = Redactor(config.redaction, rules.found(Config()))
    return WriteStage(config, lambda tenant: tenant.encode().ljust(16), redactor, SeriesCounter(config.series_max))


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
    rows = told(tables["samples"]) if "samples" in tables else []
    return Counter((named[r["series_id"]], r["time"] // 10**6, struct.pack("<d", r["value"])) for r in rows)


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
        rows = told(result.tables["samples"])
        return sorted((r["time"] // 10**6 - NOW_MS, r["value"]) for r in rows), result.receipts[0]

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


def test_single_samples_say_when_their_counter_began() -> None:
    def request(*samples: tuple[float, int, int], created: int = 0) -> bytes:
        made = V2["Request"](symbols=["", "__name__", "a"])
        one = made.timeseries.add(labels_refs=[1, 2], created_timestamp=created)
        for value, start, at in samples:
            one.samples.add(value=value, start_timestamp=start, timestamp=at)
        return bytes(made.SerializeToString())

    one = stage()

    def rows(*samples: tuple[float, int, int], created: int = 0) -> list[tuple[int, float]]:
        one.reset(NOW_NS)
        given = [(value, start and NOW_MS + start, NOW_MS + at) for value, start, at in samples]
        one.add(request(*given, created=created and NOW_MS + created), "write2", "t")
        (receipt,) = (result := one.run(NOW_NS)).receipts
        assert receipt.written == (len(samples), 0, 0)
        found = told(result.tables["samples"])
        return sorted((r["time"] // 10**6 - NOW_MS, r["value"]) for r in found)

    assert rows((5, -90, -80), (6, -90, -70)) == [(-90, 0), (-80, 5), (-70, 6)]
    assert rows((7, -90, -60), (1, -55, -50), (2, -55, -40)) == [(-60, 7), (-55, 0), (-50, 1), (-40, 2)]
    assert rows((3, -55, -30)) == [(-30, 3)]
    assert rows((4, 0, -20), (5, -10, -10), (6, 20, 0)) == [
        (-20, 4),
        (-10, 5),
        (0, 6),
    ]  # none, and not before its sample
    assert rows((1, -3, -2), created=-3) == [(-3, 0), (-2, 1)]  # once, whoever says it
    many = [(float(i), -9000 + 10 * i, -8999 + 10 * i) for i in range(800)]
    assert rows(*many) == sorted([(s, 0.0) for _, s, _ in many] + [(at, v) for v, _, at in many])


@pytest.mark.parametrize("wire", [1, 2])
def test_a_series_whose_numbers_turn_into_histograms_is_stated_again_as_one_of_histograms(wire: int) -> None:
    def request(numbers: dict[str, int], histograms: dict[str, int]) -> bytes:
        made = V1["WriteRequest"]() if wire == 1 else V2["Request"](symbols=["", "__name__"])
        for name in sorted({*numbers, *histograms}):
            one = made.timeseries.add()
            if wire == 1:
                one.labels.add(name="__name__", value=name)
            else:
                one.labels_refs.extend([1, len(made.symbols)])
                made.symbols.append(name)
            if name in numbers:
                one.samples.add(value=1.0, timestamp=numbers[name])
            if name in histograms:
                one.histograms.add(
                    count_int=3, sum=4.0, timestamp=histograms[name], positive_deltas=[3]
                ).positive_spans.add(length=1)
        encoded: bytes = made.SerializeToString()
        return encoded

    one = stage(series_max=3)

    def told(*bodies: bytes) -> tuple[list[tuple[str, str]], int, int]:
        """Series that were stated with their kind, and how many samples and histograms were kept."""
        one.reset(NOW_NS)
        for body in bodies:
            one.add(body, f"write{wire}", "t")
        result = one.run(NOW_NS)
        assert sum(r.rejected for r in result.receipts) == 0
        tables = {name: t.to_pylist() for name, t in result.tables.items()}
        ids = {r["series_id"] for name in ("samples", "histograms") for r in tables.get(name, [])}
        assert ids <= known_ids | {r["series_id"] for r in tables.get("series", [])}
        known_ids.update(ids)
        stated = sorted((r["metric"], r["kind"]) for r in tables.get("series", []))
        return stated, len(tables.get("samples", [])), len(tables.get("histograms", []))

    known_ids: set[bytes] = set()
    at = iter(range(NOW_MS - 500, NOW_MS))
    assert told(request({"a": next(at), "b": next(at)}, {})) == ([("a", ""), ("b", "")], 2, 0)
    both = told(request({"a": next(at), "b": next(at)}, {}), request({"b": next(at)}, {"a": next(at), "c": next(at)}))
    assert both == ([("a", "exponential_histogram"), ("c", "exponential_histogram")], 3, 2)
    assert told(request({"a": next(at)}, {"a": next(at), "c": next(at)})) == ([], 1, 2), "and only once"
    assert told(request({}, {"b": next(at)}), request({}, {"b": next(at)})) == ([("b", "exponential_histogram")], 0, 2)
    assert len(known_ids) == 3


def test_a_native_histogram_begins_empty_where_its_sender_says_so() -> None:
    def request(created: int, *starts_and_times: tuple[int, int], custom: bool = False) -> bytes:
        made = V2["Request"](symbols=["", "__name__", "h"])
        one = made.timeseries.add(labels_refs=[1, 2], created_timestamp=created)
        for start, at in starts_and_times:
            h = one.histograms.add(count_int=3, sum=4.0, schema=1, timestamp=at, start_timestamp=start)
            h.positive_spans.add(offset=0, length=2)
            h.positive_deltas.extend([2, -1])
            if custom:
                h.schema = -53
                h.custom_values.extend([1.0, 2.0])
        return bytes(made.SerializeToString())

    one = stage()

    def rows(body: bytes) -> list[tuple[int, float]]:
        one.reset(NOW_NS)
        one.add(body, "write2", "t")
        (receipt,) = (result := one.run(NOW_NS)).receipts
        assert receipt.written[1] == receipt.accepted == sum(r["count"] > 0 for r in told(result.tables["histograms"]))
        found = told(result.tables["histograms"])
        return sorted((r["time"] // 10**6 - NOW_MS, r["count"]) for r in found)

    assert rows(request(NOW_MS - 90, (0, NOW_MS - 80), (0, NOW_MS - 70))) == [(-90, 0), (-80, 3), (-70, 3)]
    assert rows(request(NOW_MS - 90, (0, NOW_MS - 60))) == [(-60, 3)]
    body = request(0, (NOW_MS - 50, NOW_MS - 40), (NOW_MS - 50, NOW_MS - 30), custom=True)
    assert rows(body) == [(-50, 0), (-40, 3), (-30, 3)]
    assert rows(request(0, (NOW_MS + 5, NOW_MS), (NOW_MS - 10**10, NOW_MS))) == [(0, 3), (0, 3)]
    assert rows(request(0, (0, NOW_MS))) == [(0, 3)]


def test_series_beyond_the_limit_are_refused_and_the_known_go_on() -> None:
    one = stage(series_max=3)
    one.reset(NOW_NS)
    one.add(first([("m", {"a": str(i)}, [(1.0, NOW_MS)]) for i in range(5)]), "write1", "t")
    (receipt,) = one.run(NOW_NS).receipts
    assert (receipt.accepted, receipt.rejected, "series_max" in receipt.message) == (3, 2, True)


@settings(max_examples=40, deadline=None)
@given(SERIES, st.integers(0, 8), st.sampled_from([("write1", first), ("write2", second)]), st.booleans())
def test_what_is_refused_is_named_by_its_first_series(series: Any, at: int, version: Any, known_before: bool) -> None:
    encoding, encode = version
    late = ("late", {"a": 'say "a"', "job": "j"}, [(1.0, NOW_MS), (2.0, 5)])
    unsorted = encode([("zz", {}, [(1.0, NOW_MS)])]).replace(b"__name__", b"zzname__") if encoding == "write1" else b""
    body = encode([*series[:at], late, ("late", {"a": "second"}, [(2.0, 6)]), *series[at:]]) + unsorted
    one = stage()
    if known_before:
        one.reset(NOW_NS)
        one.add(encode([late]), encoding, "t")
        one.run(NOW_NS)
    one.reset(NOW_NS)
    one.add(encode([("beside", {}, [(1.0, NOW_MS)])]), encoding, "other")
    one.add(body, encoding, "t")
    beside, receipt = one.run(NOW_NS).receipts
    assert (beside.rejected, receipt.rejected) == (0, 3 if unsorted else 2)
    assert 'ingest.future_max_s, such as late{a="say \\"a\\"", job="j"}' in receipt.message
    assert ('no __name__, such as {zzname__="zz"}' in receipt.message) == bool(unsorted)


def test_the_name_of_a_refused_series_is_short() -> None:
    one = stage()
    one.reset(NOW_NS)
    one.add(first([("m", {f"l{i:02}": "é" * 10_000_000 for i in range(3)}, [(1.0, NOW_MS)])]), "write1", "t")
    one.add(first([("m", {f"l{i:02}": str(i) for i in range(90)}, [(1.0, 5)])]), "write1", "t")
    one.add(first([("m", {"i": str(i)}, [(1.0, 5 if i >= 2000 else NOW_MS)]) for i in range(2099)]), "write1", "t")
    huge, many, far = (receipt.message for receipt in one.run(NOW_NS).receipts)
    assert 'such as m{l00="é' in huge
    assert 'such as m{l00="0", l01="1", ' in many
    assert len(huge) < 400
    assert len(many) < 400
    assert far == "99 samples: out of bounds: outside ingest.past_max_s and ingest.future_max_s"  # too far behind


def test_a_refused_request_changes_nothing_of_those_that_share_its_batch() -> None:
    """Given a large request that makes tables grow, when one with news is refused, then the first is stored as if alone."""
    many = first([("m", {"i": str(i)}, [(float(i), NOW_MS)]) for i in range(6000)])
    broken = first([("broken", {"i": str(i)}, [(1.0, NOW_MS)]) for i in range(9000)]) + b"\xff"
    alone, beside = stage(), stage()
    alone.reset(NOW_NS)
    alone.add(many, "write1", "t")
    beside.reset(NOW_NS)
    beside.add(many, "write1", "t")
    with pytest.raises(DecodeError):
        beside.add(broken, "write1", "t")
    beside.add(many, "write1", "t")
    found, wanted = beside.run(NOW_NS).tables, alone.run(NOW_NS).tables
    assert found["series"].num_rows == 6000
    assert found["samples"]["series_id"].to_pylist() == 2 * wanted["samples"]["series_id"].to_pylist()


def test_series_without_end_take_no_known_ones_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given known series and a limit, when others beyond it fill the memory, then the known are neither refused nor stated
    again."""
    monkeypatch.setattr(known, "ROWS_MAX", 300)
    monkeypatch.setattr(known, "FINE_MAX", 200)
    one = stage(series_max=100)
    mine = first([("mine", {"i": str(i)}, [(float(i), NOW_MS)]) for i in range(100)])
    ids = []
    for round_ in range(12):
        one.reset(NOW_NS)
        one.add(
            first([("bomb", {"i": f"{round_}-{i}"}, [(1.0, NOW_MS)]) for i in range(90 * (round_ > 0))]), "write1", "t"
        )
        one.add(mine, "write1", "t")
        tables = (result := one.run(NOW_NS)).tables
        assert [r.accepted for r in result.receipts] == [0, 100]
        assert ("series" in tables) == (round_ == 0)
        ids.append(tables["samples"]["series_id"].to_pylist())
    assert all(found == ids[0] for found in ids)


def test_known_series_are_counted_once_however_many_there_are() -> None:
    counter = SeriesCounter(300_000)
    words = np.random.default_rng(1).integers(0, 1 << 63, 300_001).astype(np.uint64)
    everything, tenant = np.arange(words.size), np.zeros(words.size, np.int32)
    assert counter.refused(HOUR_NS, words, everything, tenant, ["t"]).tolist() == [300_000]
    assert counter.refused(HOUR_NS + 1, words, everything, tenant, ["t"]).tolist() == [300_000]
    assert counter.refused(HOUR_NS + 2, words, everything, tenant, ["u"]).tolist() == [300_000]
    assert counter.refused(3 * HOUR_NS, words[::-1].copy(), everything, tenant, ["t"]).tolist() == [300_000]


def test_when_the_hour_turns_old_series_keep_their_places_for_a_while() -> None:
    """Given a full tenant, when new series come first in the next hour,
    then the old are taken, and new ones where room is left."""
    hour = NOW_NS // HOUR_NS * HOUR_NS
    one = stage(series_max=4)

    def taken(now_ns: int, *names: str) -> list[str]:
        one.reset(now_ns)
        for name in names:
            one.add(first([("m", {"a": name}, [(1.0, now_ns // 10**6)])]), "write1", "t")
        receipts = one.run(now_ns).receipts
        return [name for name, receipt in zip(names, receipts, strict=True) if receipt.accepted]

    assert taken(hour + 1, "a", "b", "bomb1", "bomb2", "bomb3") == ["a", "b", "bomb1", "bomb2"]
    hour += HOUR_NS
    assert taken(hour + 1, "bomb4", "a", "new", "b") == ["a", "b"]
    assert taken(hour + 2, "new", "a", "bomb4") == ["a"]
    assert taken(hour + KEPT_NS, "new", "a", "b", "bomb4", "bomb5") == ["new", "a", "b", "bomb4"]
    assert taken(hour + 2 * HOUR_NS, "x", "y", "z", "u", "a") == ["x", "y", "z", "u"]


def test_a_limit_of_series_holds_over_all_wires() -> None:
    """Given a series by remote write, when OTLP brings three others to a limit of three,
    then one of them is refused, and remote write has no room left."""
    tool = Bench(series_max=3)

    def written(*names: str) -> list[bool]:
        tool.pipeline.writes.reset(tool.now_ns)
        for name in names:
            body = first([(name, {}, [(1.0, tool.now_ns // 10**6)])])
            tool.pipeline.writes.add(body, "write1", "t")
        return [r.accepted == 1 for r in tool.pipeline.writes.run(tool.now_ns).receipts]

    assert written("a") == [True]
    request = ExportMetricsServiceRequest()
    points = request.resource_metrics.add().scope_metrics.add().metrics
    for name in ("b", "c", "d"):
        points.add(name=name).gauge.data_points.add(time_unix_nano=tool.now_ns, as_double=1.0)
    receipt = tool.metrics(request).receipts[0]
    assert (receipt.accepted, receipt.rejected) == (2, 1)
    assert written("e", "a") == [False, True]


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


@given(st.one_of(st.binary(max_size=8), st.text(max_size=4).map(lambda t: t.encode("utf-8", "surrogatepass"))))
@example(b"\xf4\x8f\xbf\xbf")
@example(b"\xf4\x90\x80\x80")
@example(b"\xe0\x9f\xbf")
@example(b"\xed\xa0\x80")
@example(b"\xf0\x8f\xbf\xbf")
@example(b"\xc1\x81")
@example(b"a\xe2\x82")
def test_text_is_what_python_reads_as_text(raw: bytes) -> None:
    try:
        raw.decode()
        good = True
    except UnicodeDecodeError:
        good = False
    assert remote_write.is_utf8(np.frombuffer(b"\xff" + raw + b"\x80", np.uint8), 1, 1 + len(raw)) is good
