"""From the tree of a filter to an SQL condition. Values only ever travel as bound parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from functools import cached_property
from itertools import groupby
from typing import Literal as Choice
from typing import NamedTuple

from swarmscope.errors import QueryError
from swarmscope.model.semantics import KEY_SLOT, translate
from swarmscope.query.fields import LEVEL_WIDTH, LOG_SLOTS, NOUNS, Field
from swarmscope.query.filters import All, Any, Compare, Literal, Node, Not, Text, parse, walk
from swarmscope.query.reader import Reader
from swarmscope.query.text import MESSAGES_MAX, Heard, Params, contains, messages, some, words_of
from swarmscope.query.times import parse_duration, parse_moment

Noun = Choice["spans", "logs"]

_HEX = re.compile(r"[0-9a-f]*")
_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,3})?")
_ORDERED = (">", ">=", "<", "<=")
_SPAN_COLUMNS = {f.column: f for f in NOUNS["spans"].values()} | {"total_tokens": NOUNS["spans"]["tokens"]}
_COLUMNS = {"spans": _SPAN_COLUMNS, "logs": {slot: NOUNS["logs"][name] for slot, name in LOG_SLOTS.items()}}
_TRACE = re.compile(r"[0-9a-f]{32}")
_NARROW = frozenset({"agent", "session", "trace_id"})


class Way(NamedTuple):
    """How a span can hold a phrase. parts: must all hold, each tried on what those before it have left. kind: where it is
    held; ways of one kind come one after the other."""

    kind: str
    parts: tuple[str, ...]


class Condition:
    """A filter as SQL over the rows of a noun: `sql` asked of `source(table)`, with `params`.

    phrases: free text that every match must hold. Of those that few messages hold, these are known; the others are `unlisted`,
    and of these `sql` and `ways` know the newest MESSAGES_MAX messages only. listed: all but the unlisted ones, as SQL with
    `listed_params`; `query/phrases.py` asks spans for the unlisted ones without a list of messages.
    rare: one of the phrases is held by few messages, so that it is better looked for in much at once.
    common: there are phrases and none is rare.
    ways: where not empty, a row must match one of these too: all parts of it. Each has a column or an index of its own;
    `source` sees to that.
    prefix: of the names of its parameters; two filters in one query need two. heard: by phrases, what was asked of them for
    this filter.
    """

    def __init__(self, reads: Reader, noun: Noun, text: str, prefix: str = "f") -> None:
        self.noun = noun
        self.text = text
        self.heard: dict[tuple[str, ...], Heard] = {}
        self._reads = reads
        self._params = Params(prefix)
        self.tree = parse(text)
        rest, self.phrases = _split(self.tree) if noun == "spans" else (self.tree, [])
        for term in self.phrases:
            _check(term)
        self._fields = [self._node(item) for item in (rest.items if isinstance(rest, All) else (rest,))]

    @cached_property
    def _found(self) -> list[list[tuple[str, int]] | None]:
        """By phrase, the messages that hold it; None: more than MESSAGES_MAX."""
        return [some(self._reads, term.phrase) for term in self.phrases]

    @cached_property
    def rare(self) -> bool:
        """See the class."""
        return any(found is not None for found in self._found)

    @property
    def narrow(self) -> bool:
        """Whether a match is of one agent, session or trace, of which an hour is read as soon as a minute of all."""
        return self._of_one(_NARROW)

    @property
    def of_one_agent(self) -> bool:
        """Whether a match is of one agent: of each minute, its rows lie together."""
        return self._of_one({"agent"})

    def _of_one(self, fields: Set[str]) -> bool:
        items = self.tree.items if isinstance(self.tree, All) else (self.tree,)
        return any(
            isinstance(i, Compare)
            and i.field in fields
            and i.op in (":", "=")
            and len(i.values) == 1
            and not i.values[0].wild
            for i in items
        )

    @property
    def common(self) -> bool:
        """See the class."""
        return bool(self.phrases) and not self.rare

    @cached_property
    def _order(self) -> list[int]:
        """The phrases, that of the fewest messages first."""
        return sorted(range(len(self.phrases)), key=lambda i: _count(self._found[i]))

    @property
    def unlisted(self) -> list[str]:
        """See the class."""
        return [self.phrases[i].phrase for i in self._order if self._found[i] is None]

    @cached_property
    def _listed(self) -> tuple[list[list[Way]], dict[str, object]]:
        """The ways to hold each phrase that is not unlisted; what they and the fields are bound to."""
        ways = [self._span_text(self.phrases[i], self._found[i]) for i in self._order[: -len(self.unlisted) or None]]
        return ways, dict(self._params.values)

    @property
    def listed(self) -> str:
        """See the class."""
        return _all([*self._fields, *map(_one_of, self._listed[0])])

    @property
    def listed_params(self) -> dict[str, object]:
        """See the class."""
        return self._listed[1]

    @cached_property
    def ways(self) -> list[Way]:
        """See the class."""
        if not self.phrases:
            return []
        first = self._order[0]
        return self._listed[0][0] if self._listed[0] else self._span_text(self.phrases[first], self._found[first])

    @property
    def way_params(self) -> dict[str, object]:
        """What the parameters of `ways` and `beside` are bound to."""
        _ = self.ways  # binds them
        return dict(self._params.values)

    @cached_property
    def _others(self) -> list[str]:
        """That each phrase but that of `ways` is held."""
        listed, ways = self._listed[0], self.ways
        rest = [self._span_text(self.phrases[i], self._found[i]) for i in self._order[max(1, len(listed)) :]]
        return [_one_of(w) for w in [*listed[1:], *rest]] if ways else []

    @property
    def beside(self) -> list[str]:
        """What `listed` asks beside `ways`: all of it must hold."""
        return [*self._fields, *map(_one_of, self._listed[0][1:])]

    @property
    def sql(self) -> str:
        """See the class."""
        return _all(self.parts)

    @property
    def parts(self) -> list[str]:
        """What `sql` asks: all of it must hold."""
        return [*self._fields, *self._others]

    def source(self, table: str) -> str:
        """What to read the rows from that `sql` is then asked of.

        A phrase can be found in several columns, each with an index of its own. Asked for with OR, not all of them would be
        used, so there is one query for each kind of way to find it, without what those before it found. Each is planned for all
        columns: one for each way would cost more than it saves.
        """
        if not self.ways:
            return table
        parts, kinds = [], [_one_of(list(same)) for _, same in groupby(self.ways, lambda way: way.kind)]
        for i, way in enumerate(kinds):
            others = "".join(f" AND NOT ({before})" for before in kinds[:i])
            parts.append(f"SELECT * FROM {table} WHERE {way}{others}")
        return f"({' UNION ALL '.join(parts)})"

    @property
    def anything(self) -> bool:
        """Whether every row matches."""
        return self.only_phrases and not self.phrases

    @property
    def only_phrases(self) -> bool:
        """Whether phrases are all that it asks for, or nothing is."""
        return not self._fields

    @property
    def whole(self) -> str:
        """All of the filter as one condition, for a few rows that are read anyway."""
        return f"({_one_of(self.ways)} AND {self.sql})" if self.ways else self.sql

    @property
    def params(self) -> dict[str, object]:
        """What the parameters of `sql`, `ways` and `source` are bound to."""
        _ = self._others  # binds those of the phrases
        return self._params.values

    def _bind(self, value: object, kind: str) -> str:
        return self._params.bind(value, kind)

    def _node(self, node: Node) -> str:
        match node:
            case All(items):
                return "(" + " AND ".join(map(self._node, items)) + ")" if items else "1"
            case Any(items):
                return "(" + " OR ".join(map(self._node, items)) + ")"
            case Not(item):
                return f"NOT {self._node(item)}"
            case Text():
                return self._text(node)
            case Compare():
                return self._compare(node)

    # fields

    def _compare(self, term: Compare) -> str:
        if term.op == "!=":
            return f"NOT {self._compare(Compare(term.field, '=', term.values, term.position))}"
        if term.op in (*_ORDERED, "~") and len(term.values) > 1:
            raise QueryError(
                f"{term.op} takes one value, not {len(term.values)}; write several terms joined by OR", term.position
            )
        known = NOUNS[self.noun].get(term.field)
        if known is not None:
            return self._field(known, term)
        prefix, _, key = term.field.partition(".")
        if key and prefix == "resource":
            inner = self._entry("attributes", key, term)
            return f"resource_id IN (SELECT resource_id FROM $resources WHERE {inner})"
        if key and prefix == "event" and self.noun == "spans":
            return f"arrayExists(e -> {self._entry('e', key, term)}, event_attributes)"
        if key and prefix in ("attr", "attributes"):
            return self._entry("attributes", key, term)
        return self._attribute(term)

    def _attribute(self, term: Compare) -> str:
        """An original attribute key: in its column where it was promoted, in the map where it was not."""
        entry = self._entry("attributes", term.field, term)
        slot = KEY_SLOT.get(term.field)
        column = _COLUMNS[self.noun].get(slot.column) if slot else None
        if column is None or slot is None:
            return entry
        values = tuple(Literal(translate(term.field, v.text)[0], v.quoted) for v in term.values)
        held = self._field(column, Compare(term.field, term.op, values, term.position))
        return f"(({self._holds(term.field)} AND {held}) OR {entry})"

    def _holds(self, key: str) -> str:
        """Whether the span brought the attribute under this very key."""
        return f"has(splitByChar(',', promoted), {self._bind(key, 'String')})"

    def _field(self, known: Field, term: Compare) -> str:
        if [v.text for v in term.values if not v.quoted] == ["*"]:
            return self._exists(known, term)
        if known.kind == "text":
            return self._text_field(known, term)
        if term.op == "~":
            raise QueryError(f"{known.name} is a {known.kind}, and ~ is for text; {_usage(known)}", term.position)
        if known.kind in ("choice", "flag", "hex"):
            options = [getattr(self, f"_{known.kind}")(known, term, v) for v in term.values]
            return _either(options)
        return _either([self._number(known, term, v) for v in term.values])

    def _exists(self, known: Field, term: Compare) -> str:
        if term.op not in (":", "="):
            raise QueryError(f"{term.op}* means nothing; {known.name}:* asks whether there is a value", term.position)
        if known.array:
            return f"notEmpty({known.column})"
        match known.kind:
            case "text":
                return f"{known.column} != ''"
            case "hex" if not known.number:
                return f"{known.column} != toFixedString('', {known.width // 2})"
            case "flag" | "moment" | "choice":
                return "1"
        return f"{known.column} != 0"

    def _text_field(self, known: Field, term: Compare) -> str:
        if term.op in _ORDERED:
            raise QueryError(f"{known.name} is text; {_usage(known)}", term.position)
        column = "v" if known.array else known.column
        plain = [v.text for v in term.values if not (v.wild and term.op == ":")]
        if term.op == "~":
            options = [f"match({column}, {self._bind(plain[0], 'String')})"]
        else:
            options = [f"{column} = {self._bind(plain[0], 'String')}"] if len(plain) == 1 else []
            if len(plain) > 1:
                options = [f"{column} IN {self._bind(plain, 'Array(String)')}"]
            wild = [v.text for v in term.values if v.wild and term.op == ":"]
            options += [self._like(column, w, f"{column} != ''") for w in wild]
        if known.array:
            return f"arrayExists(v -> {_either(options)}, {known.column})"
        return _either(options)

    def _like(self, column: str, pattern: str, present: str) -> str:
        return present if pattern == "*" else f"{column} LIKE {self._bind(like(pattern), 'String')}"

    def _choice(self, known: Field, term: Compare, value: Literal) -> str:
        name = value.text.lower()
        if name not in known.choices:
            raise QueryError(
                f"{known.name} cannot be {value.text!r}; it is one of {', '.join(known.choices)}", term.position
            )
        low = known.choices[name]
        width = LEVEL_WIDTH if known.name == "level" and low else 1
        if term.op in _ORDERED:
            if known.name != "level":
                raise QueryError(f"{known.name} has no order; {_usage(known)}", term.position)
            bound = low + width - 1 if term.op in (">", "<=") else low
            return f"{known.column} {term.op} {self._bind(bound, 'UInt8')}"
        if width == 1:
            return f"{known.column} = {self._bind(low, 'UInt8')}"
        return f"{known.column} BETWEEN {self._bind(low, 'UInt8')} AND {self._bind(low + width - 1, 'UInt8')}"

    def _flag(self, known: Field, term: Compare, value: Literal) -> str:
        if value.text not in ("true", "false") or term.op not in (":", "="):
            raise QueryError(f"{known.name} is true or false, not {value.text!r}", term.position)
        return known.column if value.text == "true" else f"NOT {known.column}"

    def _hex(self, known: Field, term: Compare, value: Literal) -> str:
        text = value.text.lower().removesuffix("*")
        whole = not value.text.endswith("*")
        if term.op not in (":", "=") or not _HEX.fullmatch(text) or (len(text) != known.width if whole else not text):
            raise QueryError(
                f"{known.name} is {known.width} hex digits, or fewer and `*`; got {value.text!r}", term.position
            )
        if known.number:
            column = f"lower(leftPad(hex({known.column}), 16, '0'))"
            if whole:
                return f"{known.column} = {self._bind(int(text, 16), 'UInt64')}"
        elif whole:
            return f"{known.column} = toFixedString(unhex({self._bind(text, 'String')}), {known.width // 2})"
        else:
            column = f"lower(hex({known.column}))"
        return f"startsWith({column}, {self._bind(text, 'String')})"

    def _number(self, known: Field, term: Compare, value: Literal) -> str:
        op = "=" if term.op == ":" else term.op
        try:
            match known.kind:
                case "duration":
                    bound = self._bind(parse_duration(value.text, known.name), "UInt64")
                case "moment":
                    number = self._bind(parse_moment(value.text, known.name), "Int64")
                    bound = f"fromUnixTimestamp64Nano({number}, 'UTC')"
                case "usd":
                    bound = self._bind(_whole(_number(value.text) * 1e9), "Int64")
                case _:
                    bound = self._bind(_number(value.text), "Float64")
        except (QueryError, ValueError) as e:
            raise QueryError(
                f"{known.name} cannot be compared with {value.text!r}: {_usage(known)}", term.position
            ) from e
        return f"{known.column} {op} {bound}"

    # attributes

    def _entry(self, column: str, key: str, term: Compare) -> str:
        """One key of a map of texts."""
        name = self._bind(key, "String")
        if [v.text for v in term.values if not v.quoted] == ["*"] and term.op in (":", "="):
            return f"mapContains({column}, {name})"
        if term.op in _ORDERED:
            try:
                bound = self._bind(_number(term.values[0].text), "Float64")
            except ValueError as e:
                detail = f"attribute {key} is compared by number with {term.op}; {term.values[0].text!r} is none"
                raise QueryError(detail, term.position) from e
            return f"ifNull(toFloat64OrNull({column}[{name}]) {term.op} {bound}, 0)"
        cell = f"{column}[{name}]"
        options = []
        for value in term.values:
            if term.op == "~":
                options.append(f"match({cell}, {self._bind(value.text, 'String')})")
            elif value.wild and term.op == ":":
                options.append(self._like(cell, value.text, f"mapContains({column}, {name})"))
            elif value.text == "":
                options.append(f"(mapContains({column}, {name}) AND {cell} = '')")
            else:
                options.append(f"{cell} = {self._bind(value.text, 'String')}")
        return _either(options)

    # full text

    def _text(self, term: Text) -> str:
        if self.noun == "spans":
            return _one_of(self._span_text(term, some(self._reads, term.phrase)))
        _check(term)
        whole = f"has(mapValues(attributes), {self._bind(term.phrase, 'String')})"
        return f"({contains(self._params, 'body', term.phrase)} OR {whole})"

    def _span_text(self, term: Text, found: list[tuple[str, int]] | None) -> list[Way]:
        """The ways in which a span can hold a phrase, each with a column or an index of its own: asked for with OR, two of
        them cost more than one after the other.

        First what is asked of every row, last what an index answers sharpest: what a way leaves out is then tested on few rows.
        """
        _check(term)
        text = self._bind(term.phrase, "String")
        ways = [Way("shown", (test,)) for test in shown(text)] + self._said(term.phrase, text, found)
        return [*ways, Way("agent", (f"agent = {text}",)), Way("valued", (valued(text),))]

    def _said(self, phrase: str, text: str, found: list[tuple[str, int]] | None) -> list[Way]:
        """Spans of the session of that name, and those with a message that holds the phrase."""
        if found is None:
            found = messages(self._reads, phrase)
        if not found:
            return [Way("said", (f"session = {text}",))]
        held = f"arrayExists(h -> h IN {self._bind(sorted({h for _, h in found}), 'Array(UInt64)')}, message_hash)"
        places = list(dict.fromkeys(place for place, _ in found))
        sessions = self._bind([*places, phrase], "Array(String)")
        ways = [Way("said", (f"session IN {sessions}", f"(session = {text} OR {held})"))]
        if traces := [s for s in places if _TRACE.fullmatch(s)]:
            wanted = f"(SELECT toFixedString(unhex(arrayJoin({self._bind(traces, 'Array(String)')})), 16))"
            ways.append(Way("said", ("session = ''", f"trace_id IN {wanted}", held)))
        return ways


def _count(found: list[tuple[str, int]] | None) -> int:
    return MESSAGES_MAX + 1 if found is None else len(found)


def shown(text: str) -> list[str]:
    """Conditions, of which one must hold: a span's name or what its error says holds a text, given as a placeholder."""
    return [f"positionCaseInsensitiveUTF8({column}, {text}) > 0" for column in ("name", "status_message")]


def valued(text: str) -> str:
    """A condition: a text, given as a placeholder, is the whole value of an attribute of a span."""
    return f"has(mapValues(attributes), {text})"


def _split(tree: Node) -> tuple[Node, list[Text]]:
    """The tree without the phrases that must hold for every match, and these."""
    items = tree.items if isinstance(tree, All) else (tree,)
    found = [i for i in items if isinstance(i, Text)]
    return (All(tuple(i for i in items if not isinstance(i, Text))), found) if found else (tree, [])


def _check(term: Text) -> None:
    if not words_of(term.phrase):
        raise QueryError(f"{term.phrase!r} has no letter or digit to look for", term.position)


def like(pattern: str) -> str:
    """A pattern with `*` as a LIKE pattern."""
    return re.sub(r"([\\%_])", r"\\\1", pattern).replace("*", "%")


def phrases(tree: Node) -> list[str]:
    """The free text in a filter."""
    return [t.phrase for t in walk(tree) if isinstance(t, Text)]


def _all(conditions: Sequence[str]) -> str:
    return "(" + " AND ".join(conditions) + ")" if len(conditions) > 1 else conditions[0] if conditions else "1"


def _one_of(ways: list[Way]) -> str:
    return _either([_all(way.parts) for way in ways])


def _either(options: list[str]) -> str:
    return options[0] if len(options) == 1 else "(" + " OR ".join(options) + ")"


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return float(text)


def _whole(value: float) -> int:
    if abs(value) >= 2**63:
        raise ValueError(value)
    return round(value)


def _usage(known: Field) -> str:
    match known.kind:
        case "duration":
            return f"write {known.name}>250ms or {known.name}>2s"
        case "moment":
            return f"write {known.name}>2026-01-31T12:00:00Z or {known.name}>-15m"
        case "usd" | "number":
            return f"write {known.name}>0.5"
        case "choice":
            return f"write {known.name}:{next(iter(known.choices))}"
        case "flag":
            return f"write {known.name}:true"
    return f'write {known.name}:value, {known.name}:val*, or {known.name}~"regular expression"'
