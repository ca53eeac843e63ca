"""Elasticsearch's Query DSL over log records, as far as shippers and simple dashboards use it.

Source: Elasticsearch reference, "Query DSL", "Search API", "Aggregations". ECS names mean our columns (`COLUMNS`), every other
name is an attribute of the record. A query that is not known is refused, never ignored.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

import orjson
import pyarrow as pa

from swarmscope.errors import QueryError
from swarmscope.model.semantics import ELASTIC_ID as ID
from swarmscope.model.semantics import ELASTIC_INDEX as INDEX
from swarmscope.model.semantics import restore
from swarmscope.query.logs import _HASH, LEVEL_NAMES, level_of
from swarmscope.query.plain import plain
from swarmscope.query.reader import Reader
from swarmscope.query.text import Params, contains
from swarmscope.query.times import moment, parse_duration, parse_moment

MS_NS = 1_000_000
DEPTH_MAX = 20
CLAUSES_MAX = 512
SIZE_MAX = 10_000
BUCKETS_MAX = 10_000
SUB_BUCKETS_MAX = 100
QUERIES_MAX = 500  # that the aggregations of one search may take
LEVEL = f"arrayElement({list(LEVEL_NAMES)!r}, toUInt8(least(intDiv(severity + 3, 4), {len(LEVEL_NAMES) - 1})) + 1)"
COLUMNS = {
    "message": "body", "service.name": "service", "log.level": LEVEL, "trace.id": "lower(hex(trace_id))",
    "span.id": "lower(hex(span_id))", "agent.id": "agent", "agent.name": "agent", "session.id": "session",
    "event.action": "event_name", "log.logger": "scope_name", "_index": f"attributes['{INDEX}']", "_id": f"attributes['{ID}']",
    "event.severity": "toString(severity)",
}  # fmt: skip
_INTERVALS = {"minute": "1m", "hour": "1h", "day": "1d", "week": "1w", "1M": "30d", "month": "30d", "second": "1s"}
_PLACE = re.compile(r"(\d{1,6})-([0-9a-f]{16})")  # of a record among those of its millisecond: nanoseconds, hash
_COUNT = re.compile(r"-?[0-9]{1,4}")
_METRICS = {"avg": "avg", "min": "min", "max": "max", "sum": "sum"}


class Search:
    """One search: conditions and their parameters. QueryError: something is not known, or too large."""

    def __init__(self, reads: Reader, body: dict[str, Any], indices: list[str], seen_ns: int = 0) -> None:
        """seen_ns: records that arrived later are not read; 0: all are."""
        self._reads = reads
        self._body = body
        self._params = Params("e")
        self._clauses = self._queries = 0
        self.where = self._indices(indices) + " AND " + self._query(body.get("query") or {"match_all": {}}, 0)
        if seen_ns:
            self.where += f" AND received_at <= fromUnixTimestamp64Nano({seen_ns:d}, 'UTC')"

    def _indices(self, indices: list[str]) -> str:
        tests = []
        for name in indices:
            if name in ("", "_all", "*", "logs", "logs-*"):
                return "1"
            pattern = "^" + ".*".join(re.escape(part) for part in name.split("*")) + "$"
            column = COLUMNS["_index"]
            tests.append(f"match({column}, {self._bind(pattern)})")
        return f"({' OR '.join(tests)})" if tests else "1"

    def _bind(self, value: object) -> str:
        return self._params.bind(str(value), "String")

    def _column(self, name: str) -> str:
        bare = name.removesuffix(".keyword")
        return COLUMNS.get(bare) or f"attributes[{self._bind(bare)}]"

    def _query(self, query: Any, depth: int) -> str:
        self._clauses += 1
        if depth > DEPTH_MAX or self._clauses > CLAUSES_MAX:
            raise QueryError(f"a query of more than {CLAUSES_MAX} clauses or {DEPTH_MAX} levels")
        if not isinstance(query, dict) or len(query) != 1:
            raise QueryError('query malformed, one clause was expected: {"<kind>": {…}}')
        ((kind, said),) = query.items()
        match kind:
            case "match_all":
                return "1"
            case "match_none":
                return "0"
        said = _object(said, kind)
        match kind:
            case "bool":
                return self._bool(said, depth)
            case "constant_score":
                return self._query(said.get("filter"), depth + 1)
            case "ids":
                values = [str(v) for v in _list(said.get("values", []), "values")]
                return f"{COLUMNS['_id']} IN {self._params.bind(values, 'Array(String)')}"
            case "exists":
                return self._exists(str(said.get("field", "")))
            case "query_string" | "simple_query_string":
                return self._string(str(said.get("query", "")))
            case "multi_match":
                text = str(said.get("query", ""))
                fields = [str(f) for f in _list(said.get("fields", []), "fields")] or ["message"]
                return "(" + " OR ".join(self._text(f.partition("^")[0], text, False) for f in fields) + ")"
        return self._of_field(kind, said)

    def _of_field(self, kind: str, said: dict[str, Any]) -> str:
        name = next((n for n in said if n != "boost"), None)
        if name is None:
            raise QueryError(f"[{kind}] query malformed, no field given")
        value = said[name]
        if isinstance(value, dict) and kind != "range":
            value = value.get("query", value.get("value", ""))
        match kind:
            case "term":
                return self._term(name, value)
            case "terms" if isinstance(value, list):
                return f"({' OR '.join(self._term(name, v) for v in value[:CLAUSES_MAX])})" if value else "0"
            case "match":
                return self._text(name, str(value), False)
            case "match_phrase" | "match_phrase_prefix":
                return self._text(name, str(value), True)
            case "prefix":
                return f"startsWith({self._column(name)}, {self._bind(value)})"
            case "wildcard":
                expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in str(value))
                return f"match({self._column(name)}, {self._bind(f'(?s)^{expression}$')})"
            case "range" if isinstance(value, dict):
                return self._range(name, value)
        raise QueryError(f"unknown query [{kind}]")

    def _bool(self, said: dict[str, Any], depth: int) -> str:
        def clauses(name: str) -> list[str]:
            found = said.get(name) or []
            return [self._query(q, depth + 1) for q in (found if isinstance(found, list) else [found])]

        parts = clauses("must") + clauses("filter") + [f"NOT {q}" for q in clauses("must_not")]
        should = clauses("should")
        least = said.get("minimum_should_match", 0 if parts else 1)
        if should and str(least) not in ("0", ""):
            count = int(least) if _COUNT.fullmatch(str(least)) else 1
            parts.append(f"({' + '.join(f'({q})' for q in should)}) >= {count:d}")
        return f"({' AND '.join(parts)})" if parts else "1"

    def _term(self, name: str, value: Any) -> str:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return f"{self._column(name)} = {self._bind(text)}"

    def _text(self, name: str, value: str, phrase: bool) -> str:
        if name.removesuffix(".keyword") in COLUMNS and name != "message":
            return self._term(name, value)
        column = self._column(name)
        if column != "body":
            return f"positionCaseInsensitiveUTF8({column}, {self._bind(value)}) > 0"
        words = [value] if phrase else value.split()[:64]
        return "(" + " OR ".join(contains(self._params, "body", w) for w in words) + ")" if words else "0"

    def _exists(self, name: str) -> str:
        if name == "@timestamp":
            return "1"
        column = self._column(name)
        return f"NOT match({column}, '^0*$')" if name in ("trace.id", "span.id") else f"{column} != ''"

    def _range(self, name: str, said: dict[str, Any]) -> str:
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "from": ">=", "to": "<="}
        parts = []
        for key, value in said.items():
            if key not in signs or value is None:
                continue
            if name == "@timestamp":
                parts.append(f"time {signs[key]} fromUnixTimestamp64Nano({moment_of(value):d}, 'UTC')")
            else:
                try:
                    number = float(value)
                except (TypeError, ValueError) as e:
                    raise QueryError(f"range of [{name}] needs numbers, not {str(value)[:60]!r}") from e
                parts.append(f"toFloat64OrNull({self._column(name)}) {signs[key]} {number!r}")
        return f"ifNull({' AND '.join(parts)}, 0)" if parts else "1"

    def _string(self, text: str) -> str:
        """Words and `field:value`, with AND, OR and NOT between them, all of which must hold by default (Kibana's habit)."""
        try:
            words = shlex.split(text, posix=False)
        except ValueError as e:
            raise QueryError(f"Failed to parse query [{text[:100]}]: {e}") from e
        parts: list[str] = []
        joined = "AND"
        negate = False
        for word in words[:CLAUSES_MAX]:
            if word in ("AND", "OR", "&&", "||"):
                joined = "OR" if word in ("OR", "||") else "AND"
                continue
            if word in ("NOT", "!"):
                negate = True
                continue
            if word[:1] in "-+!" and len(word) > 1:
                negate, word = word[0] != "+", word[1:]
            test = self._word(word)
            test = f"NOT {test}" if negate else test
            negate = False
            if joined == "OR" and parts:
                parts[-1] = f"({parts[-1]} OR {test})"
            else:
                parts.append(test)
            joined = "AND"
        return f"({' AND '.join(parts)})" if parts else "1"

    def _word(self, word: str) -> str:
        name, colon, value = word.partition(":")
        if word in ("*", "*:*"):
            return "1"
        if not colon or word[0] == '"':
            return self._text("message", word.strip('"').strip("*"), True)
        value = value.strip('"')
        if value == "*":
            return self._exists(name)
        if "*" in value:
            return self._of_field("wildcard", {name: value})
        return self._text(name, value, True)

    def count(self) -> int:
        """Records that match."""
        return int(self._one("count()", self.where))

    def hits(self) -> list[dict[str, Any]]:
        """The page of records, each with its `_source`."""
        size, start = self._number("size", 10), self._number("from", 0)
        if size + start > SIZE_MAX:
            raise QueryError(
                f"Result window is too large, from + size must be less than or equal to: [{SIZE_MAX}] but was [{size + start}]"
            )
        if size == 0:
            return []
        descending = self._descending()
        where, order = self.where + self._after(descending), "DESC" if descending else "ASC"
        rows = self._reads.rows(
            f"SELECT toUnixTimestamp64Nano(time) AS time_ns, {_HASH} AS id, severity, severity_text, service, agent, session, "
            "lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, body, attributes, attribute_types, promoted "
            f"FROM $logs WHERE {where} ORDER BY time {order}, id {order} LIMIT {size:d} OFFSET {start:d}",
            self._params.values,
        )
        return [self._hit(r) for r in rows]

    def _number(self, name: str, default: int) -> int:
        value = self._body.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise QueryError(f"[{name}] parameter cannot be negative or no number, found [{value!r}]")
        return value

    def _descending(self) -> bool:
        name, order = sorts(self._body)[0]
        if name not in ("@timestamp", "_doc", "_score"):
            raise QueryError(f"No mapping found for [{name}] in order to sort on; records are sorted by @timestamp")
        return order == "desc" or name == "_score"

    def _after(self, descending: bool) -> str:
        after = self._body.get("search_after")
        if not isinstance(after, list) or not after:
            return ""
        begin = moment_of(after[0])
        if len(after) > 1 and (place := _PLACE.fullmatch(str(after[1]))):
            here, sign = begin + int(place[1]), "<" if descending else ">"
            at = f"fromUnixTimestamp64Nano({here:d}, 'UTC')"
            return f" AND (time {sign} {at} OR (time = {at} AND {_HASH} {sign} {int(place[2], 16):d}))"
        # what has the same millisecond is left out, as Elasticsearch does without a second sort
        beyond = f"< fromUnixTimestamp64Nano({begin:d}, 'UTC')" if descending else (
            f">= fromUnixTimestamp64Nano({begin // MS_NS * MS_NS + MS_NS:d}, 'UTC')"
        )  # fmt: skip
        return f" AND time {beyond}"

    def _sorted_by(self, r: dict[str, Any]) -> list[Any]:
        """Where a record stands: its millisecond, and for every further sort its place among those of the same one."""
        place = f"{r['time_ns'] % MS_NS}-{r['id']:016x}"
        return [r["time_ns"] // MS_NS, *[place] * (len(sorts(self._body)) - 1)]

    def _hit(self, r: dict[str, Any]) -> dict[str, Any]:
        attributes = restore(r["promoted"], r, dict(r["attributes"]), r["attribute_types"])
        index, identity = attributes.pop(INDEX, "logs"), attributes.pop(ID, f"{r['time_ns']}-{r['id']:016x}")
        source: dict[str, Any] = {"@timestamp": moment(r["time_ns"]), "message": r["body"]}
        source["log"] = {"level": r["severity_text"] or level_of(r["severity"])}
        for name, value in (("service", r["service"]), ("trace", r["trace"].strip("0") and r["trace"]),
                            ("span", r["span"].strip("0") and r["span"])):  # fmt: skip
            if value:
                source[name] = {"name" if name == "service" else "id": value}
        for name, value in attributes.items():
            source.setdefault(name, value)
        return {
            "_index": index,
            "_id": identity,
            "_score": None,
            "_source": self._picked(source),
            "sort": self._sorted_by(r),
        }

    def _picked(self, source: dict[str, Any]) -> dict[str, Any]:
        wanted = self._body.get("_source", True)
        if wanted is False:
            return {}
        names = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
        if not names:
            return source
        return {k: v for k, v in source.items() if any(n == k or n.partition(".")[0] == k or n == "*" for n in names)}

    def aggregations(self, wanted: Any, where: str = "", depth: int = 0) -> dict[str, Any]:
        """The answers to `aggs`."""
        if depth > 4 or not isinstance(wanted, dict) or len(wanted) > 32:
            raise QueryError("aggregations must be an object of at most 32, 4 levels deep")
        return {
            name: self._aggregation(_object(said, name), where or self.where, depth) for name, said in wanted.items()
        }

    def _aggregation(self, said: dict[str, Any], where: str, depth: int) -> dict[str, Any]:
        below = said.get("aggs", said.get("aggregations"))
        kind = next((k for k in said if k not in ("aggs", "aggregations", "meta")), "")
        about = _object(said.get(kind) or {}, kind)
        if kind == "filters":
            named = _object(about.get("filters", {}), kind)
            return {
                "buckets": {k: self._bucket(f"{where} AND {self._query(q, 1)}", below, depth) for k, q in named.items()}
            }
        if kind == "filter":
            return self._bucket(f"{where} AND {self._query(about, 1)}", below, depth)
        if kind == "date_histogram":
            return self._histogram(about, where, below, depth)
        column = self._column(str(about.get("field", "")))
        if kind == "terms":
            return self._terms(column, about, where, below, depth)
        if kind == "cardinality":
            return {"value": self._one(f"uniqCombined({column})", where)}
        if kind == "value_count":
            return {"value": self._one(f"countIf({column} != '')", where)}
        numbers = (
            "toFloat64(toUnixTimestamp64Milli(time))"
            if about.get("field") == "@timestamp"
            else f"toFloat64OrNull({column})"
        )
        if kind in _METRICS:
            return {"value": self._one(f"{_METRICS[kind]}({numbers})", where)}
        if kind == "percentiles":
            percents = _percents(about.get("percents", [1, 5, 25, 50, 75, 95, 99]))
            return {
                "values": {f"{p:.1f}": self._one(f"quantileExact({p / 100!r})({numbers})", where) for p in percents}
            }
        raise QueryError(f"Unknown aggregation type [{kind}]")

    def _one(self, expression: str, where: str) -> Any:
        value = self._table(f"SELECT {expression} AS v FROM $logs WHERE {where}").to_pylist()[0]["v"]
        return None if value is None or value != value else value

    def _table(self, sql: str) -> pa.Table:
        self._queries += 1
        if self._queries > QUERIES_MAX:
            raise QueryError(
                f"Trying to create too many buckets: more than {QUERIES_MAX} queries; nest fewer aggregations"
            )
        return self._reads.query(sql, self._params.values)

    def _bucket(self, where: str, below: Any, depth: int) -> dict[str, Any]:
        return {"doc_count": self._one("count()", where)} | (
            self.aggregations(below, where, depth + 1) if below else {}
        )

    def _terms(self, column: str, about: dict[str, Any], where: str, below: Any, depth: int) -> dict[str, Any]:
        size = about.get("size", 10)
        if not isinstance(size, int):
            raise QueryError(f"[size] of terms is a whole number, not {str(size)[:40]!r}")
        size = min(size, SUB_BUCKETS_MAX if below else BUCKETS_MAX)
        rows = self._table(
            f"SELECT {column} AS v, count() AS n, sum(n) OVER () AS total FROM $logs WHERE {where} AND v != '' GROUP BY v "
            f"ORDER BY n DESC, v LIMIT {max(1, size):d}"
        )
        buckets = []
        for value, n in zip(plain(rows["v"]), plain(rows["n"]), strict=True):
            more = self.aggregations(below, f"{where} AND {column} = {self._bind(value)}", depth + 1) if below else {}
            buckets.append({"key": value, "doc_count": n} | more)
        total = plain(rows["total"])[0] if rows.num_rows else 0
        rest = total - sum(b["doc_count"] for b in buckets)
        return {"doc_count_error_upper_bound": 0, "sum_other_doc_count": rest, "buckets": buckets}

    def _histogram(self, about: dict[str, Any], where: str, below: Any, depth: int) -> dict[str, Any]:
        text = str(about.get("fixed_interval") or about.get("calendar_interval") or about.get("interval") or "1m")
        step = parse_duration(_INTERVALS.get(text, text), "interval")
        if step < 10**6:
            raise QueryError(f"interval {text[:40]!r} is shorter than a millisecond")
        rows = self._table(
            f"SELECT intDiv(toUnixTimestamp64Nano(time), {step:d}) AS b, count() AS n FROM $logs WHERE {where} GROUP BY b "
            f"ORDER BY b LIMIT {BUCKETS_MAX + 1}"
        )
        if rows.num_rows > (SUB_BUCKETS_MAX if below else BUCKETS_MAX):
            raise QueryError("Trying to create too many buckets; use a longer interval or a shorter time range")
        buckets = []
        for b, n in zip(plain(rows["b"]), plain(rows["n"]), strict=True):
            low = f"{where} AND intDiv(toUnixTimestamp64Nano(time), {step:d}) = {b:d}"
            more = self.aggregations(below, low, depth + 1) if below else {}
            buckets.append({"key_as_string": moment(b * step), "key": b * step // 10**6, "doc_count": n} | more)
        return {"buckets": buckets}


def sorts(body: dict[str, Any]) -> list[tuple[str, str]]:
    """By what a search wants its records sorted: names and orders, one at least. QueryError."""
    wanted = body.get("sort") or [{"@timestamp": "desc"}]
    found = []
    for clause in wanted if isinstance(wanted, list) else [wanted]:
        if isinstance(clause, str):
            found.append((clause, "asc"))
            continue
        for name, order in _object(clause, "sort").items():
            found.append((name, str(order.get("order", "asc") if isinstance(order, dict) else order)))
    if not found:
        raise QueryError("[sort] malformed, no field given")
    return found


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise QueryError(f"[{name[:100]}] malformed, an object was expected, not {str(value)[:60]!r}")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise QueryError(f"[{name}] malformed, a list was expected, not {str(value)[:60]!r}")
    return value


def _percents(value: Any) -> list[float]:
    wanted = _list(value, "percents")
    if not all(isinstance(p, int | float) and 0 <= p <= 100 for p in wanted):
        raise QueryError("[percents] are numbers from 0 to 100")
    return [float(p) for p in wanted[:32]]


def moment_of(value: Any) -> int:
    """Nanoseconds of a date as Elasticsearch takes it: ISO text, milliseconds, `now-15m`, rounding (`/d`) left out."""
    if isinstance(value, int | float):
        return int(value) * 10**6
    return parse_moment(re.sub(r"/[smhdwMy]$|\|\|.*$", "", str(value)), "@timestamp")


def indices(reads: Reader) -> list[dict[str, Any]]:
    """The indices that documents came for, with counts; records of other wires are `logs`."""
    rows = reads.query(
        f"SELECT if(attributes['{INDEX}'] = '', 'logs', attributes['{INDEX}']) AS name, count() AS n, "
        "sum(length(body)) AS size FROM $logs GROUP BY name ORDER BY name LIMIT 1000"
    )
    columns = zip(plain(rows["name"]), plain(rows["n"]), plain(rows["size"]), strict=True)
    return [{"index": name, "docs": n, "bytes": size} for name, n, size in columns]


def loaded(raw: bytes) -> dict[str, Any]:
    """A body as an object; an empty one is {}. QueryError."""
    try:
        value = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError as e:
        raise QueryError(f"request body is not valid JSON: {e}") from e
    if not isinstance(value, dict):
        raise QueryError("request body must be an object")
    return value
