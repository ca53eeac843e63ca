"""What belongs together by an id: the spans of a session, the traces of a workflow."""

from __future__ import annotations

from typing import Any, NamedTuple

from swarmscope.query import titles
from swarmscope.query.conditions import Condition
from swarmscope.query.newest import sessions as newest
from swarmscope.query.newest.sessions import SPANS_A_SESSION
from swarmscope.query.newest.traces import DISTINCT_MAX
from swarmscope.query.reader import Reader, both
from swarmscope.query.search import Page, between, slices
from swarmscope.query.spans import NANO, UNPRICED
from swarmscope.query.times import HOUR_NS, MINUTE_NS, Window, moment

_Named = tuple[str, int]  # the id of a group and its sort key

ENDING = f"""max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS end_ns,
    countIf(status_code = 2) AS errors, arraySort(groupUniqArrayIf({DISTINCT_MAX})(agent, agent != '')) AS all_agents,
    argMax(status_code, tuple(parent_span_id = toFixedString('', 8), start_time)) AS last_status,
    argMax(trace_id, start_time) AS newest_trace,
    argMaxIf(trace_id, start_time, parent_span_id = toFixedString('', 8)) AS ended_trace,
    countIf(parent_span_id = toFixedString('', 8)) AS roots"""
"""What tells how a session ended."""
FIGURES = f"""{ENDING}, min(toUnixTimestamp64Nano(start_time)) AS start_ns, uniqExact(trace_id) AS traces, count() AS spans,
    arraySort(groupUniqArrayIf({DISTINCT_MAX})(model, model != '')) AS all_models, sum(input_tokens) AS all_input_tokens,
    sum(output_tokens) AS all_output_tokens, sum(cost_nano_usd) AS all_cost_nano_usd, {UNPRICED}"""
_END = "toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)"
_ENDED = f"max({_END})"
_COLUMNS = """trace_id, parent_span_id, start_time, duration_ns, status_code, agent, model, input_tokens, output_tokens,
    cost_nano_usd"""
_FAILURE = {
    "trace_id": "lower(hex(trace_id))",
    "span_id": "lower(hex(span_id))",
    "name": "name",
    "agent": "agent",
    "message": "status_message",
    "start_time": "toUnixTimestamp64Nano(start_time)",
}
_KEYS = {
    "time": _ENDED,
    "duration": f"{_ENDED} - min(toUnixTimestamp64Nano(start_time))",
    "cost": "sum(cost_nano_usd)",
    "errors": "countIf(status_code = 2)",
    "tokens": "sum(input_tokens) + sum(output_tokens)",
}


def sessions(reads: Reader, q: str, within: Window, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """A page of sessions with spans in the window that match; the figures are over those spans. title: what it is about.
    ending: ENDING over all of its spans in the window, whether they match or not."""
    condition = Condition(reads, "spans", q)
    latest = page.sort == "time" and page.descending and not page.cursor
    known = newest.first(reads, condition, within, page.limit) if latest else None
    if known is not None and known.rows is not None:
        named = titles.told(reads, known.rows, within)
        return [r | {"title": named.get(r["id"], "")} for r in known.rows], _following(known.keys, page)
    table = reads.spans(within)
    source = _Source(condition.source(table), f"session != '' AND {condition.sql}", condition.params)
    matching = f"{source.rows} AND {between('start_time', within)}"
    if latest:
        keys = _latest(reads, source, within, page.limit + 1, known)
    else:
        keys = _ordered(reads, "session", matching, condition.params, page)
    shown = [name for name, _ in keys[: page.limit]]

    if table == "$spans" and condition.anything:
        rows = _picked(reads, condition, within, shown, f"{FIGURES}, {titles.FIRST}")
        named = titles.told(reads, rows, within)
        return [r | {"title": named.get(r["id"], ""), "ending": r} for r in rows], _following(keys, page)
    (rows, named), endings = both(
        lambda: both(
            lambda: (
                _figures_of(reads, "session", matching, condition.params, shown)
                if condition.phrases or table != "$spans"
                else _picked(reads, condition, within, shown, FIGURES)
            ),
            lambda: titles.of(reads, shown, within),
        ),
        lambda: {} if condition.anything else _endings(reads, shown, within),
    )
    told = [r | {"title": named.get(r["id"], ""), "ending": endings.get(r["id"], r)} for r in rows]
    return told, _following(keys, page)


class _Source(NamedTuple):
    """Spans to make groups of: a table, a condition, and what its parameters are bound to."""

    table: str
    condition: str
    params: dict[str, object]

    @property
    def rows(self) -> str:
        """FROM and WHERE."""
        return f"FROM {self.table} WHERE {self.condition}"


def _latest(
    reads: Reader, source: _Source, within: Window, count: int, known: newest.Told | None = None
) -> list[_Named]:
    """The sessions whose last span ended last, and when. known: those of the spans that began last, enough of them.

    Spans that began lately name enough of them. Only a span that took long can then have ended later and begun before, and an
    index knows where none did.
    """
    keys: dict[str, int] = dict(known.keys) if known else {}

    def add(part: Window, more: str = "") -> None:
        for name, key in _ended_last(reads, source, part, more, count):
            keys[name] = max(key, keys.get(name, key))

    def best() -> list[_Named]:
        return sorted(keys.items(), key=lambda k: (k[1], k[0]), reverse=True)[:count]

    lately = [Window(known.since_ns, within.end_ns)] if known else slices(within, True, MINUTE_NS)
    for part in lately:
        if known is None:
            add(part)
        if len(keys) >= count and part.start_ns > within.start_ns:
            last = best()[-1][1]
            ended = f"toUnixTimestamp64Nano(start_time) + toInt64(duration_ns) >= {last:d}"
            add(
                Window(within.start_ns, part.start_ns),
                f"AND duration_ns > {max(0, last - part.start_ns):d} AND {ended}",
            )
            break
    return best()


def _ended_last(reads: Reader, source: _Source, part: Window, more: str, count: int) -> list[_Named]:
    """The sessions of `part` whose last span ended last, and when. The spans that ended last name them, unless very many are
    of the same sessions: those alone are looked at, and no span is put in a group."""
    where = f"{between('start_time', part)} {more} AND {source.condition}"
    most = SPANS_A_SESSION * count
    columns, order = f"session AS id, {_END} AS sort_key", f"ORDER BY sort_key DESC, id DESC LIMIT {most}"
    if source.table == "$spans":
        found = reads.few(columns, "spans", where, source.params, order, 2)
    else:
        found = reads.rows(f"SELECT {columns} FROM {source.table} WHERE {where} {order}", source.params)
    keys: dict[str, int] = {}
    for r in found:
        keys.setdefault(r["id"], r["sort_key"])
    if len(keys) < count and len(found) == most:
        rows = reads.query(
            f"SELECT session AS id, {_ENDED} AS sort_key FROM {source.table} WHERE {where} "
            f"GROUP BY session ORDER BY sort_key DESC, id DESC LIMIT {count}",
            source.params,
        )
        return list(zip(rows["id"].to_pylist(), rows["sort_key"].to_pylist(), strict=True))
    return list(keys.items())[:count]


def _picked(
    reads: Reader, condition: Condition, within: Window, names: list[str], columns: str
) -> list[dict[str, Any]]:
    """Columns of some sessions, in this order, over the spans in the window that match a condition without free text."""
    if not names:
        return []
    where = f"session IN {{ids:Array(String)}} AND {condition.sql} AND {between('start_time', within)}"
    bound = condition.params | {"ids": names}
    return _in_order(reads.few(f"session AS id, {columns}", "spans", where, bound, "GROUP BY session"), names)


def _endings(reads: Reader, names: list[str], within: Window) -> dict[str, dict[str, Any]]:
    """ENDING of some sessions, over all of their spans in the window."""
    table = reads.spans(within)
    if table == "$spans":
        found = _picked(reads, Condition(reads, "spans", ""), within, names, ENDING)
    else:
        whole = f"FROM {table} WHERE session != '' AND {between('start_time', within)}"
        found = _figures_of(reads, "session", whole, {}, names, ENDING)
    return {r["id"]: r for r in found}


def workflows(
    reads: Reader, q: str, within: Window, page: Page, only: str = ""
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of workflows that have a run in the window, a trace in which one of its spans lies and a span matches.

    The figures are over the whole runs: few spans of a run carry the workflow's id, seldom those that cost. only: this one.
    """
    condition = Condition(reads, "spans", q)
    params = condition.params | ({"only": only} if only else {})
    named = "workflow = {only:String}" if only else "workflow != ''"
    keys = _ordered(reads, "run_of", _runs(reads, condition, within, named), params, page)
    shown = _runs(reads, condition, within, "workflow IN {ids:Array(String)}")  # whole runs are read of the page only
    rows = _figures_of(reads, "run_of", shown, condition.params, [name for name, _ in keys[: page.limit]])
    failed = [r["id"] for r in rows if r["errors"]]
    causes = _failures(reads, condition, within, failed) if failed else {}
    return [r | {"failure": causes.get(r["id"])} for r in rows], _following(keys, page)


def _failures(reads: Reader, condition: Condition, within: Window, names: list[str]) -> dict[str, dict[str, Any]]:
    """Where the newest failed run of some workflows began to fail: of its spans that failed, the one that ended first."""
    matching = _runs(reads, condition, within, "workflow IN {ids:Array(String)}", ", span_id, name, status_message")
    rows = reads.rows(
        f"SELECT id, argMax(cause, began) AS newest FROM (SELECT run_of AS id, min(start_time) AS began, "
        f"argMin(tuple({', '.join(_FAILURE.values())}), {_END}) AS cause {matching} AND status_code = 2 "
        "GROUP BY run_of, trace_id) GROUP BY id",
        condition.params | {"ids": names},
    )
    causes = {r["id"]: dict(zip(_FAILURE, r["newest"].values(), strict=True)) for r in rows}
    return {name: cause | {"start_time": moment(cause["start_time"])} for name, cause in causes.items()}


def _runs(reads: Reader, condition: Condition, within: Window, named: str, more: str = "") -> str:
    """FROM and WHERE of all spans of the runs of some workflows, as `run_of`; more: columns."""
    around = Window(max(0, within.start_ns - HOUR_NS), within.end_ns + HOUR_NS)
    runs = (
        f"SELECT DISTINCT workflow AS run_of, trace_id FROM {reads.spans(within)} "
        f"WHERE {named} AND {between('start_time', within)}"
    )
    if not condition.anything:
        runs += (
            f" AND trace_id IN (SELECT trace_id FROM {condition.source(reads.spans(around))} "
            f"WHERE {between('start_time', around)} AND {condition.sql})"
        )
    return (
        f"FROM (SELECT {_COLUMNS}{more} FROM {reads.spans(around)} WHERE {between('start_time', around)} "
        f"AND trace_id IN (SELECT trace_id FROM ({runs}))) AS done INNER JOIN ({runs}) AS run USING trace_id WHERE true"
    )


def _ordered(reads: Reader, column: str, matching: str, params: dict[str, Any], page: Page) -> list[_Named]:
    """The first `limit + 1` groups behind the cursor, with their keys: the order needs few columns of all rows."""
    after = page.after()
    bound = f"HAVING (sort_key, id) {page.beyond} ({after[0]:d}, {{last:String}})" if after else ""
    found = reads.query(
        f"SELECT {column} AS id, toInt64({_KEYS[page.sort]}) AS sort_key {matching} GROUP BY {column} {bound} "
        f"ORDER BY sort_key {page.direction}, id {page.direction} LIMIT {page.limit + 1}",
        params | ({"last": after[1]} if after else {}),
    )
    return list(zip(found["id"].to_pylist(), found["sort_key"].to_pylist(), strict=True))


def _following(keys: list[_Named], page: Page) -> str | None:
    return page.next(keys[page.limit - 1][1], keys[page.limit - 1][0]) if len(keys) > page.limit else None


def _figures_of(
    reads: Reader, column: str, matching: str, params: dict[str, Any], names: list[str], columns: str = FIGURES
) -> list[dict[str, Any]]:
    """The figures of some groups, in this order: many columns of few rows."""
    if not names:
        return []
    rows = reads.rows(
        f"SELECT {column} AS id, {columns} {matching} AND {column} IN {{ids:Array(String)}} GROUP BY {column}",
        params | {"ids": names},
    )
    return _in_order(rows, names)


def _in_order(rows: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    by_id = {r["id"]: r for r in rows}
    return [by_id[name] for name in names if name in by_id]


def figures(r: dict[str, Any]) -> dict[str, Any]:
    """What the rows of sessions and workflows have in common."""
    return {
        "start_time": moment(r["start_ns"]),
        "last_time": moment(r["end_ns"]),
        "duration_ns": r["end_ns"] - r["start_ns"],
        "spans": r["spans"],
        "errors": r["errors"],
        "agents": r["all_agents"],
        "input_tokens": r["all_input_tokens"],
        "output_tokens": r["all_output_tokens"],
        "cost_usd": r["all_cost_nano_usd"] / NANO,
        "unpriced": r["costless_models"],
    }
