"""Line filters and label filters over columns. Expressions are RE2's, over distinct values where a label repeats."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query.logql.extract import line_pattern
from swarmscope.query.logql.stages import ip_range
from swarmscope.query.logql.tokens import byte_count, duration_ns
from swarmscope.query.logql.tree import LabelCompare, LabelLogic, LineFilter

Mask = NDArray[np.bool_]
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})(?![\w:])")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?[Ii]nf|NaN")
_COMPARE: dict[str, Callable[[NDArray[np.float64], float], Mask]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def line_mask(lines: pa.Array, stage: LineFilter) -> Mask:
    """Which lines a line filter keeps."""
    found = np.zeros(len(lines), np.bool_)
    for value, is_ip in zip(stage.values, stage.ips, strict=True):
        found |= _has_ip(lines, value) if is_ip else _found(lines, stage.op, value)
    return ~found if stage.op.startswith("!") else found


def _found(lines: pa.Array, op: str, value: str) -> Mask:
    if op in ("|=", "!="):
        return _numpy(pc.match_substring(lines, value))
    return _numpy(pc.match_substring_regex(lines, value if op in ("|~", "!~") else line_pattern(value)))


def _has_ip(lines: pa.Array, pattern: str) -> Mask:
    version, low, high = ip_range(pattern)

    def inside(text: str) -> bool:
        return any(_within(match[0], version, low, high) for match in _ADDRESS.finditer(text))

    return np.array([inside(line) for line in lines.to_pylist()], np.bool_)


def _within(text: str, version: int, low: int, high: int) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == version and low <= int(address) <= high


def _numpy(mask: pa.Array) -> Mask:
    found: Mask = pc.fill_null(mask, False).to_numpy(zero_copy_only=False)
    return found


def holds(get: Callable[[str], pa.Array], stage: LabelCompare | LabelLogic, count: int) -> tuple[Mask, Mask]:
    """Where a label filter holds, and where it could not tell because a value is not what it is compared with."""
    if isinstance(stage, LabelLogic):
        left, left_wrong = holds(get, stage.left, count)
        right, right_wrong = holds(get, stage.right, count)
        if stage.op == "and":
            return left & right, (left_wrong & (right | right_wrong)) | (right_wrong & left)
        return left | right, (left_wrong | right_wrong) & ~left & ~right
    values = get(stage.name)
    if stage.kind == "text":
        return text_holds(values, stage.op, stage.text), np.zeros(count, np.bool_)
    if stage.kind == "ip":
        version, low, high = ip_range(stage.text)
        known = _each(values, lambda text: float(_within(text.strip(), version, low, high)))
        return (known == 1.0) if stage.op == "=" else (known == 0.0), np.zeros(count, np.bool_)
    numbers, wrong = numbers_of(values, stage.kind)
    with np.errstate(invalid="ignore"):
        return _COMPARE[stage.op](numbers, stage.number) & ~np.isnan(numbers), wrong


def text_holds(values: pa.Array, op: str, wanted: str) -> Mask:
    """Whether texts (null as empty) equal a text, or match an expression whole."""
    filled = pc.fill_null(values, "")
    if op in ("=", "!=", "=="):
        equal = _numpy(pc.equal(filled, pa.scalar(wanted, pa.string())))
        return ~equal if op == "!=" else equal
    encoded = filled.dictionary_encode()
    matched = _numpy(pc.match_substring_regex(encoded.dictionary, f"^(?s:{wanted})$"))
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    found: Mask = matched[codes] if len(matched) else np.zeros(len(codes), np.bool_)
    return ~found if op == "!~" else found


def numbers_of(values: pa.Array, kind: str) -> tuple[NDArray[np.float64], Mask]:
    """Texts as numbers; durations in seconds, sizes in bytes. NaN where there is no text; and where a text is no such thing."""
    numbers = _each(values, {"number": _float, "duration": _seconds, "bytes": _bytes}[kind])
    missing = values.is_null().to_numpy(zero_copy_only=False)
    return numbers, np.isnan(numbers) & ~missing


def _each(values: pa.Array, convert: Callable[[str], float]) -> NDArray[np.float64]:
    """A number for every text, by distinct texts; NaN for null."""
    encoded = values.dictionary_encode()
    table = np.array([convert(text) for text in encoded.dictionary.to_pylist()] + [np.nan], np.float64)
    codes = pc.fill_null(encoded.indices, len(table) - 1).to_numpy(zero_copy_only=False)
    found: NDArray[np.float64] = table[codes]
    return found


def _float(text: str) -> float:
    return float(text) if len(text) < 64 and _NUMBER.fullmatch(text) else np.nan


def _seconds(text: str) -> float:
    found = duration_ns(text)
    return found / 1e9 if found is not None else _float(text)


def _bytes(text: str) -> float:
    found = byte_count(text)
    return found if found is not None else _float(text)
