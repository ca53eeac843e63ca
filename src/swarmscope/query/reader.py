"""The only way to the store: a Reader knows whose data may be seen.

A query names a table as `$spans`. The Reader puts a subquery in its place that holds the rows of its tenant only, so that
a query cannot forget the condition, and refuses text that names a table in any other way.
"""

from __future__ import annotations

import contextvars
import copy
import math
import re
import threading
import time
import weakref
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from swarmscope.errors import QueryError, SwarmscopeError
from swarmscope.query.times import DAY_NS, Window

TABLES = frozenset(
    {
        "spans", "spans_pending", "spans_kept", "messages", "resources", "logs", "series", "samples", "histograms",
        "exemplars", "agent_events", "agent_10s", "agents", "edges", "samples_5m", "samples_1h", "samples_1d",
        "findings", "cost_1h", "log_templates", "security_events",
        "trace_minutes",
    }
)  # fmt: skip
VIEWS = frozenset({"agents", "edges"})
UNDER_VIEWS = frozenset({"agents_seen", "edges_peer", "edges_parent"})
REPEATED = frozenset(
    {
        "spans_kept",
        "samples_5m",
        "samples_1h",
        "samples_1d",
        "findings",
        "cost_1h",
        "security_events",
        "log_templates",
    }
)
"""Of a row of these that was stated again, only the newest statement counts."""
LEAST_S = 0.001
"""What a read is given at least: nothing would be no bound."""
BY_RESOURCE = frozenset({"spans", "spans_pending", "spans_kept", "logs"})
"""What names the resource that it came from, so that it can be narrowed to one environment."""
ENVIRONMENT_KEYS = ("deployment.environment.name", "deployment.environment")
_HERE = "(" + " OR ".join(f"attributes['{key}'] = {{environment:String}}" for key in ENVIRONMENT_KEYS) + ")"
_LISTED = re.compile(r"(IN |arrayJoin\()\{(\w+):Array\(String\)\}")
_BETWEEN = "\x1f"
MANY = 64
T = TypeVar("T")
S = TypeVar("S")
_HELPERS = ThreadPoolExecutor(4, "read")
_kept: weakref.WeakKeyDictionary[Any, dict[tuple[str, type], Any]] = weakref.WeakKeyDictionary()
_kept_lock = threading.Lock()
_OLDER = re.compile(r"spans_since_(\d+)")
_MARK = re.compile(r"\$([a-z_0-9]+)")
_AS_WRITTEN = "query_plan_enable_optimizations = 0"
_BARE = re.compile(r"\b(?:from|join|in)\s+(?!\$|\()[`\"\w.]+", re.IGNORECASE)


class Source(Protocol):
    """What a Reader needs of the store."""

    def query(self, sql: str, params: Mapping[str, object] = ..., settings: Mapping[str, object] = ...) -> pa.Table:
        """The rows of a SELECT; `{name:Type}` parameters."""
        ...

    def stream(self, sql: str, params: Mapping[str, object] = ...) -> Generator[pa.Table]:
        """The same in blocks, in no order."""
        ...

    def changes(self, table: str) -> int | None:
        """Grows whenever a table may have changed; None: not known."""
        ...

    def touched(self, start_ms: int, end_ms: int) -> int | None:
        """Grows whenever samples of that time may have changed; None: not known."""
        ...


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of reads that do not need each other, made at the same time. None of `calls` must call this itself."""
    others = [_HELPERS.submit(contextvars.copy_context().run, call) for call in calls[1:]]
    try:
        first = [call() for call in calls[:1]]
    finally:
        wait(others)
    return first + [other.result() for other in others]


def both(one: Callable[[], T], other: Callable[[], S]) -> tuple[T, S]:
    """`together` for two reads of different kinds."""
    second = _HELPERS.submit(contextvars.copy_context().run, other)
    try:
        first = one()
    finally:
        wait([second])
    return first, second.result()


class Reader:
    """Reads for one tenant. Cheap to make: one per request."""

    def __init__(self, store: Source, tenant: str, spans_days: int = 3, environment: str = "") -> None:
        """spans_days: how long every span is kept; of older ones only those in `spans_kept` can be seen.

        environment: only spans and logs of resources deployed there; empty: all. Other tables do not know where they come from.
        """
        self.tenant = tenant
        self.environment = environment
        self._store = store
        self._spans_days = spans_days
        self._seconds_max = self._deadline_s = math.inf

    def in_time(self, seconds_max: float) -> Reader:
        """The same rows for one request: from now on, all its reads together, but for `blocks`, take at most so long.
        QueryError after that."""
        bounded = copy.copy(self)
        bounded._seconds_max, bounded._deadline_s = seconds_max, time.monotonic() + seconds_max
        return bounded

    def left(self) -> Mapping[str, object]:
        """Settings that bound the next read of a request by what is left to it, in whole seconds, so that reads which follow
        each other have the same. QueryError: nothing is."""
        if self._deadline_s == math.inf:
            return {}
        left_s = self._deadline_s - time.monotonic()
        if left_s <= 0:
            raise QueryError(f"the request takes longer than {self._seconds_max:g} s; narrow the time or the filters")
        return {"max_execution_time": math.floor(left_s) if left_s > 1 else max(left_s, LEAST_S)}

    def kept(self, kind: type[T]) -> T:
        """What reads of this tenant keep from query to query: one object of a kind, made when first asked for, as long as
        the store."""
        with _kept_lock:
            of_store = _kept.setdefault(self._store, {})
            key = (self.tenant, kind)
            if key not in of_store:
                of_store[key] = kind()
            found: T = of_store[key]
            return found

    def oldest_ns(self) -> int:
        """From this moment on, all spans are there."""
        return (time.time_ns() // DAY_NS - self._spans_days) * DAY_NS

    def spans(self, within: Window) -> str:
        """The table to read the spans of a window from: `$spans`, or with what was kept of older ones."""
        oldest = self.oldest_ns()
        return "$spans" if within.start_ns >= oldest else f"$spans_since_{oldest:d}"

    @property
    def _own(self) -> dict[str, object]:
        """What every query is bound by, whatever a caller says."""
        own: dict[str, object] = {"tenant": self.tenant}
        return own | ({"environment": self.environment} if self.environment else {})

    def query(
        self, sql: str, params: Mapping[str, object] | None = None, settings: Mapping[str, object] | None = None
    ) -> pa.Table:
        """The rows of a SELECT whose tables are written `$name`."""
        text, bound = told_at_once(scoped(sql, bool(self.environment)), {**(params or {}), **self._own})
        return self._store.query(text, bound, {**(settings or {}), **self.left()})

    def changes(self, table: str) -> int | None:
        """A number that grows whenever a table may have changed, so that what was read of it still holds; None: not known."""
        return self._store.changes(table)

    def touched(self, start_ms: int, end_ms: int) -> int | None:
        """As `changes`, of the samples of a time, end excluded."""
        return self._store.touched(start_ms, end_ms)

    def blocks(self, sql: str) -> Generator[pa.Table]:
        """As `query`, in blocks and in no order: for millions of rows. Read it to the end or close it."""
        return self._store.stream(scoped(sql, bool(self.environment)), self._own)

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """As `query`, one dict per row: for small answers."""
        rows: list[dict[str, Any]] = self.query(sql, params).to_pylist()
        return rows

    def few(
        self,
        columns: str,
        table: str,
        condition: str | Sequence[str],
        params: Mapping[str, object] | None = None,
        rest: str = "",
        threads: int = 1,
    ) -> list[dict[str, Any]]:
        """As `pick`, one dict each."""
        rows: list[dict[str, Any]] = self.pick(columns, table, condition, params, rest, threads).to_pylist()
        return rows

    def pick(
        self,
        columns: str,
        table: str,
        condition: str | Sequence[str],
        params: Mapping[str, object] | None = None,
        rest: str = "",
        threads: int = 1,
    ) -> pa.Table:
        """Rows of one table that an index finds: read as written, without a search for a better plan.

        That search costs more than such a read where many columns are asked for. table: its name, without `$`; subqueries of
        `condition` name theirs with it. condition: of several all must hold, and only what fulfils the ones before is read for
        the next; within one, the columns of all its parts are read. rest: ORDER BY and LIMIT; what `columns` computes is
        computed before.
        """
        sql = f"{picked(columns, table, condition, rest, bool(self.environment))}, max_threads = {threads:d}"
        return self._store.query(*told_at_once(sql, {**(params or {}), **self._own}), self.left())

    def guarded(self, sql: str, settings: Mapping[str, object]) -> pa.Table:
        """The rows of a text from `guard.guarded`. The store filters every table by tenant once more."""
        quoted = self.tenant.replace("\\", "\\\\").replace("'", "\\'")
        filters = dict.fromkeys(sorted(TABLES - VIEWS | UNDER_VIEWS), f"tenant = '{quoted}'")
        return self._store.query(sql, {"tenant": self.tenant}, {**settings, "additional_table_filters": filters})


def told_at_once(sql: str, params: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    """The same query with each long list of texts, after IN or in arrayJoin, as one text: as a list, every step of the planning
    copies it text by text (3,000 names cost 21 ms, as one text 5)."""
    bound = dict(params)

    def one(match: re.Match[str]) -> str:
        before, name = match.groups()
        values = params[name]
        if not isinstance(values, Sequence) or len(values) < MANY:
            return match[0]
        joined = _BETWEEN.join(values)
        if joined.count(_BETWEEN) != len(values) - 1:
            return match[0]
        bound[f"{name}_joined"] = joined
        split = f"splitByChar('\\x1f', materialize({{{name}_joined:String}}))"
        return f"IN (SELECT arrayJoin({split}))" if before == "IN " else f"arrayJoin({split}"

    text = _LISTED.sub(one, sql)
    for name in {match[2] for match in _LISTED.finditer(sql)} & bound.keys():
        if f"{{{name}:" not in text:
            del bound[name]
    return text, bound


def _rows(table: str, here: bool) -> str:
    return f"SELECT * FROM {table}{' FINAL' if table in REPEATED else ''} WHERE {_own(table, here)}"


def _own(table: str, here: bool) -> str:
    """Which rows of a table the reader may see."""
    own = "tenant = {tenant:String}"
    if here and table == "cost_1h":
        return f"{own} AND environment = {{environment:String}}"
    if not here or table not in BY_RESOURCE:
        return own
    return f"{own} AND resource_id IN (SELECT resource_id FROM ({_rows('resources', False)}) WHERE {_HERE})"


def picked(columns: str, table: str, condition: str | Sequence[str], rest: str = "", here: bool = False) -> str:
    """The query of `Reader.few`. SwarmscopeError: a view or no table, or a table named without `$`."""
    if table not in TABLES - VIEWS - REPEATED:
        raise SwarmscopeError(f"rows of {table!r} cannot be picked; name a table of the store that states a row once")
    parts = [condition] if isinstance(condition, str) else condition
    if bare := _BARE.search(" ".join((columns, *parts, rest))):
        raise SwarmscopeError(f"a query names a table without `$`, so it would see every tenant: {bare[0]!r}")
    asked = " AND ".join(f"({scoped(part, here) if '$' in part else part})" for part in parts)
    return f"SELECT {columns} FROM {table} PREWHERE {_own(table, here)} AND {asked} {rest} SETTINGS {_AS_WRITTEN}"


def scoped(sql: str, here: bool = False) -> str:
    """`sql` with every `$table` replaced by the tenant's rows of it; `here`: those of `{environment:String}` only.

    SwarmscopeError: a table named without `$`.
    """
    names: set[str] = set()

    def table(match: re.Match[str]) -> str:
        if older := _OLDER.fullmatch(match[1]):
            names.add("spans")
            day = f"fromUnixTimestamp64Nano({older[1]}, 'UTC')"
            recent, kept = _rows("spans", here), _rows("spans_kept", here)
            return f"({recent} AND start_time >= {day} UNION ALL {kept} AND start_time < {day})"
        if match[1] not in TABLES:
            raise SwarmscopeError(f"a query names ${match[1]}, which is no table; known: {', '.join(sorted(TABLES))}")
        names.add(match[1])
        return f"({_rows(match[1], here)})"

    bare = _BARE.search(sql)
    if bare is not None:
        raise SwarmscopeError(f"a query names a table without `$`, so it would see every tenant: {bare[0]!r}")
    text = _MARK.sub(table, sql)
    if not names:
        raise SwarmscopeError("a query names no table of a tenant")
    return text
