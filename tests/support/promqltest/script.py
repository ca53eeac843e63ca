"""The text of a script → its commands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from swarmscope.query.promql import notation
from swarmscope.query.promql.lexer import duration_ms, tokens
from swarmscope.query.promql.notation import Item

_LOAD = re.compile(r"load(?:_(with_nhcb))?\s+(.+?)$")
_INSTANT = re.compile(r"eval(?:_(fail|warn|ordered|info))?\s+instant\s+(?:at\s+(.+?))?\s+(.+)$")
_RANGE = re.compile(r"eval(?:_(fail|warn|info))?\s+range\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+?)\s+(.+)$")
_EXPECT = re.compile(r"expect\s+(ordered|fail|warn|no_warn|info|no_info)(?:\s+(regex|msg):(.+))?$")
_EXPECT_RANGE = re.compile(r"expect range vector\s+from\s+(.+)\s+to\s+(.+)\s+step\s+(.+)$")


@dataclass(slots=True)
class Clear:
    """Forget all series."""


@dataclass(slots=True)
class Load:
    """Series, their values one step apart from time 0 on. starts: relative to each sample (ms)."""

    step_ms: int
    nhcb: bool
    series: list[tuple[dict[str, str], list[Item], list[int | None]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Expectation:
    """Of a message: that it is equal, or that a pattern is in it; neither: that there is one."""

    text: str = ""
    pattern: re.Pattern[str] | None = None

    def matches(self, message: str) -> bool:
        """Whether a message is as expected."""
        return self.pattern.search(message) is not None if self.pattern else not self.text or self.text == message


@dataclass(slots=True)
class Eval:
    """An evaluation and what is expected of it."""

    line: int
    expr: str
    start_ms: int
    end_ms: int
    step_ms: int
    instant: bool
    ordered: bool = False
    fail: Expectation | None = None
    warn: list[Expectation] = field(default_factory=list)
    info: list[Expectation] = field(default_factory=list)
    no_warn: bool = False
    no_info: bool = False
    range_expected: bool = False
    scalar: float | None = None
    text: str | None = None
    series: list[tuple[dict[str, str], list[Item]]] = field(default_factory=list)


Command = Clear | Load | Eval


def parse(text: str) -> list[Command]:
    """The commands of a script. Raises ValueError."""
    lines = [line.strip() for line in text.split("\n")]
    lines = ["" if line.startswith("#") else line for line in lines]
    out: list[Command] = []
    at = 0
    while at < len(lines):
        word = lines[at].split(None, 1)[0].lower() if lines[at] else ""
        block = []
        while word and word != "clear" and at + 1 + len(block) < len(lines) and lines[at + 1 + len(block)]:
            block.append(lines[at + 1 + len(block)])
        if word == "clear":
            out.append(Clear())
        elif word.startswith("load"):
            out.append(_load(lines[at], block))
        elif word.startswith("eval"):
            command, used = _eval(at + 1, lines[at], block)
            out.append(command)
            block = block[:used]
        elif word:
            raise ValueError(f"line {at + 1}: invalid command {lines[at]!r}")
        at += 1 + len(block)
    return out


def _load(line: str, block: list[str]) -> Load:
    match = _LOAD.match(line)
    if match is None:
        raise ValueError(f"invalid load command {line!r}")
    load = Load(duration_ms(match[2]), bool(match[1]))
    starts: list[int | None] = []
    for text in block:
        head = re.split(r"[ \t]", text, maxsplit=1)
        if head[0].endswith("@st") and len(head) == 2:
            starts = notation.offsets(head[1])
            continue
        labels, items = notation.series(text)
        load.series.append((labels, items, starts))
        starts = []
    return load


def _eval(number: int, line: str, block: list[str]) -> tuple[Eval, int]:
    if match := _INSTANT.match(line):
        at = duration_ms(match[2])
        command = Eval(number, match[3], at, at, 1, True)
    elif match := _RANGE.match(line):
        start, end, step = (duration_ms(match[i]) for i in (2, 3, 4))
        command = Eval(number, match[5], start, end, step, False)
    else:
        raise ValueError(f"line {number}: invalid evaluation {line!r}")
    mode = match[1]
    command.ordered = mode == "ordered"
    command.fail = Expectation() if mode == "fail" else None
    command.warn += [Expectation()] if mode == "warn" else []
    command.info += [Expectation()] if mode == "info" else []
    for used, text in enumerate(block):
        if _expectation(command, text):
            return command, used + 1
    return command, len(block)


def _expectation(command: Eval, text: str) -> bool:
    """Take in one line; whether the evaluation ends with it."""
    if command.fail and text.startswith("expected_fail_message"):
        command.fail = Expectation(text.removeprefix("expected_fail_message").strip())
        return True
    if command.fail and text.startswith("expected_fail_regexp"):
        command.fail = Expectation(pattern=re.compile(text.removeprefix("expected_fail_regexp").strip()))
        return True
    if match := _EXPECT_RANGE.match(text):
        command.start_ms, command.end_ms, command.step_ms = (duration_ms(match[i]) for i in (1, 2, 3))
        command.range_expected = True
    elif text.startswith("expect string"):
        command.text = tokens(text.removeprefix("expect string").strip())[0].text
    elif text.split(" ", 1)[0] == "expect":
        _expected(command, text)
    else:
        try:
            command.scalar = notation.number_of(text)
        except ValueError:
            command.series.append(notation.series(text))
        else:
            return True
    return False


def _expected(command: Eval, text: str) -> None:
    match = _EXPECT.match(text)
    if match is None:
        raise ValueError(f"invalid expect statement {text!r}")
    found = Expectation()
    if match[2] == "msg":
        found = Expectation(match[3].strip())
    elif match[2] == "regex":
        found = Expectation(pattern=re.compile(match[3].strip()))
    match match[1]:
        case "ordered":
            command.ordered = True
        case "fail":
            command.fail = found
        case "warn":
            command.warn.append(found)
        case "info":
            command.info.append(found)
        case "no_warn":
            command.no_warn = True
        case _:
            command.no_info = True
