"""Answers of queries in the JSON of Prometheus' HTTP API, put together by column: a dashboard asks for millions of values.

Source: Prometheus, "HTTP API"; numbers as `util/jsonutil` writes them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query.promql.engine import Result
from swarmscope.query.promql.histogram import Histogram, bounds_of

_OPEN_LEFT, _OPEN_RIGHT, _OPEN, _CLOSED = range(4)  # boundary rules of buckets

_ARROW_PLAIN_MAX = 1e10  # Arrow writes these and larger ones with an exponent


def number(value: float) -> str:
    """A float as Go's strconv writes it with 'f', or 'e' where it is very small or large."""
    value = float(value)  # NumPy's own floats tell their type in `repr`
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value != 0 and (abs(value) < 1e-6 or abs(value) >= 1e21):
        mantissa, _, exponent = repr(value).partition("e")
        if not exponent:
            mantissa, _, exponent = f"{value:.17e}".partition("e")
            mantissa = repr(float(mantissa))
        sign, digits = exponent[0] if exponent[0] in "+-" else "+", exponent.lstrip("+-")
        return f"{mantissa.removesuffix('.0')}e{sign}{digits.zfill(2)}"
    text = repr(value)
    if "e" in text:
        text = np.format_float_positional(value, trim="-")
    return text.removesuffix(".0")


def moment(time_ms: int) -> str:
    """Milliseconds as seconds."""
    sign, rest = ("-", -time_ms) if time_ms < 0 else ("", time_ms)
    whole, part = divmod(rest, 1000)
    return f"{sign}{whole}.{part:03d}" if part else f"{sign}{whole}"


def numbers(values: NDArray[np.float64]) -> pa.Array:
    """Texts of many values, each as `number` writes it."""
    texts = pc.cast(pa.array(values), pa.string())
    size = np.abs(values)
    large = size >= _ARROW_PLAIN_MAX
    whole = large & (size < 2**53) & (np.floor(values) == values)
    odd = ~np.isfinite(values) | (large & ~whole) | ((size < 1e-3) & (values != 0))
    if whole.any():  # bytes and moments: as numbers of their own, as there may be millions
        texts = pc.replace_with_mask(
            texts, pa.array(whole), pc.cast(pa.array(values[whole].astype(np.int64)), pa.string())
        )
    if odd.any():
        texts = pc.replace_with_mask(texts, pa.array(odd), pa.array(map(number, values[odd].tolist()), pa.string()))
    return texts


def encoded(result: Result) -> bytes:
    """`data` of an answer."""
    if result.type == "string":
        pair = f"[{moment(int(result.times_ms[0]))},".encode() + orjson.dumps(result.text) + b"]"
        return b'{"resultType":"string","result":' + pair + b"}"
    if result.type == "scalar":
        pair = f'[{moment(int(result.times_ms[0]))},"{number(float(result.values[0]))}"]'.encode()
        return b'{"resultType":"scalar","result":' + pair + b"}"
    rows = _vector(result) if result.type == "vector" else _matrix(result)
    return b'{"resultType":"' + result.type.encode() + b'","result":[' + b",".join(rows) + b"]}"


def _pairs(result: Result) -> pa.Array:
    """`[time,"value"]` of every sample."""
    known, places = np.unique(result.times_ms, return_inverse=True)
    if (known % 1000).any() or (known < 0).any():
        texts = pa.array([f"[{moment(t)}" for t in known.tolist()], pa.string())
    else:
        texts = pc.binary_join_element_wise(pa.scalar("["), pc.cast(pa.array(known // 1000), pa.string()), "")
    times = texts.take(pa.array(places))
    return pc.binary_join_element_wise(times, pa.scalar(',"'), numbers(result.values), pa.scalar('"]'), "")


def _vector(result: Result) -> list[bytes]:
    pairs = _pairs(result).to_pylist()
    out = []
    for i, series in enumerate(result.series.tolist()):
        labels = orjson.dumps(result.labels[series])
        histogram = None if result.histograms is None else result.histograms[i]
        if histogram is None:
            out.append(b'{"metric":' + labels + b',"value":' + pairs[i].encode() + b"}")
        else:
            pair = f"[{moment(int(result.times_ms[i]))},".encode() + orjson.dumps(histogram_json(histogram)) + b"]"
            out.append(b'{"metric":' + labels + b',"histogram":' + pair + b"}")
    return out


def _matrix(result: Result) -> list[bytes]:
    n = len(result.labels)
    if not n:
        return []
    whole = np.ones(len(result.series), bool)
    if result.histograms is not None:
        whole = np.array([h is None for h in result.histograms.tolist()], bool)
    rows = np.flatnonzero(whole)
    counts = np.bincount(result.series[rows], minlength=n)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    pairs = _pairs(result).take(pa.array(rows)) if len(rows) < len(whole) else _pairs(result)
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pairs)
    values = pc.binary_join(lists, ",").to_pylist()
    histograms: dict[int, list[bytes]] = {}
    if result.histograms is not None:
        for i in np.flatnonzero(~whole).tolist():
            pair = f"[{moment(int(result.times_ms[i]))},".encode() + orjson.dumps(histogram_json(result.histograms[i]))
            histograms.setdefault(int(result.series[i]), []).append(pair + b"]")
    out = []
    for series, labels in enumerate(result.labels):
        text = b'{"metric":' + orjson.dumps(labels)
        if counts[series]:
            text += b',"values":[' + values[series].encode() + b"]"
        if series in histograms:
            text += b',"histograms":[' + b",".join(histograms[series]) + b"]"
        if counts[series] or series in histograms:
            out.append(text + b"}")
    return out


def histogram_json(h: Histogram) -> dict[str, Any]:
    """A native histogram."""
    buckets: list[list[Any]] = []

    def side(of: Any, negative: bool) -> None:
        low, high = bounds_of(of.index, h.schema, h.bounds)
        for a, b, count in zip(low.tolist(), high.tolist(), of.counts.tolist(), strict=True):
            if count == 0:
                continue
            if negative:
                buckets.insert(0, [_OPEN_RIGHT, number(-b), number(-a), number(count)])
            else:
                buckets.append([_OPEN if math.isinf(a) else _OPEN_LEFT, number(a), number(b), number(count)])

    side(h.negative, True)
    if h.zero_count:
        edge = h.zero_threshold
        buckets.append([_CLOSED, number(-edge) if edge else "-0", number(edge), number(h.zero_count)])
    side(h.positive, False)
    made: dict[str, Any] = {"count": number(h.count), "sum": number(h.sum)}
    return made | ({"buckets": buckets} if buckets else {})
