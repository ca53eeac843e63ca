"""Labels of many series as columns: one array of codes per label name, so that matching and grouping never loop over series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from xxhash import xxh64_intdigest

NAME = "__name__"
METADATA = (NAME, "__type__", "__unit__")
"""Labels that say what a metric is: they go once a value is no longer that metric."""

Codes = NDArray[np.int32]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]
Column = tuple[Codes, list[str]]
"""Code of each series, and the text of each code; code 0 is "", which means that the series has no such label."""


class Labels:
    """The label sets of `size` series. Never changed in place."""

    __slots__ = ("columns", "size")

    def __init__(self, size: int, columns: dict[str, Column]) -> None:
        self.size = size
        self.columns = columns

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]]) -> Labels:
        """From one mapping per series; empty values are dropped."""
        names = dict.fromkeys(name for row in rows for name in row)
        columns = {name: encoded([row.get(name, "") for row in rows]) for name in names}
        return cls(len(rows), columns)

    def __len__(self) -> int:
        return self.size

    def has(self, name: str) -> bool:
        """Whether any series has the label."""
        return name in self.columns

    def texts(self, name: str) -> list[str]:
        """The value of a label for each series."""
        if name not in self.columns:
            return [""] * self.size
        codes, values = self.columns[name]
        return [values[code] for code in codes.tolist()]

    def text(self, name: str, row: int) -> str:
        """The value of a label of one series."""
        if name not in self.columns:
            return ""
        codes, values = self.columns[name]
        return values[int(codes[row])]

    def take(self, rows: Index | Mask | slice) -> Labels:
        """The label sets of some rows."""
        columns = {name: (codes[rows], values) for name, (codes, values) in self.columns.items()}
        if isinstance(rows, slice):
            size = len(range(*rows.indices(self.size)))
        else:
            size = int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows)
        return Labels(size, columns)

    def without(self, names: Iterable[str]) -> Labels:
        """All labels but these."""
        gone = set(names)
        return Labels(self.size, {name: column for name, column in self.columns.items() if name not in gone})

    def only(self, names: Iterable[str]) -> Labels:
        """These labels and no others."""
        kept = set(names)
        return Labels(self.size, {name: column for name, column in self.columns.items() if name in kept})

    def with_texts(self, name: str, texts: Sequence[str]) -> Labels:
        """With a label set for every series."""
        return self.with_column(name, encoded(texts))

    def with_column(self, name: str, column: Column) -> Labels:
        """With a label set from codes."""
        return Labels(self.size, {**self.columns, name: column})

    def cleared(self, names: Iterable[str], rows: Mask) -> Labels:
        """Without some labels in some rows."""
        if not rows.any():
            return self
        columns = dict(self.columns)
        for name in names:
            if name in columns:
                codes, values = columns[name]
                columns[name] = (np.where(rows, np.int32(0), codes), values)
        return Labels(self.size, columns)

    def dicts(self) -> list[dict[str, str]]:
        """One mapping per series, sorted by label name."""
        rows: list[dict[str, str]] = [{} for _ in range(self.size)]
        for name in sorted(self.columns):
            codes, values = self.columns[name]
            if len(values) == 1:
                continue
            for row, code in zip(rows, codes.tolist(), strict=True):
                if code:
                    row[name] = values[code]
        return rows

    def hashes(self) -> NDArray[np.uint64]:
        """The hash of each label set that Prometheus 3 computes: XXH64 over names and values, each after its length."""
        parts = []
        for name in sorted(self.columns):
            codes, values = self.columns[name]
            pieces = [b"", *(_sized(name) + _sized(value) for value in values[1:])]
            parts.append(pa.array(pieces, pa.large_binary()).take(pa.array(codes)))
        parts.append(pa.array([b""] * self.size, pa.large_binary()))
        joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
        return np.fromiter(map(xxh64_intdigest, joined.to_pylist()), np.uint64, self.size)

    def groups(self, names: Iterable[str] | None = None) -> tuple[Index, Index]:
        """Number of the group of each series, by order of appearance, and the first series of each group.

        names: labels that must be equal within a group; None: all.
        """
        if self.size == 1:
            return np.zeros(1, np.int64), np.zeros(1, np.int64)
        columns = [self.columns[name] for name in (self.columns if names is None else names) if name in self.columns]
        return numbered(combined(columns, self.size))

    def order(self) -> Index:
        """Rows in the order of their labels, as Prometheus sorts series."""
        rows = [tuple(row.items()) for row in self.dicts()]
        return np.array(sorted(range(self.size), key=rows.__getitem__), dtype=np.int64)


def encoded(texts: Sequence[str]) -> Column:
    """Texts as codes."""
    codes: dict[str, int] = {"": 0}
    numbers = np.fromiter((codes.setdefault(text, len(codes)) for text in texts), np.int32, len(texts))
    return numbers, list(codes)


def _sized(text: str) -> bytes:
    """Text after its length, as Prometheus keeps labels in memory (`labels_stringlabels.go`)."""
    raw = text.encode("utf-8", "surrogatepass")
    return (bytes([len(raw)]) if len(raw) < 255 else b"\xff" + len(raw).to_bytes(3, "little")) + raw


def combined(columns: Sequence[Column], size: int) -> Index:
    """One number per row, equal where all codes are equal."""
    ids = np.zeros(size, np.int64)
    span = 1
    for codes, values in columns:
        if len(values) == 1:
            continue
        if span * len(values) >= 1 << 62:
            _, ids = np.unique(ids, return_inverse=True)
            span = int(ids.max(initial=0)) + 1
        ids = ids * len(values) + codes
        span *= len(values)
    return ids


def numbered(ids: Index) -> tuple[Index, Index]:
    """Ids as numbers from 0 by order of appearance, and the first row of each."""
    _, first, inverse = np.unique(ids, return_index=True, return_inverse=True)
    by_appearance = np.argsort(first, kind="stable")
    rank = np.empty(len(first), np.int64)
    rank[by_appearance] = np.arange(len(first))
    return rank[inverse], first[by_appearance].astype(np.int64)


def concat(parts: Sequence[Labels]) -> Labels:
    """The label sets of several collections, one after the other."""
    size = sum(part.size for part in parts)
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns: dict[str, Column] = {}
    for name in names:
        codes: dict[str, int] = {"": 0}
        pieces = []
        for part in parts:
            if name in part.columns:
                own, values = part.columns[name]
                mapping = np.fromiter((codes.setdefault(v, len(codes)) for v in values), np.int32, len(values))
                pieces.append(mapping[own])
            else:
                pieces.append(np.zeros(part.size, np.int32))
        columns[name] = (np.concatenate(pieces), list(codes))
    return Labels(size, columns)


def signatures(left: Labels, right: Labels, names: Sequence[str], on: bool) -> tuple[Index, Index, int]:
    """Numbers for the rows of both sides, equal where the matching labels are equal, and how many there are.

    on: only `names` count; else all but these and the metric's name.
    """
    both = concat([left, right])
    kept = both.only(names) if on else both.without([*names, NAME])
    ids, first = kept.groups()
    return ids[: left.size], ids[left.size :], len(first)


def shown(row: Mapping[str, str]) -> str:
    """A label set as Prometheus prints it: `{a="b", c="d"}`."""
    return "{" + ", ".join(f"{quoted_name(name)}={quoted(value)}" for name, value in sorted(row.items())) + "}"


def quoted_name(name: str) -> str:
    """A label name, in quotes where it needs them."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and not name[:1].isdigit()
    return name if plain else quoted(name)


def quoted(text: str) -> str:
    """Text as a literal in double quotes, as Go writes it."""
    out = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f'"{out}"'
