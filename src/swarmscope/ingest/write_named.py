"""Names of refused series, `x{job="a"}`: read from the request in plain Python, once something of it is refused.

A well-formed request is taken for granted, with the labels of a series before its samples, as the kernels leave it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swarmscope.ingest.columns import U8
from swarmscope.ingest.write_extras import Symbols

NAME_CHARS_MAX = 200
TEXT_BYTES_MAX = 100  # shown of one name or value
LABELS_SHOWN_MAX = 16
SERIES_WALKED_MAX = 2000  # as many as Prometheus sends at once; to walk to what stands behind them would take too long
_LABELS, _SAMPLE = 0x0A, 0x12  # tags within a series, of both versions
_PLAIN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned of a request. symbols: of version 2."""

    data: U8
    symbols: Symbols | None = None


def names(request: Scanned, samples: Iterable[int]) -> dict[int, str]:
    """The series of some samples, by their place in the request; those far behind are left out."""
    wanted = sorted(samples)
    found: dict[int, str] = {}
    data, before = request.data.data, 0
    for begin, end in _series(data, 0x0A if request.symbols is None else 0x2A):
        if len(found) == len(wanted):
            break
        after = before + sum(tag == _SAMPLE for tag, _, _ in _fields(data, begin, end))
        while len(found) < len(wanted) and wanted[len(found)] < after:
            found[wanted[len(found)]] = _written(_labels(request, begin, end))
        before = after
    return found


def _series(data: memoryview, wanted: int) -> Iterator[tuple[int, int]]:
    walked = 0
    for tag, begin, end in _fields(data, 0, len(data)):
        if tag == wanted:
            yield begin, end
            walked += 1
            if walked == SERIES_WALKED_MAX:
                return


def _fields(data: memoryview, p: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """The fields that have a length: tag, begin, end."""
    while p < stop:
        tag, p = _varint(data, p)
        kind = tag & 7
        if kind == 2:
            size, p = _varint(data, p)
            yield tag, p, p + size
            p += size
        elif kind == 0:
            _, p = _varint(data, p)
        else:
            p += 8 if kind == 1 else 4


def _varint(data: memoryview, p: int) -> tuple[int, int]:
    value = shift = 0
    while (c := data[p]) >= 128:
        value |= (c & 127) << shift
        shift += 7
        p += 1
    return value | c << shift, p + 1


def _labels(request: Scanned, begin: int, end: int) -> list[tuple[str, str]]:
    """The first names and values of a series; no more is read than is shown."""
    data, symbols = request.data.data, request.symbols
    found: list[tuple[str, str]] = []
    for tag, p, stop in _fields(data, begin, end):
        if tag != _LABELS or len(found) == LABELS_SHOWN_MAX:
            break
        if symbols is None:
            parts = {tag: _text(data, a, b) for tag, a, b in _fields(data, p, stop)}
            found.append((parts.get(0x0A, ""), parts.get(0x12, "")))
            continue
        refs: list[int] = []
        while p < stop and len(refs) < 2 * LABELS_SHOWN_MAX:
            ref, p = _varint(data, p)
            refs.append(ref)
        texts = [
            _text(data, int(symbols.begins[ref]), int(symbols.ends[ref])) if ref < len(symbols.begins) else ""
            for ref in refs
        ]
        found = list(zip(texts[::2], texts[1::2], strict=False))
    return found


def _text(data: memoryview, begin: int, end: int) -> str:
    text = bytes(data[begin : min(end, begin + TEXT_BYTES_MAX)]).decode("utf-8", "replace")
    return text if end - begin <= TEXT_BYTES_MAX else f"{text}…"


def _written(labels: list[tuple[str, str]]) -> str:
    """As PromQL writes a series, cut at `NAME_CHARS_MAX`."""
    metric = next((value for name, value in labels if name == "__name__" and _PLAIN.fullmatch(value)), "")
    pairs = [f'{name}="{_quoted(value)}"' for name, value in labels if not (metric and name == "__name__")]
    text = f"{metric}{{{', '.join(pairs)}}}" if pairs or not metric else metric
    return text if len(text) <= NAME_CHARS_MAX else f"{text[:NAME_CHARS_MAX]}…"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
