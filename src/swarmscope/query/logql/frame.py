"""Log lines with their labels as columns, and the stages of a pipeline over them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.query.logql import extract
from swarmscope.query.logql.extract import label_name
from swarmscope.query.logql.filters import holds, line_mask
from swarmscope.query.logql.template import Template
from swarmscope.query.logql.tree import (
    Decolorize,
    LabelCompare,
    LabelFormat,
    LabelLogic,
    LineFilter,
    LineFormat,
    Matcher,
    Parser,
    Pick,
    Stage,
)

ERROR, DETAILS = "__error__", "__error_details__"
_COLOUR = r"\x1b\[[0-9;]*m"
_EMPTY = pa.scalar("", pa.string())


@dataclass(slots=True)
class Frame:
    """n lines. stream: row of `streams` (labels) and `stream_meta` of every line. parsed: labels that stages made or changed,
    null where a line has none; they stand before all others. `hidden` labels were dropped."""

    time: NDArray[np.int64]
    lines: pa.Array
    stream: NDArray[np.int32]
    streams: list[dict[str, str]]
    stream_meta: list[dict[str, str]]
    meta: dict[str, pa.Array] = field(default_factory=dict)
    parsed: dict[str, pa.Array] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)

    def __len__(self) -> int:
        return int(self.time.size)

    def get(self, name: str) -> pa.Array:
        """The label of every line, null where there is none."""
        if name in self.parsed:
            return self.parsed[name]
        if name in self.hidden:
            return pa.nulls(len(self), pa.string())
        found = [self.of_stream(name)] if any(name in labels for labels in self.streams) else []
        found += [self.meta[name]] if name in self.meta else []
        if any(name in meta for meta in self.stream_meta):
            found.append(self._said(self.stream_meta, name))
        return pc.coalesce(*found) if found else pa.nulls(len(self), pa.string())

    def of_stream(self, name: str) -> pa.Array:
        """The label of the stream of every line as it was pushed, null where there is none."""
        return self._said(self.streams, name)

    def _said(self, said: Sequence[dict[str, str]], name: str) -> pa.Array:
        return pa.array([s.get(name) for s in said], pa.string()).take(pa.array(self.stream))

    def put(self, name: str, values: pa.Array) -> None:
        """The label from now on."""
        self.parsed[name] = values
        self.hidden.discard(name)

    def stream_names(self) -> set[str]:
        """Names of the labels of streams."""
        return {name for labels in self.streams for name in labels} - self.hidden

    def meta_names(self) -> set[str]:
        """Names of structured metadata."""
        return ({name for meta in self.stream_meta for name in meta} | set(self.meta)) - self.hidden

    def where(self, keep: NDArray[np.bool_]) -> Frame:
        """The lines that are kept."""
        if keep.all():
            return self
        rows = np.flatnonzero(keep)
        taken = pa.array(rows)
        return Frame(
            self.time[rows],
            self.lines.take(taken),
            self.stream[rows],
            self.streams,
            self.stream_meta,
            {n: a.take(taken) for n, a in self.meta.items()},
            {n: a.take(taken) for n, a in self.parsed.items()},
            set(self.hidden),
        )

    def grouped(self, names: Iterable[str]) -> tuple[NDArray[np.int64], list[dict[str, str]]]:
        """Group of every line by these labels, and the labels of every group (those that it has)."""
        return grouped([(name, self.get(name)) for name in sorted(set(names))], len(self))

    def mark_errors(self, rows: Sequence[int], kind: str) -> None:
        """Lines where a stage failed."""
        if not rows:
            return
        values = self.get(ERROR).to_pylist()
        for row in rows:
            values[row] = values[row] or kind
        self.put(ERROR, pa.array(values, pa.string()))


def grouped(columns: Sequence[tuple[str, pa.Array]], count: int) -> tuple[NDArray[np.int64], list[dict[str, str]]]:
    """As `Frame.grouped`, of columns."""
    group = np.zeros(count, np.int64)
    for _, column in columns:
        encoded = pc.fill_null(column, "").dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        _, group = np.unique(group * max(1, len(encoded.dictionary)) + codes, return_inverse=True)
        group = group.reshape(-1)
    if count == 0:
        return group, []
    _, first = np.unique(group, return_index=True)
    labels: list[dict[str, str]] = [{} for _ in range(first.size)]
    for name, column in columns:
        for labels_, value in zip(labels, column.take(pa.array(first)).to_pylist(), strict=True):
            if value:
                labels_[name] = value
    return group, labels


def run(frame: Frame, stages: Sequence[Stage], needed: frozenset[str] | None = None) -> Frame:
    """The lines that are left behind all stages. needed: labels that are asked for later, None: all."""
    for stage in stages:
        if len(frame) == 0:
            break
        frame = _apply(frame, stage, needed)
    return frame


def _apply(frame: Frame, stage: Stage, needed: frozenset[str] | None) -> Frame:
    match stage:
        case LineFilter():
            return frame.where(line_mask(frame.lines, stage))
        case LabelCompare() | LabelLogic():
            keep, wrong = holds(frame.get, stage, len(frame))
            if wrong.any():
                frame.mark_errors(np.flatnonzero(wrong).tolist(), "LabelFilterErr")
            return frame.where(keep | wrong)
        case Parser():
            _parse(frame, stage, needed)
        case LineFormat():
            _format_lines(frame, stage)
        case LabelFormat():
            _format_labels(frame, stage)
        case Pick():
            _pick(frame, stage)
        case Decolorize():
            frame.lines = pc.replace_substring_regex(frame.lines, _COLOUR, "")
    return frame


def _parse(frame: Frame, stage: Parser, needed: frozenset[str] | None) -> None:
    if stage.kind == "regexp":
        for name, values in extract.by_expression(frame.lines, stage.argument).items():
            _extracted(frame, name, values)
        return
    one = extract.extractor(stage, needed)
    found: dict[str, tuple[list[int], list[str]]] = {}
    errors: list[int] = []
    kind = ""
    lines: list[str] = frame.lines.to_pylist()
    for row, line in enumerate(lines):
        labels, error = one(line)
        if error:
            errors.append(row)
            kind = error
        for name, value in labels.items():
            rows, values = found.setdefault(name, ([], []))
            rows.append(row)
            values.append(value)
    frame.mark_errors(errors, kind)
    if stage.kind == "unpack" and "_entry" in found:
        rows, values = found.pop("_entry")
        for row, value in zip(rows, values, strict=True):
            lines[row] = value
        frame.lines = pa.array(lines, pa.string())
    for name, (rows, values) in found.items():
        _extracted(frame, name, _scattered(rows, values, len(frame)))


def _scattered(rows: list[int], values: list[str], count: int) -> pa.Array:
    if len(rows) == count:
        return pa.array(values, pa.string())
    at = np.full(count, -1, np.int64)
    at[rows] = np.arange(len(rows))
    return pa.array(values, pa.string()).take(pa.array(at, mask=at < 0))


def _extracted(frame: Frame, name: str, values: pa.Array) -> None:
    """Put a label that was found in lines beside the others: a label of the line's own stream keeps its name."""
    theirs = frame.of_stream(name).is_valid()
    if pc.any(theirs).as_py():
        nothing = pa.scalar(None, pa.string())
        beside = f"{name}_extracted"
        frame.put(beside, pc.coalesce(pc.if_else(theirs, values, nothing), frame.get(beside)))
        if pc.all(theirs).as_py():
            return
        values = pc.if_else(theirs, nothing, values)
    frame.put(name, pc.coalesce(values, frame.get(name)))


def _rows_for(frame: Frame, names: set[str] | None) -> list[dict[str, str]]:
    """The labels of every line for templates, with line and time."""
    wanted = sorted(names if names is not None else all_names(frame))
    columns = [frame.get(name).to_pylist() for name in wanted]
    lines = frame.lines.to_pylist()
    out = []
    for row, (line, time_ns) in enumerate(zip(lines, frame.time.tolist(), strict=True)):
        labels = {name: column[row] for name, column in zip(wanted, columns, strict=True) if column[row] is not None}
        labels["__line__"], labels["__timestamp__"] = line, str(time_ns)
        out.append(labels)
    return out


def all_names(frame: Frame) -> set[str]:
    """Names of all labels."""
    return frame.stream_names() | frame.meta_names() | set(frame.parsed)


_FIELD = re.compile(r"\.([A-Za-z_]\w*)")


def _named_in(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in _FIELD.findall(text)}


def _rendered(frame: Frame, template: str, rows: list[dict[str, str]]) -> tuple[list[str | None], list[int]]:
    from swarmscope.errors import QueryError

    made = Template(template)
    out: list[str | None] = []
    wrong: list[int] = []
    for row, labels in enumerate(rows):
        try:
            out.append(made.render(labels))
        except QueryError:
            out.append(None)
            wrong.append(row)
    return out, wrong


def _format_lines(frame: Frame, stage: LineFormat) -> None:
    rows = _rows_for(frame, _named_in([stage.template]))
    made, wrong = _rendered(frame, stage.template, rows)
    lines = pa.array(made, pa.string())
    frame.lines = pc.coalesce(lines, frame.lines)
    frame.mark_errors(wrong, "TemplateFormatErr")


def _format_labels(frame: Frame, stage: LabelFormat) -> None:
    for name, source, is_template in stage.changes:
        if is_template:
            made, wrong = _rendered(frame, source, _rows_for(frame, _named_in([source])))
            frame.put(name, pa.array(made, pa.string()))
            frame.mark_errors(wrong, "TemplateFormatErr")
        else:
            frame.put(name, frame.get(source))
            frame.parsed.pop(source, None)
            frame.hidden.add(source)


def _pick(frame: Frame, stage: Pick) -> None:
    named = {p if isinstance(p, str) else p.name for p in stage.names}
    conditional = [p for p in stage.names if isinstance(p, Matcher)]
    if stage.keep:
        for name in all_names(frame) - named - {ERROR, DETAILS}:
            frame.parsed.pop(name, None)
            frame.hidden.add(name)
    else:
        for name in named - {p.name for p in conditional}:
            frame.parsed.pop(name, None)
            frame.hidden.add(name)
    for p in conditional:
        matched, _ = holds(frame.get, LabelCompare(p.name, p.op, "text", p.value), len(frame))
        gone = ~matched if stage.keep else matched
        frame.put(p.name, pc.if_else(pa.array(gone), pa.scalar(None, pa.string()), frame.get(p.name)))


def scattered_map(column: pa.Array, count: int, limit: int = 512) -> dict[str, pa.Array]:
    """A map column as one column per key, named as labels are; keys beyond `limit` are left out."""
    offsets = np.asarray(column.offsets)
    owner = np.repeat(np.arange(count), np.diff(offsets))
    keys = column.keys[offsets[0] : offsets[-1]].dictionary_encode() if len(column.keys) else None
    if keys is None or len(keys) == 0:
        return {}
    items = column.items[offsets[0] : offsets[-1]]
    codes = keys.indices.to_numpy(zero_copy_only=False)
    out: dict[str, pa.Array] = {}
    for code, key in enumerate(keys.dictionary.to_pylist()[:limit]):
        rows = np.flatnonzero(codes == code)
        at = np.full(count, -1, np.int64)
        at[owner[rows]] = rows
        out[label_name(key)] = items.take(pa.array(at, mask=at < 0))
    return out


Column = Callable[[str], Any]
