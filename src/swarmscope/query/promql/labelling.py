"""Functions that look at labels alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.labels import NAME, Labels
from swarmscope.query.promql.nodes import Call, Expr, Text
from swarmscope.query.promql.parse import valid_name
from swarmscope.query.promql.values import Vector, merged

if TYPE_CHECKING:
    from swarmscope.query.promql.evaluate import Evaluator

_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})")
_GROUP = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\((?:\?P?<(\w+)>|\?)?")


def _texts(args: Sequence[Expr]) -> list[str]:
    return [arg.value if isinstance(arg, Text) else "" for arg in args]


def _named(vector: Vector, labels: Labels, name: str) -> Vector:
    drop = vector.drop
    if name == NAME:
        drop = np.zeros(len(drop), bool)
    return Vector(labels, vector.values, vector.present, drop, vector.histograms)


def label_replace(ev: Evaluator, call: Call) -> Vector:
    """A label from another by a pattern that covers all of it."""
    target, replacement, source, pattern = _texts(call.args[1:])
    whole = f"^(?s:{pattern})$"
    try:
        pc.match_substring_regex(pa.array([""]), whole)
    except pa.ArrowInvalid:
        raise PromqlError(f"invalid regular expression in label_replace(): {pattern}") from None
    if not valid_name(target):
        raise PromqlError(f"invalid destination label name in label_replace(): {target}")
    vector = ev.vector(call.args[0])
    texts = vector.labels.texts(source)
    distinct = list(dict.fromkeys(texts))
    column = pa.array(distinct, pa.string())
    hit = pc.match_substring_regex(column, whole).to_pylist()
    new = pc.replace_substring_regex(column, whole, _template(replacement, pattern)).to_pylist()
    changed = dict(zip(distinct, (value if ok else None for value, ok in zip(new, hit, strict=True)), strict=True))
    old = vector.labels.texts(target)
    out = [before if (value := changed[text]) is None else value for text, before in zip(texts, old, strict=True)]
    labels = vector.labels.with_texts(target, out)
    named = _named(vector, labels, target)
    if target == NAME:
        named.drop = vector.drop & np.array([changed[text] is None for text in texts], bool)
    return merged(named)


def _template(replacement: str, pattern: str) -> str:
    """Go's `$1` and `${name}` as RE2's `\\1`."""
    names: dict[str, int] = {}
    number = 0
    for match in _GROUP.finditer(pattern):
        if match[0] == "(" or match[1]:
            number += 1
            if match[1]:
                names[match[1]] = number

    def reference(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match[1] or match[2]
        group = int(name) if name.isdecimal() else names.get(name, -1)
        if group > 9:
            raise PromqlError(f"label_replace() refers to group {group}; nine can be referred to")
        return f"\\{group}" if 0 <= group <= number else ""

    return _REFERENCE.sub(reference, replacement.replace("\\", "\\\\"))


def label_join(ev: Evaluator, call: Call) -> Vector:
    """A label from others, joined."""
    target, separator, *sources = _texts(call.args[1:])
    for name in sources:
        if not valid_name(name):
            raise PromqlError(f"invalid source label name in label_join(): {name}")
    if not valid_name(target):
        raise PromqlError(f"invalid destination label name in label_join(): {target}")
    vector = ev.vector(call.args[0])
    columns = [vector.labels.texts(name) for name in sources]
    out = [separator.join(row) for row in zip(*columns, strict=True)] if columns else [""] * vector.labels.size
    return merged(_named(vector, vector.labels.with_texts(target, out), target))


_CHUNKS = re.compile(r"(\d+|\D+)")


def natural(a: str, b: str) -> int:
    """Compare texts so that numbers within them count as numbers."""
    for x, y in zip_longest(_CHUNKS.findall(a), _CHUNKS.findall(b)):
        if x is None or y is None:
            return -1 if x is None else 1
        if x == y:
            continue
        if x.isdecimal() and y.isdecimal() and int(x) != int(y):
            return -1 if int(x) < int(y) else 1
        return -1 if x < y else 1
    return 0


def _sort_by_label(descending: bool) -> Callable[[Evaluator, Call], Vector]:
    def run(ev: Evaluator, call: Call) -> Vector:
        vector = ev.vector(call.args[0])
        if not ev.single or vector.labels.size < 2:
            return vector
        columns = [vector.labels.texts(name) for name in _texts(call.args[1:])]
        rows = [tuple(row.items()) for row in vector.labels.dicts()]

        def compare(i: int, j: int) -> int:
            for column in columns:
                if column[i] != column[j]:
                    return natural(column[i], column[j])
            return (rows[i] > rows[j]) - (rows[i] < rows[j])

        order = sorted(range(len(rows)), key=cmp_to_key(compare), reverse=descending)
        return vector.take(np.array(order, np.int64))

    return run


FUNCTIONS: dict[str, Callable[[Evaluator, Call], Vector]] = {
    "label_join": label_join,
    "label_replace": label_replace,
    "sort_by_label": _sort_by_label(False),
    "sort_by_label_desc": _sort_by_label(True),
}
