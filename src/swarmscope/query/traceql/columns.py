"""What a span has under an attribute, as SQL: one expression for each type that a value may have, NULL where it is another.

TraceQL is typed: `.a = "5"` does not find the number 5. `spans` keeps attributes as text with a letter for their type, and
what conventions name in columns of its own; here both look alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from swarmscope.errors import QueryError
from swarmscope.model.semantics import KEY_SLOT, TRANSLATIONS, Slot, untranslate
from swarmscope.query.reader import Reader
from swarmscope.query.text import Params
from swarmscope.query.traceql.tree import Attribute

RESOURCES_MAX = 20_000
STATUS = {"unset": 0, "ok": 1, "error": 2}
KINDS = {"unspecified": 0, "internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
ROOT = "parent_span_id = toFixedString('', 8)"
SCOPE_PREFIX = "otel.scope."
DERIVED_PREFIX = "swarmscope."
_DERIVED_TEXTS = (
    "agent", "agent_name", "session", "workflow", "peer_agent", "operation", "provider", "model", "tool",
)  # fmt: skip
_DERIVED_NUMBERS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cached_tokens": "cached_tokens",
    "reasoning_tokens": "reasoning_tokens",
    "cost_usd": "cost_nano_usd / 1e9",
    "ttft": "ttft_ns",
}
DERIVED = tuple(DERIVED_PREFIX + name for name in (*_DERIVED_TEXTS, *_DERIVED_NUMBERS))
"""Attributes that every span has whatever convention it follows: what Swarmscope made of them on the way in."""


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of a value by type, empty where it can never have that type. code: of a column of `codes` (status, kind).

    many: the expressions are arrays, of which one element at least must meet a condition. seconds: the number is nanoseconds.
    exact: text → a sharper condition for equality with that text, which an index knows. exists: empty for the usual one.
    """

    text: str = ""
    number: str = ""
    flag: str = ""
    code: str = ""
    codes: dict[str, int] | None = None
    many: bool = False
    seconds: bool = False
    exact: Callable[[str], str] | None = None
    exists: str = ""

    @property
    def present(self) -> str:
        """Whether there is a value, as SQL."""
        if self.exists:
            return self.exists
        if self.many:
            return f"notEmpty({self.text or self.number})"
        parts = [f"isNotNull({part})" for part in (self.text, self.number, self.flag) if part]
        return f"({' OR '.join(parts)})" if parts else "0"

    @property
    def single(self) -> Value:
        """The first of many."""
        if not self.many:
            return self
        text, number, flag = (
            f"arrayElementOrNull({part}, 1)" if part else "" for part in (self.text, self.number, self.flag)
        )
        return Value(text, number, flag, seconds=self.seconds)


class Columns:
    """The values of attributes, and what the query must then read beside `spans`: `traces`, `children`."""

    def __init__(self, reads: Reader, params: Params) -> None:
        self._reads = reads
        self._params = params
        self.traces = False
        """Whether `root_name`, `root_service` and `trace_ns` are asked for."""
        self.children = False
        """Whether `child_count` is asked for."""
        self.parents: dict[Attribute, Value] = {}
        """What is asked for of the spans above. The values of the i-th stand in `p<i>t`, `p<i>n`, `p<i>b`, and `p<i>e` says
        whether it has one."""

    def of(self, attribute: Attribute) -> Value:
        """The value of an attribute. QueryError: it cannot be asked for."""
        match attribute.scope:
            case "intrinsic":
                return self._intrinsic(attribute.name)
            case "span":
                return self.span(attribute.name)
            case "resource":
                return self.resource(attribute.name)
            case "instrumentation":
                return self.resource(SCOPE_PREFIX + attribute.name)
            case "parent" | "parent.span" | "parent.resource":
                return self._above(Attribute(attribute.scope.partition(".")[2], attribute.name))
            case "event" | "link":
                return self._nested(attribute.scope, attribute.name)
        return self._either(attribute.name)

    def _above(self, of: Attribute) -> Value:
        if of not in self.parents:
            self.parents[of] = self.of(of)
        i = list(self.parents).index(of)
        return Value(f"p{i}t", f"p{i}n", f"p{i}b", exists=f"p{i}e")

    def bind(self, value: object, kind: str) -> str:
        """The placeholder of a value."""
        return self._params.bind(value, kind)

    # attributes

    def span(self, key: str) -> Value:
        """An attribute of the span itself."""
        if key in DERIVED:
            return _derived(key.removeprefix(DERIVED_PREFIX))
        slot = KEY_SLOT.get(key)
        held = f"has(splitByChar(',', promoted), {self.bind(key, 'String')})" if slot else ""
        own = self.mapped("attributes", "attribute_types", key)
        if slot is None:
            return own
        parts = {"text": own.text, "number": own.number, "flag": own.flag}
        name = {"s": "text", "b": "flag"}.get(slot.letter, "number")
        parts[name] = f"if({held}, {promoted(slot, key)}, {parts[name]})"
        exact = None
        if slot.letter == "s" and key not in TRANSLATIONS:
            exact = self._exact(held, slot.column, own)
        held_or_own = f"({held} OR {own.exists})"
        return Value(parts["text"], parts["number"], parts["flag"], exact=exact, exists=held_or_own)

    def _exact(self, held: str, column: str, own: Value) -> Callable[[str], str]:
        def condition(placeholder: str) -> str:
            assert own.exact is not None  # noqa: S101 # `mapped` always has one
            return f"(({held} AND {column} = {placeholder}) OR {own.exact(placeholder)})"

        return condition

    def mapped(self, column: str, types: str, key: str) -> Value:
        """One key of a map of texts whose types stand beside it."""
        name = self.bind(key, "String")
        cell = f"{column}[{name}]"
        letter = f"substring({types}, indexOf(mapKeys({column}), {name}), 1)"
        return Value(
            text=f"if({letter} = 's', {cell}, NULL)",
            number=f"if({letter} IN ('i', 'd'), toFloat64OrNull({cell}), NULL)",
            flag=f"if({letter} = 'b', {cell} = 'true', NULL)",
            exact=lambda placeholder: f"({cell} = {placeholder} AND {letter} = 's')",
            exists=f"mapContains({column}, {name})",
        )

    def resource(self, key: str) -> Value:
        """An attribute of what the span comes from. Resources are few: their values are looked up once."""
        if key == "service.name":
            text = "nullIf(toString(service), '')"
            return Value(text, exact=lambda placeholder: f"service = {placeholder}", exists="service != ''")
        ids, values = self._values(key)
        if not ids:
            return Value("NULL::Nullable(String)", exact=lambda _: "0", exists="0")
        found = f"transform(resource_id, {self.bind(ids, 'Array(UInt64)')}, {self.bind(values, 'Array(String)')}, '')"
        letter = f"substring({found}, 1, 1)"
        rest = f"substring({found}, 2)"
        return Value(
            text=f"if({letter} = 's', {rest}, NULL)",
            number=f"if({letter} IN ('i', 'd'), toFloat64OrNull({rest}), NULL)",
            flag=f"if({letter} = 'b', {rest} = 'true', NULL)",
            exact=self._of_resources(ids, values),
            exists=f"{found} != ''",
        )

    def _of_resources(self, ids: list[int], values: list[str]) -> Callable[[str], str]:
        def condition(placeholder: str) -> str:
            wanted = "s" + str(self._params.values[placeholder.strip("{}").partition(":")[0]])
            hits = [i for i, value in zip(ids, values, strict=True) if value == wanted]
            return f"resource_id IN {self.bind(hits, 'Array(UInt64)')}" if hits else "0"

        return condition

    def _values(self, key: str) -> tuple[list[int], list[str]]:
        """Resources with an attribute, and its value behind the letter of its type."""
        rows = self._reads.query(
            "SELECT resource_id, concat(substring(attribute_types, indexOf(mapKeys(attributes), {key:String}), 1), "
            "attributes[{key:String}]) AS value FROM $resources WHERE mapContains(attributes, {key:String}) "
            f"LIMIT 1 BY resource_id LIMIT {RESOURCES_MAX + 1}",
            {"key": key},
        )
        if rows.num_rows > RESOURCES_MAX:
            raise QueryError(
                f"more than {RESOURCES_MAX} resources have {key}; narrow the query by resource.service.name or a span attribute"
            )
        return rows["resource_id"].to_pylist(), rows["value"].to_pylist()

    def _either(self, key: str) -> Value:
        """Without a scope: the span's own attribute, else the resource's."""
        span, resource = self.span(key), self.resource(key)

        def part(own: str, other: str) -> str:
            return f"if({span.exists}, {own or 'NULL'}, {other or 'NULL'})" if own or other else ""

        def exact(placeholder: str) -> str:
            assert span.exact is not None and resource.exact is not None  # noqa: S101 # both of text
            return f"({span.exact(placeholder)} OR (NOT {span.exists} AND {resource.exact(placeholder)}))"

        return Value(
            part(span.text, resource.text),
            part(span.number, resource.number),
            part(span.flag, resource.flag),
            exact=exact,
            exists=f"({span.exists} OR {resource.exists})",
        )

    def _nested(self, scope: str, key: str) -> Value:
        """An attribute of events or links. The letters of their types stand one behind the other, for all maps of a span."""
        name, maps, types = self.bind(key, "String"), f"{scope}_attributes", f"{scope}_attribute_types"
        before = f"arrayMap((m, n) -> n - length(m), {maps}, arrayCumSum(arrayMap(m -> length(m), {maps})))"
        letters = f"arrayMap((m, n) -> substring({types}, n + indexOf(mapKeys(m), {name}), 1), {maps}, {before})"

        def held(part: str) -> str:
            cells = f"arrayMap((m, l) -> (m[{name}], l), {maps}, {letters})"
            return f"arrayMap(c -> {part}, arrayFilter((c, m) -> mapContains(m, {name}), {cells}, {maps}))"

        return Value(
            text=held("if(c.2 = 's', c.1, NULL)"),
            number=held("if(c.2 IN ('i', 'd'), toFloat64OrNull(c.1), NULL)"),
            flag=held("if(c.2 = 'b', c.1 = 'true', NULL)"),
            many=True,
        )

    # intrinsics

    def _intrinsic(self, name: str) -> Value:
        if name in _TEXTS:
            return Value(f"nullIf({_TEXTS[name]}, '')", exists=f"{_TEXTS[name]} != ''")
        if name in _ARRAYS:
            return Value(_ARRAYS[name], many=True)
        match name:
            case "span:name":
                return Value("toString(name)", exact=lambda placeholder: f"name = {placeholder}", exists="1")
            case "span:duration":
                return Value(number="toFloat64(duration_ns)", seconds=True, exists="1")
            case "span:status":
                return Value(word("status_code", STATUS), code="status_code", codes=STATUS, exists="1")
            case "span:kind":
                return Value(word("kind", KINDS), code="kind", codes=KINDS, exists="1")
            case "trace:id":
                return Value("lower(hex(trace_id))", exact=_trace_is, exists="1")
            case "span:nestedSetParent":
                return Value(number=f"if({ROOT}, -1, 1)", exists="1")
            case "event:timeSinceStart":
                since = (
                    "arrayMap(t -> toFloat64(toUnixTimestamp64Nano(t) - toUnixTimestamp64Nano(start_time)), event_time)"
                )
                return Value(number=since, many=True, seconds=True)
            case "span:childCount":
                self.children = True
                return Value(number="toFloat64(child_count)", exists="1")
            case "trace:duration":
                self.traces = True
                return Value(number="toFloat64(trace_ns)", seconds=True, exists="1")
            case "trace:rootName" | "trace:rootService":
                self.traces = True
                column = "root_name" if name == "trace:rootName" else "root_service"
                return Value(f"nullIf({column}, '')", exists=f"{column} != ''")
        raise QueryError(
            f"{name} is known for the spans of an answer only; ask for it with select({name.partition(':')[2]})"
        )


_TEXTS = {
    "span:statusMessage": "status_message",
    "span:id": "lower(hex(span_id))",
    "span:parentID": f"if({ROOT}, '', lower(hex(parent_span_id)))",
    "instrumentation:name": "toString(scope_name)",
    "instrumentation:version": "toString(scope_version)",
}
_ARRAYS = {
    "event:name": "arrayMap(n -> toString(n), event_name)",
    "link:traceID": "arrayMap(i -> lower(hex(i)), link_trace_id)",
    "link:spanID": "arrayMap(i -> lower(hex(i)), link_span_id)",
}


def _derived(name: str) -> Value:
    if name in _DERIVED_TEXTS:
        return Value(f"nullIf(toString({name}), '')", exact=lambda placeholder: f"{name} = {placeholder}")
    return Value(number=f"nullIf(toFloat64({_DERIVED_NUMBERS[name]}), 0)", seconds=name == "ttft")


def word(column: str, codes: dict[str, int]) -> str:
    """The word of a code, as SQL."""
    names = ", ".join(f"'{name}'" for name in codes)
    return f"arrayElement([{names}], least({column}, {len(codes) - 1}) + 1)"


def _trace_is(placeholder: str) -> str:
    return f"trace_id = toFixedString(unhex(leftPad({placeholder}, 32, '0')), 16)"


def promoted(slot: Slot, key: str) -> str:
    """A promoted attribute as it was sent."""
    if slot.column == "total_tokens":
        return "toFloat64(input_tokens) + output_tokens"
    if slot.letter == "b":
        return "1"
    if slot.letter == "s":
        raw = {canonical: untranslate(key, canonical) for canonical in TRANSLATIONS.get(key, {}).values()}
        changed = {c: r for c, r in raw.items() if c != r}
        if not changed:
            return f"toString({slot.column})"
        before, after = (", ".join(f"'{v}'" for v in side) for side in (changed, changed.values()))
        return f"transform(toString({slot.column}), [{before}], [{after}], toString({slot.column}))"
    return f"toFloat64({slot.column})" + (f" / {slot.scale}" if slot.letter == "d" else "")
