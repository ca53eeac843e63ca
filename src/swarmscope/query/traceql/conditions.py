"""From the condition of a spanset to SQL. Values only ever travel as bound parameters."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.errors import QueryError
from swarmscope.query.traceql.columns import Columns, Value
from swarmscope.query.traceql.parse import COMPARE
from swarmscope.query.traceql.tree import Attribute, Binary, Expression, Static, Unary

REGEX_MAX = 1024
_ARITHMETIC = {
    "+": "({} + {})",
    "-": "({} - {})",
    "*": "({} * {})",
    "/": "({} / {})",
    "%": "({} % {})",
    "^": "pow({}, {})",
}


class Conditions:
    """Expressions over `columns` as SQL."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def holds(self, node: Expression) -> str:
        """Whether it is true, as SQL that is never NULL. QueryError: it can be neither true nor false."""
        match node:
            case Static("bool", value):
                return "1" if value else "0"
            case Unary("!", item):
                return self._not(item)
            case Unary("exists", item):
                return self.value(item).present
            case Unary("missing", item):
                return f"NOT {self.value(item).present}"
            case Binary("&&", left, right):
                return f"({self.holds(left)} AND {self.holds(right)})"
            case Binary("||", left, right):
                return f"({self.holds(left)} OR {self.holds(right)})"
            case Binary(op, left, right) if op in COMPARE:
                return self._compare(op, left, right)
            case Binary("=~" | "!~" as op, left, Static(_, pattern)):
                return self._regex(op, self.value(left), str(pattern))
            case Binary("cidr", left, Static(_, network)):
                return self._within(self.value(left), str(network))
        return self._flag(node, True, "the condition of a spanset is true or false; compare the value with another")

    def value(self, node: Expression) -> Value:
        """The value of an expression, by type."""
        match node:
            case Attribute():
                return self._columns.of(node)
            case Static("string", value):
                return Value(self._columns.bind(value, "String"), exists="1")
            case Static("status" | "kind", value):
                return Value(self._columns.bind(value, "String"), exists="1")
            case Static("bool", value):
                return Value(flag="1" if value else "0", exists="1")
            case Static("nil"):
                raise QueryError("nil is compared with = and != only")
            case Static(kind, value):
                number = self._columns.bind(float(value or 0), "Float64")
                return Value(number=number, seconds=kind == "duration", exists="1")
            case Unary("-", item):
                return Value(number=f"(-{self._number(item)})")
            case Binary(op, left, right) if op in _ARITHMETIC:
                return Value(number=_ARITHMETIC[op].format(self._number(left), self._number(right)))
        return Value(flag=self.holds(node), exists="1")

    def _not(self, item: Expression) -> str:
        """Of an attribute that is no flag, neither it nor its opposite is true."""
        if isinstance(item, Attribute):
            return self._flag(item, False, f"{item} is neither true nor false")
        return f"NOT {self.holds(item)}"

    def _flag(self, node: Expression, wanted: bool, mistake: str) -> str:
        """Whether a value is true, or false. QueryError, with `mistake`: it can be neither."""
        value = self.value(node)
        if value.flag:
            return self._pair("=", value.flag, f"{wanted:d}", value.many)
        if isinstance(node, Attribute) and node.scope != "intrinsic":
            return "0"
        raise QueryError(mistake)

    def _number(self, node: Expression) -> str:
        value = self.value(node)
        if not value.number or value.many:
            raise QueryError("arithmetic needs numbers on both sides")
        return value.number

    def _compare(self, op: str, left: Expression, right: Expression) -> str:
        if isinstance(left, Static) and not isinstance(right, Static):
            return self._compare(_FLIPPED[op], right, left)
        ours, theirs = self.value(left), self.value(right)
        if isinstance(right, Static):
            if right.kind in ("status", "kind") or ours.codes is not None:
                return self._code(op, left, ours, right)
            if ours.exact is not None and op == "=" and right.kind == "string":
                return ours.exact(theirs.text)
        if theirs.many and not ours.many:
            return self._compare(_FLIPPED[op], right, left)
        if theirs.many:
            raise QueryError("attributes of events and links are compared with one value")
        pairs = [
            self._pair(op, mine, other, ours.many)
            for mine, other, ordered in (
                (ours.text, theirs.text, True),
                (ours.number, theirs.number, True),
                (ours.flag, theirs.flag, False),
            )
            if mine and other and (ordered or op in ("=", "!="))
        ]
        if not pairs:
            if isinstance(left, Attribute) and left.scope != "intrinsic":
                return "0"  # such an attribute may come one day: no mistake, only nothing found
            raise QueryError(f"these two cannot be compared with {op}: their types differ")
        return pairs[0] if len(pairs) == 1 else "(" + " OR ".join(pairs) + ")"

    def _pair(self, op: str, mine: str, other: str, many: bool) -> str:
        if many:
            return f"arrayExists(x -> ifNull(x {op} {other}, 0), {mine})"
        return f"ifNull({mine} {op} {other}, 0)"

    def _code(self, op: str, left: Expression, value: Value, word: Static) -> str:
        """Status and kind are compared with their own words, and with nothing else."""
        name = str(word.value)
        wanted = "span:status" if word.kind == "status" else "span:kind"
        if value.codes is None:
            if isinstance(left, Attribute) and left.scope != "intrinsic":
                return "0"
            raise QueryError(f"{name} is a {word.kind}, and is compared with {wanted.partition(':')[2]} only")
        if word.kind not in ("status", "kind") or name not in value.codes:
            raise QueryError(f"{left} is one of {', '.join(value.codes)}, without quotes")
        if op not in ("=", "!="):
            raise QueryError(f"{left} has no order; use = or !=")
        return f"{value.code} {op} {value.codes[name]:d}"

    def _regex(self, op: str, value: Value, pattern: str) -> str:
        if value.codes is not None or not value.text:
            raise QueryError(f"{op} is for text")
        if len(pattern) > REGEX_MAX:
            raise QueryError(f"a regular expression of {len(pattern)} characters; at most {REGEX_MAX} are used")
        anchored = f"^(?:{pattern})$"
        try:
            pc.match_substring_regex(pa.array([""]), anchored)  # RE2, as in the store
        except pa.ArrowInvalid as e:
            raise QueryError(f"{pattern[:100]!r} is no regular expression of RE2: {e}") from e
        bound = self._columns.bind(anchored, "String")
        sign = "" if op == "=~" else "NOT "
        if value.many:
            return f"arrayExists(x -> ifNull({sign}match(x, {bound}), 0), {value.text})"
        return f"ifNull({sign}match({value.text}, {bound}), 0)"

    def _within(self, value: Value, network: str) -> str:
        """Whether a text is an address of a network."""
        if value.codes is not None or not value.text:
            raise QueryError("cidr() is for text")
        bound = self._columns.bind(network, "String")
        here = f"if(isIPv4String(x) OR isIPv6String(x), isIPAddressInRange(x, {bound}), 0)"
        if value.many:
            return f"arrayExists(x -> {here}, arrayMap(t -> ifNull(t, ''), {value.text}))"
        return f"arrayExists(x -> {here}, [ifNull({value.text}, '')])"


_FLIPPED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
