"""The functions of templates in rules: Go's own (`printf`, `index`, comparisons) and Prometheus' (`humanize` and its like).

Source: Go, `text/template` and `fmt`; Prometheus, "Template reference". Numbers are shown as Go shows them.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.promql.lexer import DURATION, duration_ms

TEXT_MAX = 65_536
Value = Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One element of what `query` gives."""

    labels: Mapping[str, str]
    value: float


def shown(value: Value) -> str:
    """A value as `{{ … }}` writes it (Go's %v)."""
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{k}:{shown(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(shown, value)) + "]"
    if isinstance(value, Sample):
        return f"{{{shown(value.labels)} {number(value.value)}}}"
    return str(value)


def number(value: float) -> str:
    """A float by Go's %v: as many digits as it needs, with an exponent below 1e-4 and from 1e6 on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value != 0 and not 1e-4 <= abs(value) < 1e6:
        return _scientific(value)
    return repr(value).removesuffix(".0")


def _scientific(value: float) -> str:
    for precision in range(17):
        text = f"{value:.{precision}e}"
        if float(text) == value:
            return text
    return f"{value:.17e}"


def _short(value: float) -> str:
    """%.4g."""
    if math.isnan(value) or math.isinf(value):
        return number(value)
    return f"{value:.4g}"


def real(value: Value) -> float:
    """What the functions of numbers take: a number or a text of one. ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"can't convert {type(value).__name__} to float")
    try:
        return float(value)
    except ValueError:
        raise ValueError(f'strconv.ParseFloat: parsing "{value}": invalid syntax') from None


def humanize(value: Value) -> str:
    """With SI prefixes."""
    v = real(value)
    if v == 0 or not math.isfinite(v):
        return _short(v)
    if abs(v) >= 1:
        v, prefix = _divided(v, 1000.0, "kMGTPEZY")
    else:
        v, prefix = _multiplied(v)
    return _short(v) + prefix


def humanize1024(value: Value) -> str:
    """With binary prefixes."""
    v = real(value)
    if abs(v) <= 1 or not math.isfinite(v):
        return _short(v)
    v, prefix = _divided(v, 1024.0, "kMGTPEZY")
    return _short(v) + (prefix + "i" if prefix else "")


def _divided(v: float, by: float, prefixes: str) -> tuple[float, str]:
    prefix = ""
    for p in prefixes:
        if abs(v) < by:
            break
        prefix, v = p, v / by
    return v, prefix


def _multiplied(v: float) -> tuple[float, str]:
    prefix = ""
    for p in "munpfazy":
        if abs(v) >= 1:
            break
        prefix, v = p, v * 1000
    return v, prefix


def humanize_duration(value: Value) -> str:
    """Seconds as days, hours, minutes."""
    v = real(value)
    if not math.isfinite(v):
        return _short(v)
    if v == 0:
        return _short(v) + "s"
    if abs(v) < 1:
        v, prefix = _multiplied(v)
        return f"{_short(v)}{prefix}s"
    sign, v = ("-", -v) if v < 0 else ("", v)
    whole = int(v)
    days, hours, minutes, seconds = whole // 86_400, whole // 3600 % 24, whole // 60 % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {seconds}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {seconds}s"
    return f"{sign}{minutes}m {seconds}s" if minutes else f"{sign}{_short(v)}s"


def humanize_percentage(value: Value) -> str:
    """A ratio as percent."""
    return _short(real(value) * 100) + "%"


def moment(value: Value) -> str:
    """Unix seconds as Go prints a time."""
    v = real(value)
    if not math.isfinite(v):
        return _short(v)
    if abs(v) > 1e11:
        raise ValueError(f"{number(v)} cannot be represented as a time")
    whole, part = divmod(math.trunc(v * 1000), 1000)
    at = datetime.fromtimestamp(whole, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}{f'.{part:03d}'.rstrip('0') if part else ''} +0000 UTC"


def printf(form: Value, *values: Value) -> str:
    """Go's Sprintf for %s %v %q %d %x %X %o %b %c %t %e %f %g; what does not fit is shown as Go shows it."""
    rest = list(values)

    def one(match: re.Match[str]) -> str:
        flags, verb = match[1], match[2]
        if verb == "%":
            return "%"
        if not rest:
            return f"%!{verb}(MISSING)"
        if any(int(n) > 1000 for n in re.findall(r"\d+", flags)):
            raise ValueError("a width of more than 1000")
        return _formatted(flags, verb, rest.pop(0))

    text = re.sub(r"%([-+ 0#]*\d{0,9}(?:\.\d{0,9})?)([a-zA-Z%])", one, str(form)[:TEXT_MAX])
    if rest:
        text += "%!(EXTRA " + ", ".join(f"{_kind(v)}={shown(v)}" for v in rest) + ")"
    return text


def _kind(value: Value) -> str:
    names = {bool: "bool", int: "int", float: "float64", str: "string", type(None): "<nil>"}
    return names.get(type(value), type(value).__name__)


def _formatted(flags: str, verb: str, value: Value) -> str:
    if verb == "v" or (verb == "s" and not isinstance(value, bool | int | float)):
        return ("%" + flags.replace("#", "") + "s") % shown(value)
    if verb == "q" and isinstance(value, str):
        return str(orjson.dumps(value).decode())
    whole = isinstance(value, int) and not isinstance(value, bool)
    if whole and verb in "dxXoc":
        return str(("%" + flags + verb) % value)
    if whole and verb == "b":
        return f"{value:b}"
    if verb == "t" and isinstance(value, bool):
        return shown(value)
    if verb in "eEfFgG" and isinstance(value, float):
        if not math.isfinite(value):
            width = re.match(r"[-+ #]*0*(\d*)", flags)
            return number(value).rjust(int(width[1]) if width and width[1] else 0)
        return number(value) if verb in "gG" and "." not in flags else ("%" + flags + verb) % value
    return f"%!{verb}({_kind(value)}={shown(value)})"


def _index(value: Value, *keys: Value) -> Value:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key, "")
        elif isinstance(value, list | str):
            if not isinstance(key, int) or not 0 <= key < len(value):
                raise ValueError(f"index out of range: {shown(key)}")
            value = value[key]
        else:
            raise ValueError(f"can't index item of type {_kind(value)}")
    return value


def _replaced(pattern: Value, by: Value, text: Value) -> str:
    """By RE2, in time that is linear in the text."""
    replacement = re.sub(r"\$\{?(\d)\}?", r"\\\1", str(by).replace("\\", r"\\"))
    try:
        return str(pc.replace_substring_regex(pa.array([str(text)[:TEXT_MAX]]), str(pattern), replacement)[0].as_py())
    except pa.ArrowInvalid as e:
        raise ValueError(f"error parsing regexp: {e}") from e


def _matches(pattern: Value, text: Value) -> bool:
    try:
        return bool(pc.match_substring_regex(pa.array([str(text)[:TEXT_MAX]]), str(pattern))[0].as_py())
    except pa.ArrowInvalid as e:
        raise ValueError(f"error parsing regexp: {e}") from e


def _ordered(test: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    def compared(a: Value, b: Value) -> bool:
        if isinstance(a, str) != isinstance(b, str) or isinstance(a, bool) != isinstance(b, bool):
            raise ValueError("incompatible types for comparison")
        return test(a, b)

    return compared


def _equal(first: Value, *others: Value) -> bool:
    if not others:
        raise ValueError("missing argument for comparison")
    return any(_ordered(lambda a, b: bool(a == b))(first, other) for other in others)


def _host(text: Value) -> str:
    found = str(text)
    if found.startswith("["):
        return found[1:].partition("]")[0]
    head, colon, port = found.rpartition(":")
    return head if colon and port.isdigit() and ":" not in head else found


def _domain(text: Value) -> str:
    host = _host(text)
    if re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]+", host):
        return str(text)
    return host.partition(".")[0] + str(text)[len(host) :]


def _first(vector: Value) -> Value:
    if not isinstance(vector, list) or not vector:
        raise ValueError("first() called on vector with no elements")
    return vector[0]


def _of(sample: Value) -> Sample:
    if not isinstance(sample, Sample):
        raise ValueError(f"wanted an element of a query, not {_kind(sample)}")
    return sample


def _link(tab: int) -> Callable[[Value], str]:
    return lambda text: f"/graph?g0.expr={quote(str(text), safe='')}&g0.tab={tab}"


def _seconds(text: Value) -> float:
    if not DURATION.fullmatch(str(text)):
        raise ValueError(f'not a valid duration string: "{text}"')
    return duration_ms(str(text)) / 1000


def true(value: Value) -> bool:
    """What `if` takes for true: anything but the empty and zero."""
    return bool(value)


FUNCTIONS: dict[str, tuple[Callable[..., Value], int, int]] = {
    "eq": (_equal, 2, 99), "ne": (_ordered(lambda a, b: a != b), 2, 2), "lt": (_ordered(lambda a, b: a < b), 2, 2),
    "le": (_ordered(lambda a, b: a <= b), 2, 2), "gt": (_ordered(lambda a, b: a > b), 2, 2),
    "ge": (_ordered(lambda a, b: a >= b), 2, 2), "and": (lambda *v: next((x for x in v if not x), v[-1]), 1, 99),
    "or": (lambda *v: next((x for x in v if x), v[-1]), 1, 99), "not": (lambda v: not v, 1, 1), "len": (len, 1, 1),
    "index": (_index, 1, 9), "print": (lambda *v: "".join(map(shown, v)), 0, 99), "printf": (printf, 1, 99),
    "println": (lambda *v: " ".join(map(shown, v)) + "\n", 0, 99), "html": (lambda v: html.escape(shown(v)), 1, 1),
    "urlquery": (lambda v: quote_plus(shown(v)), 1, 1), "urlQueryEscape": (lambda v: quote_plus(shown(v)), 1, 1),
    "humanize": (humanize, 1, 1), "humanize1024": (humanize1024, 1, 1), "humanizeDuration": (humanize_duration, 1, 1),
    "humanizePercentage": (humanize_percentage, 1, 1), "humanizeTimestamp": (moment, 1, 1), "toTime": (moment, 1, 1),
    "parseDuration": (_seconds, 1, 1), "title": (lambda s: re.sub(r"\b\w", lambda m: m[0].upper(), str(s)), 1, 1),
    "toUpper": (lambda s: str(s).upper(), 1, 1), "toLower": (lambda s: str(s).lower(), 1, 1), "match": (_matches, 2, 2),
    "reReplaceAll": (_replaced, 3, 3), "stripPort": (_host, 1, 1), "stripDomain": (_domain, 1, 1),
    "graphLink": (_link(0), 1, 1), "tableLink": (_link(1), 1, 1), "first": (_first, 1, 1),
    "label": (lambda name, s: _of(s).labels.get(str(name), ""), 2, 2), "value": (lambda s: _of(s).value, 1, 1),
    "strvalue": (lambda s: _of(s).labels.get("__value__", ""), 1, 1), "safeHtml": (shown, 1, 1),
    "sortByLabel": (lambda name, v: sorted(v, key=lambda s: _of(s).labels.get(str(name), "")), 2, 2),
    "args": (lambda *v: {f"arg{i}": x for i, x in enumerate(v)}, 0, 99),
    "pathPrefix": (lambda: "", 0, 0),
}  # fmt: skip


def path_of(url: str) -> str:
    """The path of an address, as `pathPrefix` gives it."""
    return urlsplit(url).path.rstrip("/")
