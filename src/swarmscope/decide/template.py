"""Go templates in labels and annotations of alerts, as in Prometheus: `{{ $labels.agent }} waits {{ $value | humanize }}`.

Pipelines, variables, `if`, `with`, `range`, and the functions of `functions.py`; `query` asks PromQL. Not there: `define`
and `template`, which rules hardly use. Everything is bounded: length, depth, steps, output, queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from swarmscope.decide.functions import FUNCTIONS, TEXT_MAX, Sample, shown, true
from swarmscope.errors import InputError
from swarmscope.query.actions import split

LENGTH_MAX = 16_384
DEPTH_MAX = 20
STEPS_MAX = 20_000
QUERIES_MAX = 10
_ACTION = re.compile(
    r"\{\{(-(?=\s))?\s*(/\*.*?\*/|(?:[^}\"`]|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|\}(?!\}))*?)\s*((?<=\s)-)?\}\}", re.DOTALL
)
_WORD = re.compile(
    r"\s*(?:(?P<string>\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)|(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+))"
    r"|(?P<variable>\$\w*)|(?P<field>\.\w+)|(?P<dot>\.)|(?P<name>\w+)|(?P<op>:=|=|[|(),]))"
)
Value = Any
Ask = Callable[[str], list[Sample]]


class TemplateError(InputError):
    """A template that cannot be read, or fails."""


@dataclass(slots=True)
class _Run:
    """One expansion: variables by scope, what was written, what may still be done."""

    ask: Ask
    scopes: list[dict[str, Value]]
    out: list[str] = field(default_factory=list)
    size: int = 0
    steps: int = 0
    queries: int = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise TemplateError(f"more than {STEPS_MAX} steps")

    def write(self, text: str) -> None:
        self.size += len(text)
        if self.size > TEXT_MAX:
            raise TemplateError(f"more than {TEXT_MAX} characters come out")
        self.out.append(text)

    def find(self, name: str) -> Value:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        raise TemplateError(f"undefined variable {name!r}")

    def change(self, name: str, value: Value) -> None:
        for scope in reversed(self.scopes):
            if name in scope:
                scope[name] = value
                return
        raise TemplateError(f"undefined variable {name!r}")


class _Break(Exception):  # noqa: N818 # it is no error
    """Leaves a range; `again`: for its next turn."""

    def __init__(self, again: bool) -> None:
        super().__init__()
        self.again = again


Eval = Callable[[_Run, Value], Value]
Node = Callable[[_Run, Value], None]


class Template:
    """A template, read once. TemplateError: it cannot be understood."""

    def __init__(self, text: str) -> None:
        if len(text) > LENGTH_MAX:
            raise TemplateError(f"a template of {len(text)} characters; at most {LENGTH_MAX} are read")
        self._plain = text if "{{" not in text else None
        try:
            self._parts = split(text, _ACTION)
        except ValueError as e:
            raise TemplateError(str(e)) from None
        self._at = 0
        self._known: list[set[str]] = [{"$", "$labels", "$value", "$externalLabels", "$externalURL"}]
        self._body = self._block(0, ())

    def expand(
        self,
        labels: Mapping[str, str],
        value: float,
        ask: Ask,
        external: Mapping[str, str] | None = None,
        url: str = "",
    ) -> str:
        """The text for one alert. TemplateError: a function failed, or a bound was met."""
        if self._plain is not None:
            return self._plain
        data = {"Labels": labels, "ExternalLabels": external or {}, "ExternalURL": url, "Value": value}
        names = {"$": data, "$labels": labels, "$value": value, "$externalLabels": external or {}, "$externalURL": url}
        run = _Run(ask, [names])
        for node in self._body:
            node(run, data)
        return "".join(run.out)

    # ---- reading

    def _block(self, depth: int, ends: tuple[str, ...]) -> list[Node]:
        if depth > DEPTH_MAX:
            raise TemplateError("nested too deeply")
        nodes: list[Node] = []
        while self._at < len(self._parts):
            is_action, text = self._parts[self._at]
            word = text.partition(" ")[0] if is_action else ""
            if word in ("end", "else"):
                if word not in ends:
                    raise TemplateError(f"unexpected {{{{{text}}}}}")
                return nodes
            self._at += 1
            if not is_action:
                nodes.append(_literal(text))
            elif text and not text.startswith("/*"):
                nodes.append(self._action(word, text, depth))
        if ends:
            raise TemplateError("unexpected EOF: {{end}} is missing")
        return nodes

    def _action(self, word: str, text: str, depth: int) -> Node:
        if word in ("if", "with"):
            return self._choice(text, word, depth)
        if word == "range":
            return self._range(text[5:], depth)
        if word in ("break", "continue"):
            again = word == "continue"

            def leave(_run: _Run, _dot: Value) -> None:
                raise _Break(again)

            return leave
        if word in ("define", "template", "block"):
            raise TemplateError(f"{{{{{word}}}}} is not supported in rules")
        return self._statement(text)

    def _statement(self, text: str) -> Node:
        words = _words(text)
        if len(words) > 2 and words[0][0] == "variable" and words[1] in (("op", ":="), ("op", "=")):
            name, declares = words[0][1], words[1][1] == ":="
            value = self._whole(words[2:])
            if declares:
                self._known[-1].add(name)
            else:
                self._must_know(name)

            def assign(run: _Run, dot: Value) -> None:
                if declares:
                    run.scopes[-1][name] = value(run, dot)
                else:
                    run.change(name, value(run, dot))

            return assign
        pipeline = self._whole(words)
        return lambda run, dot: run.write(shown(pipeline(run, dot)))

    def _choice(self, text: str, word: str, depth: int) -> Node:
        self._known.append(set())
        words = _words(text[len(word) :])
        name = ""
        if len(words) > 2 and words[0][0] == "variable" and words[1] == ("op", ":="):
            name, words = words[0][1], words[2:]
        condition = self._whole(words)
        if name:
            self._known[-1].add(name)
        yes = self._block(depth + 1, ("end", "else"))
        no = self._otherwise(depth)
        self._known.pop()

        def choose(run: _Run, dot: Value) -> None:
            run.step()
            run.scopes.append({})
            value = condition(run, dot)
            if name:
                run.scopes[-1][name] = value
            inner = value if word == "with" and true(value) else dot
            for node in yes if true(value) else no:
                node(run, inner)
            run.scopes.pop()

        return choose

    def _otherwise(self, depth: int) -> list[Node]:
        """What stands behind {{else}}, up to and with {{end}}."""
        text = self._parts[self._at][1]
        self._at += 1
        if text == "end":
            return []
        rest = text[4:].strip()
        if not rest:
            no = self._block(depth + 1, ("end",))
            self._at += 1
            return no
        word = rest.partition(" ")[0]
        if word not in ("if", "with"):
            raise TemplateError(f"unexpected {{{{{text}}}}}")
        if depth > DEPTH_MAX:
            raise TemplateError("nested too deeply")
        return [self._choice(rest, word, depth + 1)]

    def _range(self, text: str, depth: int) -> Node:
        words = _words(text)
        names: list[str] = []
        ops = [i for i, word in enumerate(words) if word == ("op", ":=")]
        if ops:
            names = [word for kind, word in words[: ops[0]] if kind == "variable"]
            words = words[ops[0] + 1 :]
            if not 1 <= len(names) <= 2:
                raise TemplateError("range takes one or two variables")
        over = self._whole(words)
        self._known.append(set(names))
        body = self._block(depth + 1, ("end", "else"))
        self._known.pop()
        empty = self._otherwise(depth)

        def each(run: _Run, dot: Value) -> None:
            items = _items(over(run, dot))
            for key, item in items:
                run.step()
                run.scopes.append(dict(zip(names[::-1], (item, key), strict=False)))
                kept = len(run.scopes)
                try:
                    for node in body:
                        node(run, item)
                except _Break as left:
                    if not left.again:
                        break
                finally:
                    del run.scopes[kept - 1 :]
            if not items:
                for node in empty:
                    node(run, dot)

        return each

    # ---- pipelines

    def _whole(self, words: list[tuple[str, str]]) -> Eval:
        value, at = self._pipeline(words, 0, 0)
        if at != len(words):
            raise TemplateError(f"unexpected {words[at][1]!r}")
        return value

    def _pipeline(self, words: list[tuple[str, str]], at: int, depth: int) -> tuple[Eval, int]:
        if depth > DEPTH_MAX:
            raise TemplateError("nested too deeply")
        value, at = self._command(words, at, None, depth)
        while at < len(words) and words[at] == ("op", "|"):
            value, at = self._command(words, at + 1, value, depth)
        return value, at

    def _command(self, words: list[tuple[str, str]], at: int, last: Eval | None, depth: int) -> tuple[Eval, int]:
        if at >= len(words):
            raise TemplateError("missing value for command")
        kind, name = words[at]
        if kind != "name" or name in ("true", "false", "nil"):
            if last is not None:
                raise TemplateError(f"non executable command in pipeline: {name}")
            return self._operand(words, at, depth)
        at += 1
        given: list[Eval] = []
        while at < len(words) and words[at] not in (("op", "|"), ("op", ")")):
            one, at = self._operand(words, at, depth)
            given.append(one)
        if last is not None:
            given.append(last)
        return _call(name, given), at

    def _operand(self, words: list[tuple[str, str]], at: int, depth: int) -> tuple[Eval, int]:
        kind, text = words[at]
        at += 1
        base: Eval
        if kind == "string":
            value = _unquoted(text)
            return (lambda _run, _dot: value), at
        if kind == "number":
            amount = _number(text)
            return (lambda _run, _dot: amount), at
        if kind == "name":
            if text in ("true", "false", "nil"):
                constant = {"true": True, "false": False}.get(text)
                return (lambda _run, _dot: constant), at
            return _call(text, []), at
        if kind == "variable":
            self._must_know(text)
            base = lambda run, _dot: run.find(text)  # noqa: E731 # one of four forms of a base
        elif kind == "dot":
            base = lambda _run, dot: dot  # noqa: E731 # as above
        elif kind == "field":
            base = lambda _run, dot: _field(dot, text[1:])  # noqa: E731 # as above
        elif text == "(":
            base, at = self._pipeline(words, at, depth + 1)
            if at >= len(words) or words[at] != ("op", ")"):
                raise TemplateError("unclosed left paren")
            at += 1
        else:
            raise TemplateError(f"unexpected {text!r}")
        while at < len(words) and words[at][0] == "field" and not words[at][1].startswith(" "):
            base, at = _chained(base, words[at][1][1:]), at + 1
        return base, at

    def _must_know(self, name: str) -> None:
        if not any(name in scope for scope in self._known):
            raise TemplateError(f"undefined variable {name!r}")


def _literal(text: str) -> Node:
    return lambda run, _dot: run.write(text)


def _chained(base: Eval, name: str) -> Eval:
    return lambda run, dot: _field(base(run, dot), name)


def _field(value: Value, name: str) -> Value:
    if isinstance(value, Sample) and name in ("Labels", "Value"):
        return value.labels if name == "Labels" else value.value
    if isinstance(value, Mapping):
        return value.get(name, "")
    raise TemplateError(f"can't evaluate field {name} in type {type(value).__name__}")


def _call(name: str, given: list[Eval]) -> Eval:
    if name == "query":
        if len(given) != 1:
            raise TemplateError(f"wrong number of args for query: want 1 got {len(given)}")
        return lambda run, dot: _asked(run, given[0](run, dot))
    if name == "externalURL":
        return lambda run, _dot: run.find("$externalURL")
    if name not in FUNCTIONS:
        raise TemplateError(f'function "{name}" not defined')
    body, least, most = FUNCTIONS[name]
    if not least <= len(given) <= most:
        raise TemplateError(f"wrong number of args for {name}: want {least} got {len(given)}")

    def call(run: _Run, dot: Value) -> Value:
        run.step()
        try:
            return body(*(one(run, dot) for one in given))
        except (ValueError, TypeError, OverflowError) as e:
            raise TemplateError(f"error calling {name}: {e}") from e

    return call


def _asked(run: _Run, query: Value) -> list[Sample]:
    run.queries += 1
    if run.queries > QUERIES_MAX:
        raise TemplateError(f"more than {QUERIES_MAX} queries in one template")
    return run.ask(str(query))


def _items(value: Value) -> list[tuple[Value, Value]]:
    if isinstance(value, Mapping):
        return sorted(value.items())
    if isinstance(value, list):
        return list(enumerate(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return [(i, i) for i in range(min(max(value, 0), STEPS_MAX + 1))]
    if value in (None, ""):
        return []
    raise TemplateError(f"range can't iterate over {shown(value)[:100]}")


def _words(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text) and not text[at:].isspace():
        match = _WORD.match(text, at)
        if match is None or match.lastgroup is None:
            raise TemplateError(f"unexpected {text[at : at + 20].strip()!r} in command")
        kind, word = match.lastgroup, match[match.lastgroup]
        # a field that stands apart from what is before it is an argument of its own
        if kind == "field" and match.start(kind) > at and found and found[-1][0] in ("variable", "field", "dot"):
            found += [("op", "("), (kind, word), ("op", ")")]
        else:
            found.append((kind, word))
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]
    try:
        return str(orjson.loads(text))
    except orjson.JSONDecodeError:
        raise TemplateError(f"bad string {text[:60]}") from None


def _number(text: str) -> int | float:
    try:
        return int(text, 0)
    except ValueError:
        return float(text)
