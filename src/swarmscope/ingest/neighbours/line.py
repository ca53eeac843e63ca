"""InfluxDB's line protocol → remote write.

Field `f` of measurement `m` becomes the metric `m_f`, tags become labels, and the database or bucket the label `db`, as
VictoriaMetrics does it. Numbers and truth values are kept; texts are no samples and are left out.

Source: InfluxDB, "Line protocol".
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from swarmscope.ingest.write_request import WriteRequest, label, labels, sample

NANOSECONDS = {"": 1, "n": 1, "ns": 1, "u": 10**3, "us": 10**3, "µ": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9,
               "m": 60 * 10**9, "h": 3600 * 10**9}  # fmt: skip
ERRORS_MAX = 5
BODY_MAX = 25_000_000  # InfluxDB's own `max-body-size`
_ESCAPED = re.compile(r"\\([,= \\])")
_APART = re.compile(r"(?<!\\)[ ]")
_COMMA = re.compile(r"(?<!\\),")
_EQUALS = re.compile(r"(?<!\\)=")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TIME = re.compile(r"-?[0-9]{1,40}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]{1,40}[iu]")
_FOREIGN = re.compile(r"[^a-zA-Z0-9_:]")
_TRUTHS = {"t": 1.0, "T": 1.0, "true": 1.0, "True": 1.0, "TRUE": 1.0,
           "f": 0.0, "F": 0.0, "false": 0.0, "False": 0.0, "FALSE": 0.0}  # fmt: skip


@dataclass(slots=True)
class Parsed:
    """request: of the good lines. faults: (line from 1, why) of the others, at most ERRORS_MAX. dropped: how many."""

    request: WriteRequest
    lines: int = 0
    dropped: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


class _FaultError(ValueError):
    pass


class _Known:
    """What the lines before have shown: names are made fit once, the tags of a series are read once for all its fields."""

    def __init__(self, database: str) -> None:
        self.database = database
        self.series: dict[tuple[str, str], bytes] = {}
        self._keys: dict[str, tuple[str, bytes, bytes]] = {}
        self._names: dict[str, str] = {}

    def fit(self, name: str) -> str:
        """A tag's name as a label's."""
        if (found := self._names.get(name)) is None:
            found = self._names[name] = _FOREIGN.sub("_", name).replace(":", "_")
        return found

    def labels(self, key: str, field_name: str) -> bytes:
        """The labels of a field's series."""
        if (found := self._keys.get(key)) is None:
            found = self._keys[key] = self._read(key)
        measurement, before, behind = found
        return before + label("__name__", _FOREIGN.sub("_", f"{measurement}_{field_name}")) + behind

    def _read(self, key: str) -> tuple[str, bytes, bytes]:
        """The measurement, and the labels that sort before and behind the metric's name."""
        measurement, *tags = _COMMA.split(key) if "\\" in key else key.split(",")
        measurement = _ESCAPED.sub(r"\1", measurement)
        if not measurement:
            raise _FaultError("missing measurement")
        pairs: dict[str, str] = {"db": self.database} if self.database else {}
        for tag in tags:
            name, found, value = _parted(tag)
            if not found or not name or not value:
                raise _FaultError("missing tag key" if not name else "missing tag value")
            fit = self.fit(name)
            if fit in pairs and fit != "db":
                raise _FaultError("duplicate tags")
            pairs[fit] = _ESCAPED.sub(r"\1", value) if "\\" in value else value
        pairs.pop("__name__", None)
        before = {k: v for k, v in pairs.items() if k < "__name__"}
        return measurement, labels(before), labels({k: v for k, v in pairs.items() if k not in before})


def parse(body: bytes, now_ns: int, unit_ns: int, database: str) -> Parsed:
    """All lines of a body. unit_ns: of the times in it."""
    parsed = Parsed(WriteRequest())
    known = _Known(database)
    for number, raw in enumerate(_lines(body), 1):
        line = raw.strip(b" \r\t")
        if not line or line.startswith(b"#"):
            continue
        parsed.lines += 1
        try:
            _line(line.decode(), now_ns, unit_ns, known, parsed.request)
        except (_FaultError, UnicodeDecodeError) as e:
            parsed.dropped += 1
            if len(parsed.faults) < ERRORS_MAX:
                why = "invalid UTF-8" if isinstance(e, UnicodeDecodeError) else str(e)
                parsed.faults.append((number, f"unable to parse '{line[:200].decode('utf-8', 'replace')}': {why}"))
    return parsed


def _lines(body: bytes) -> list[bytes]:
    """Lines; a line break within a quoted text does not end one."""
    lines = body.split(b"\n")
    if b'"' not in body:
        return lines
    out: list[bytes] = []
    held: list[bytes] = []
    quotes = 0
    for line in lines:
        held.append(line)
        quotes += line.count(b'"') - line.count(b'\\"')
        if quotes % 2 == 0:
            out.append(b"\n".join(held))
            held = []
    return [*out, b"\n".join(held)] if held else out


def _line(text: str, now_ns: int, unit_ns: int, known: _Known, to: WriteRequest) -> None:
    texts: list[str] = []
    if '"' in text:  # so that spaces and commas within texts do not part anything
        text = _TEXT.sub(lambda m: texts.append(m[0]) or '"', text)  # type: ignore[func-returns-value] # append gives None
    parts = _APART.split(text) if "\\" in text else text.split(" ")
    parts = [part for part in parts if part]
    if len(parts) < 2:
        raise _FaultError("missing fields")
    if len(parts) > 3:
        raise _FaultError("too many parts; escape spaces with a backslash")
    time_ms = now_ns // 10**6
    if len(parts) == 3:
        if not _TIME.fullmatch(parts[2]):
            raise _FaultError("bad timestamp")
        time_ms = int(parts[2]) * unit_ns // 10**6
        if abs(time_ms) >= 1 << 62:
            raise _FaultError("timestamp out of range")
    key = parts[0]
    good: list[tuple[str, float]] = []
    for pair in _COMMA.split(parts[1]) if "\\" in parts[1] else parts[1].split(","):
        name, found, value = _parted(pair)
        if not found or not name or not value:
            raise _FaultError("missing field key" if not name else "missing field value")
        number = _number(value)
        if number is not None:
            good.append((name, number))
    for name, number in good:
        block = known.series.get((key, name))
        if block is None:
            block = known.series[key, name] = known.labels(key, name)
        to.add(block, sample(number, time_ms))


def _parted(pair: str) -> tuple[str, bool, str]:
    if "\\" in pair:
        parts = _EQUALS.split(pair, maxsplit=1)
        return _ESCAPED.sub(r"\1", parts[0]), len(parts) == 2, parts[1] if len(parts) == 2 else ""
    name, found, value = pair.partition("=")
    return name, bool(found), value


def _number(value: str) -> float | None:
    """A field's value; None for a text. _FaultError: it is none of these."""
    if value == '"':
        return None
    if (truth := _TRUTHS.get(value)) is not None:
        return truth
    if not _NUMBER.fullmatch(value):  # NaN and infinity are none here
        raise _FaultError(f"invalid number {value[:40]!r}")
    if (last := value[-1]) not in "iu":
        number = float(value)
        if math.isinf(number):
            raise _FaultError(f"invalid number {value[:40]!r}: out of range")
        return number
    least, most = (-(1 << 63), (1 << 63) - 1) if last == "i" else (0, (1 << 64) - 1)
    whole = int(value[:-1])
    if not least <= whole <= most:
        raise _FaultError(f"invalid number {value[:40]!r}: out of range")
    return float(whole)
