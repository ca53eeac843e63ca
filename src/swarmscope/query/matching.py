"""A filter over columns in memory: the counterpart of `conditions` for agents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any as AnyValue

import numpy as np
from numpy.typing import NDArray

from swarmscope.errors import QueryError
from swarmscope.query.fields import AGENT_FIELDS, Field
from swarmscope.query.filters import All, Any, Compare, Literal, Node, Not, Text
from swarmscope.query.times import parse_duration, parse_moment

Mask = NDArray[np.bool_]
REGEX_MAX = 200
_FIELDS = {f.name: f for f in AGENT_FIELDS}
_COMPARE: dict[str, Callable[[AnyValue, AnyValue], AnyValue]] = {
    ":": np.equal,
    "=": np.equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "<": np.less,
    "<=": np.less_equal,
}


class Columns:
    """What a filter over agents can ask for: texts, numbers (times in ns), capabilities and labels of n agents."""

    def __init__(
        self,
        n: int,
        texts: Mapping[str, Sequence[str]],
        numbers: Mapping[str, NDArray[AnyValue]],
        capabilities: Sequence[Sequence[str]],
        labels: Sequence[Mapping[str, str]],
    ) -> None:
        self.n = n
        self.texts = texts
        self.numbers = numbers
        self.capabilities = capabilities
        self.labels = labels


def mask(node: Node, columns: Columns) -> Mask:
    """Which agents match."""
    match node:
        case All(items):
            return _all([np.ones(columns.n, bool), *(mask(i, columns) for i in items)])
        case Any(items):
            return _any([mask(i, columns) for i in items])
        case Not(item):
            return ~mask(item, columns)
        case Text(phrase, _):
            low = phrase.lower()
            shown = ("agent", "name", "kind", "model", "service", "status")
            found = (_each(columns.texts[name], lambda v: low in v.lower()) for name in shown)
            labels = _each(columns.labels, lambda v: any(low in x.lower() for x in v.values()))
            return _any([*found, labels])
        case Compare():
            return _compare(node, columns)


def _compare(term: Compare, columns: Columns) -> Mask:
    if term.op == "!=":
        return ~_compare(Compare(term.field, "=", term.values, term.position), columns)
    if term.field.startswith("label."):
        key = term.field.removeprefix("label.")
        test = _text_test(term)
        return _each(columns.labels, lambda v: key in v and test(v[key]))
    known = _FIELDS.get(term.field)
    if known is None:
        raise QueryError(
            f"agents have no field {term.field!r}; there are {', '.join(_FIELDS)} and label.<name>", term.position
        )
    if known.array:
        test = _text_test(term)
        return _each(columns.capabilities, lambda v: any(map(test, v)))
    if known.kind == "text":
        test = _text_test(term)
        column = columns.texts[known.name]
        hits = {value for value in set(column) if test(value)}
        return _each(column, hits.__contains__)
    values = columns.numbers[known.name]
    compare = _COMPARE.get(term.op)
    if compare is None or (known.kind == "choice" and term.op not in (":", "=")):
        raise QueryError(f"{known.name} cannot be compared with {term.op}", term.position)
    return _any([compare(values, _number(known, v, term.position)) for v in term.values])


def _number(known: Field, value: Literal, position: int) -> float:
    try:
        match known.kind:
            case "choice":
                return known.choices[value.text.lower()]
            case "duration":
                return parse_duration(value.text, known.name)
            case "moment":
                return parse_moment(value.text, known.name)
        return float(value.text)
    except KeyError:
        raise QueryError(f"{known.name} is one of {', '.join(known.choices)}, not {value.text!r}", position) from None
    except (QueryError, ValueError) as e:
        raise QueryError(f"{known.name} is a {known.kind}, and {value.text!r} is none", position) from e


def _text_test(term: Compare) -> Callable[[str], bool]:
    if term.op not in (":", "=", "~"):
        raise QueryError(f"{term.field} is text; use : = != or ~", term.position)
    if term.op == "~":
        pattern = term.values[0].text
        try:
            if len(pattern) > REGEX_MAX or re.search(r"[*+}]\)?[*+{]", pattern):
                raise re.error("it is too long or repeats a repetition")
            found = re.compile(pattern).search
        except re.error as e:
            raise QueryError(f"{pattern!r} is no regular expression that can be used here: {e}", term.position) from e
        return lambda v: found(v) is not None
    exact = {v.text for v in term.values if not (v.wild and term.op == ":")}
    wild = [
        re.compile(".*?".join(map(re.escape, v.text.split("*"))), re.DOTALL).fullmatch
        for v in term.values
        if v.wild and term.op == ":" and v.text != "*"
    ]
    present = any(v.text == "*" and not v.quoted for v in term.values) and term.op == ":"
    return lambda v: v in exact or (present and v != "") or any(w(v) is not None for w in wild)


def _all(masks: Sequence[Mask]) -> Mask:
    out: Mask = np.logical_and.reduce(masks)
    return out


def _any(masks: Sequence[Mask]) -> Mask:
    out: Mask = np.logical_or.reduce(masks)
    return out


def _each(values: Sequence[AnyValue], test: Callable[[AnyValue], bool]) -> Mask:
    return np.fromiter(map(test, values), bool, len(values))
