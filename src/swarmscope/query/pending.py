"""Spans that have started and not ended, followed from look to look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from swarmscope.query.reader import Reader
from swarmscope.query.states import I64
from swarmscope.query.times import DAY_NS, MINUTE_NS

OPEN_MAX = 200_000
CHECK_MAX = 10_000  # ids in one question
ALL_EVERY_NS = MINUTE_NS  # so often every open span is looked for among all spans: batches may come out of order


@dataclass(frozen=True, slots=True)
class OpenSpans:
    """All spans that have started and not ended, within the last day. ids, traces: hex; starts_ns: when each began."""

    ids: list[str]
    traces: list[str]
    starts_ns: I64

    def of(self, traces: Collection[str]) -> dict[str, str]:
        """Those of some traces: span id → trace."""
        return {span: trace for span, trace in zip(self.ids, self.traces, strict=True) if trace in traces}


NOTHING_OPEN = OpenSpans([], [], np.empty(0, np.int64))


@dataclass(slots=True)
class Open:
    """Pending spans of agents as arrays, and all spans."""

    places: I64
    starts: I64
    span_names: list[str]
    strangers: list[str]
    spans: OpenSpans

    def count(self, n: int) -> I64:
        """Pending spans per agent."""
        return np.bincount(self.places, minlength=n).astype(np.int64)

    def oldest(self, n: int) -> I64:
        """Start of the oldest one per agent, 0: none."""
        out = np.full(n, np.iinfo(np.int64).max)
        np.minimum.at(out, self.places, self.starts)
        return np.where(self.count(n) > 0, out, 0)

    def newest(self, n: int) -> I64:
        """Start of the youngest one per agent, 0: none."""
        out = np.zeros(n, np.int64)
        np.maximum.at(out, self.places, self.starts)
        return out

    def names(self, n: int) -> list[str]:
        """Name of the oldest one per agent, empty: none."""
        out = [""] * n
        for i in np.argsort(-self.starts, kind="stable").tolist():
            out[self.places[i]] = self.span_names[i]
        return out


@dataclass(slots=True)
class Pending:
    """The pending spans of one tenant: new ones are added by batch, ended ones are asked for and dropped."""

    _open: dict[str, tuple[str, int, str, str]] = field(default_factory=dict)  # span id → agent, start, name, trace
    _batch: int = -1  # of pending spans, read so far
    _ended_batch: int = -1  # of spans, read so far
    _all_at_ns: int = -ALL_EVERY_NS

    def refresh(self, reads: Reader, now_ns: int, places: Mapping[str, int]) -> Open:
        """Read what began and what ended. Spans that began more than a day ago are forgotten."""
        new = self._add(reads, now_ns)
        if everything := now_ns - self._all_at_ns >= ALL_EVERY_NS:
            self._all_at_ns = now_ns
        self._drop_ended_lately(reads, now_ns)
        self._drop_ended(reads, list(self._open) if everything else [s for s in new if s in self._open])
        unknown = dict.fromkeys(agent for agent, *_ in self._open.values() if agent and agent not in places)
        all_places = {**places, **{a: len(places) + i for i, a in enumerate(unknown)}}
        spans = [found for found in self._open.values() if found[0]]
        return Open(
            np.array([all_places[agent] for agent, *_ in spans], np.int64),
            np.array([start for _, start, _, _ in spans], np.int64),
            [name for _, _, name, _ in spans],
            list(unknown),
            OpenSpans(
                list(self._open),
                [trace for *_, trace in self._open.values()],
                np.array([start for _, start, _, _ in self._open.values()], np.int64),
            ),
        )

    def _add(self, reads: Reader, now_ns: int) -> list[str]:
        """Take in what has arrived since the last look; its ids."""
        start_ns = now_ns - DAY_NS
        rows = reads.query(
            "SELECT lower(hex(span_id)) AS span, agent, toUnixTimestamp64Nano(start_time) AS start_ns, name, "
            "lower(hex(trace_id)) AS trace, batch_id "
            "FROM $spans_pending WHERE start_time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC') "
            f"AND batch_id > {{batch:Int64}} ORDER BY start_ns DESC LIMIT {OPEN_MAX}",
            {"start": start_ns, "batch": self._batch},
        )
        if rows.num_rows:
            self._batch = max(rows["batch_id"].to_pylist())
        new: list[str] = rows["span"].to_pylist()
        columns = (rows[c].to_pylist() for c in ("agent", "start_ns", "name", "trace"))
        for span, *known in zip(new, *columns, strict=True):
            self._open[span] = tuple(known)
        for span in [s for s, (_, start, *_) in self._open.items() if start < start_ns]:
            del self._open[span]
        while len(self._open) > OPEN_MAX:
            del self._open[next(iter(self._open))]
        return new

    def _drop_ended_lately(self, reads: Reader, now_ns: int) -> None:
        """Forget those whose end has arrived since the last look; the first look only remembers how far spans have come."""
        ended = "[]"
        if self._ended_batch >= 0:
            among = "(SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 8))"
            ended = f"groupArrayIf(lower(hex(span_id)), span_id IN {among})"
        rows = reads.rows(
            f"SELECT max(batch_id) AS newest, {ended} AS ended FROM $spans WHERE batch_id > {{batch:Int64}} "
            "AND start_time >= fromUnixTimestamp64Nano({start:Int64}, 'UTC')",
            {"ids": list(self._open), "batch": self._ended_batch, "start": now_ns - DAY_NS},
        )
        self._ended_batch = max(self._ended_batch, rows[0]["newest"])
        for span in rows[0]["ended"]:
            self._open.pop(span, None)

    def _drop_ended(self, reads: Reader, ids: list[str]) -> None:
        """Forget those of `ids` that are among all spans."""
        for i in range(0, len(ids), CHECK_MAX):
            part = ids[i : i + CHECK_MAX]
            starts = [self._open[s][1] for s in part]
            rows = reads.query(
                "SELECT lower(hex(span_id)) AS span FROM $spans WHERE agent IN {agents:Array(String)} "
                "AND start_time >= fromUnixTimestamp64Nano({low:Int64}, 'UTC') "
                "AND start_time <= fromUnixTimestamp64Nano({high:Int64}, 'UTC') "
                "AND span_id IN (SELECT toFixedString(unhex(arrayJoin({ids:Array(String)})), 8))",
                {
                    "agents": sorted({self._open[s][0] for s in part}),
                    "low": min(starts),
                    "high": max(starts),
                    "ids": part,
                },
            )
            for span in rows["span"].to_pylist():
                self._open.pop(span, None)
