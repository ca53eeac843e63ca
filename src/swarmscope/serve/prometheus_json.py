"""Answers of queries in the JSON of Prometheus' HTTP API, put together by column: a dashboard asks for millions of values.

Source: Prometheus, "HTTP API"; numbers as `util/jsonutil` writes them.
"""

from __future__ import annotations

import math
from itertools import islice, pairwise

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query.promql.engine import Result
from swarmscope.query.promql.histogram import Histogram, bounds_of

_OPEN_LEFT, _OPEN_RIGHT, _OPEN, _CLOSED = range(4)  # boundary rules of buckets

FEW = 1024  # samples
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


def encoded(result: Result, buckets: bool = True) -> bytes:
    """`data` of an answer. buckets: whether native histograms have them, or only their count and sum."""
    if result.type == "string":
        pair = f"[{moment(int(result.times_ms[0]))},".encode() + orjson.dumps(result.text) + b"]"
        return b'{"resultType":"string","result":' + pair + b"}"
    if result.type == "scalar":
        pair = f'[{moment(int(result.times_ms[0]))},"{number(float(result.values[0]))}"]'.encode()
        return b'{"resultType":"scalar","result":' + pair + b"}"
    rows = _vector(result, buckets) if result.type == "vector" else _matrix(result, buckets)
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


def _vector(result: Result, buckets: bool) -> list[bytes]:
    pairs = _pairs(result).to_pylist()
    native = _native(result, buckets)
    out = []
    for i, series in enumerate(result.series.tolist()):
        labels = orjson.dumps(result.labels[series])
        if i in native:
            out.append(b'{"metric":' + labels + b',"histogram":' + native[i].encode() + b"}")
        else:
            out.append(b'{"metric":' + labels + b',"value":' + pairs[i].encode() + b"}")
    return out


def _joined(result: Result, rows: NDArray[np.int64], offsets: NDArray[np.int64]) -> list[bytes]:
    """The list of pairs of each series; of its samples those in `rows`, from offset to offset."""
    times = result.times_ms[rows]
    if len(rows) <= FEW and not (times % 1000).any():  # columns of a few cost more than they save
        few = list(zip((times // 1000).tolist(), numbers(result.values[rows]).to_pylist(), strict=True))
        return [orjson.dumps(few[begin:end]) for begin, end in pairwise(offsets.tolist())]
    pairs = _pairs(result).take(pa.array(rows)) if len(rows) < len(result.series) else _pairs(result)
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pairs)
    return [b"[" + text.encode() + b"]" for text in pc.binary_join(lists, ",").to_pylist()]


def _matrix(result: Result, buckets: bool) -> list[bytes]:
    n = len(result.labels)
    if not n:
        return []
    native = _native(result, buckets)
    whole = np.ones(len(result.series), bool)
    whole[list(native)] = False
    rows = np.flatnonzero(whole)
    counts = np.bincount(result.series[rows], minlength=n)
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    values = _joined(result, rows, offsets)
    histograms: dict[int, list[str]] = {}
    for i, pair in native.items():
        histograms.setdefault(int(result.series[i]), []).append(pair)
    out = []
    for series, labels in enumerate(result.labels):
        text = b'{"metric":' + orjson.dumps(labels)
        if counts[series]:
            text += b',"values":' + values[series]
        if series in histograms:
            text += b',"histograms":[' + ",".join(histograms[series]).encode() + b"]"
        if counts[series] or series in histograms:
            out.append(text + b"}")
    return out


def _native(result: Result, buckets: bool) -> dict[int, str]:
    """`[time,{…}]` of samples that are native histograms, by their place."""
    if result.histograms is None:
        return {}
    places = [i for i, h in enumerate(result.histograms.tolist()) if h is not None]
    found: list[Histogram] = [result.histograms[i] for i in places]
    heads = numbers(np.array([(h.count, h.sum) for h in found]).ravel()).to_pylist() if found else []
    bodies = _buckets(found) if buckets else [""] * len(found)
    times = result.times_ms[places].tolist()
    return {
        i: f'[{moment(time)},{{"count":"{count}","sum":"{total}"{body}}}]'
        for i, time, count, total, body in zip(places, times, heads[::2], heads[1::2], bodies, strict=True)
    }


def _buckets(found: list[Histogram]) -> list[str]:
    """`,"buckets":[…]` of each: all counts are written at once, and the bounds of a bucket once."""
    counts = [side.counts for h in found for side in (h.negative, h.positive)]
    texts = iter(numbers(np.concatenate(counts)).to_pylist() if counts else ())
    known: dict[tuple[int, tuple[float, ...], bool], dict[int, str]] = {}
    out = []
    for h in found:
        parts: list[str] = []
        for side, negative in ((h.negative, True), (h.positive, False)):
            bounds = known.setdefault((h.schema, h.bounds, negative), {})
            index = side.index.tolist()
            if any(i not in bounds for i in index):
                bounds.update(zip(index, _bounds(h, side.index, negative), strict=True))
            mine = [
                f'{bounds[i]}"{text}"]'
                for i, text in zip(index, islice(texts, len(index)), strict=True)
                if text not in ("0", "-0")
            ]
            parts += mine[::-1] if negative else mine
            if negative and h.zero_count:
                edge = h.zero_threshold
                low = number(-edge) if edge else "-0"
                parts.append(f'[{_CLOSED},"{low}","{number(edge)}","{number(h.zero_count)}"]')
        out.append(f',"buckets":[{",".join(parts)}]' if parts else "")
    return out


def _bounds(h: Histogram, index: NDArray[np.int64], negative: bool) -> list[str]:
    """How buckets begin: the rule of their boundaries, and these."""
    low, high = (bound.tolist() for bound in bounds_of(index, h.schema, h.bounds))
    if negative:
        return [f'[{_OPEN_RIGHT},"{number(-b)}","{number(-a)}",' for a, b in zip(low, high, strict=True)]
    rules = [_OPEN if math.isinf(a) else _OPEN_LEFT for a in low]
    return [f'[{rule},"{number(a)}","{number(b)}",' for rule, a, b in zip(rules, low, high, strict=True)]
