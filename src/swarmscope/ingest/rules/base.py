"""What a redaction rule is, and how its patterns are applied to a column of text."""

from __future__ import annotations

import re
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from swarmscope.errors import PluginError
from swarmscope.ingest.columns import I64, U8, Strings
from swarmscope.ingest.kernels import redact as kernels

PATTERNS_MAX = 16
PATTERN_CHARS_MAX = 2000
LITERALS_MAX = 16
LITERAL_BYTES = (3, 64)
EXAMPLES_MAX = 32
# before a token: the start, a separator, or a JSON escape (kept by the replacement)
EDGE = r"(^|[^A-Za-z0-9]|\\[nrtbf]|\\u[0-9a-fA-F]{4})"
UNSAFE = frozenset('"\\\n\r\t')
_GROUP = re.compile(r"\\\d")


class Rule:
    r"""A kind of secret and how it is recognised. A plug-in brings data only, so that it can neither fail nor be slow.

    name: the rule's name in configuration, markers and counts. patterns: (expression, replacement) applied in turn;
    expressions are RE2's, linear in the text, and never match the empty text; in a replacement `{}` is the marker and
    `\1` a group. literals: texts without any of these are not looked at (case matters); none: every text is, which costs
    more. examples: (text, what is stored of it, with `{}` for the marker), at least one that changes and one that stays.

        class Badge(Rule):
            "Badges of our staff, like ACME-123456."

            name = "badge"
            patterns = ((r"\bACME-\d{6}\b", "{}"),)
            literals = ("ACME-",)
            examples = (("let ACME-123456 in", "let {} in"), ("ACME-12", "ACME-12"))
    """

    name: str = ""
    patterns: tuple[tuple[str, str], ...] = ()
    literals: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    order: ClassVar[int] = 100  # rules apply in this order; own ones behind the built-in
    hints: ClassVar[int] = 0  # what the compiled prefilter says of suspicious texts; built-in rules only
    pattern_hints: ClassVar[tuple[int, ...]] = ()  # which of these call for each pattern, where not each for all

    def apply(self, strings: Strings, rows: I64, marker: str, hints: U8 | None = None) -> tuple[Strings, int]:
        """`strings` with `marker` in place of what the patterns match in these rows, and how often. hints: of each row."""
        total = 0
        for i, (pattern, replacement) in enumerate(self.patterns):
            some = rows
            if hints is not None and self.pattern_hints:
                some = rows[(hints & np.uint8(self.pattern_hints[i])) != 0]
            if some.size:
                strings, times = _replace(strings, some, pattern, replacement.replace("{}", marker))
                total += times
        return strings, total


def check(cls: type[Rule]) -> None:
    """PluginError: why a rule of others cannot be used. Its examples are tried."""
    rule = cls()
    if cls.apply is not Rule.apply or cls.hints:
        raise PluginError(
            "it has code of its own (`apply`) or `hints`; a rule of others is data: patterns and literals"
        )
    _bounded(rule)
    for pattern, replacement in rule.patterns:
        check_pattern(pattern)
        if UNSAFE & set(_GROUP.sub("", replacement)) or "{}" not in replacement:
            raise PluginError(
                f"the replacement {replacement!r} must hold {{}}, and no quote, backslash or control character"
            )
        try:
            pc.replace_substring_regex(pa.array([""]), pattern, replacement)
        except pa.ArrowInvalid as e:
            raise PluginError(f"the replacement {replacement!r} does not fit {pattern!r}: {e}") from e
    for text, stored in rule.examples:
        if (found := replaced(rule, text)) != stored:
            raise PluginError(f"its example {text!r} becomes {found!r}, not {stored!r}")


def _bounded(rule: Rule) -> None:
    if not 1 <= len(rule.patterns) <= PATTERNS_MAX or any(len(p) > PATTERN_CHARS_MAX for p, _ in rule.patterns):
        raise PluginError(f"it needs 1 to {PATTERNS_MAX} patterns of at most {PATTERN_CHARS_MAX} characters each")
    low, high = LITERAL_BYTES
    if len(rule.literals) > LITERALS_MAX or not all(low <= len(x.encode()) <= high for x in rule.literals):
        raise PluginError(f"it may have at most {LITERALS_MAX} literals, of {low} to {high} bytes each")
    changed = {text != stored for text, stored in rule.examples}
    if len(rule.examples) > EXAMPLES_MAX or changed != {True, False}:
        raise PluginError(f"it needs an example that changes and one that stays, {EXAMPLES_MAX} at most")


def check_pattern(pattern: str) -> None:
    """PluginError unless RE2 takes the expression and it cannot match nothing."""
    try:
        empty = pc.match_substring_regex(pa.array([""]), pattern)[0].as_py()
    except pa.ArrowInvalid as e:
        raise PluginError(
            f"{pattern!r} is not a linear-time (RE2) expression: {e}; look-around and back-references are not possible"
        ) from e
    if empty:
        raise PluginError(f"{pattern!r} matches the empty text, so it would match everywhere")


def replaced(rule: Rule, text: str) -> str:
    """What a rule without code leaves of one text, with `{}` for the marker; needs no compiled kernels."""
    if rule.literals and not any(literal in text for literal in rule.literals):
        return text
    column = pa.array([text])
    for pattern, replacement in rule.patterns:
        column = pc.replace_substring_regex(column, pattern, replacement)
    return str(column[0])


def _replace(strings: Strings, rows: I64, pattern: str, replacement: str) -> tuple[Strings, int]:
    column = _arrow(strings).take(pa.array(rows))
    hits = np.flatnonzero(pc.match_substring_regex(column, pattern).to_numpy(zero_copy_only=False))
    if hits.size == 0:
        return strings, 0
    some = column.take(pa.array(hits))
    times = pc.sum(pc.count_substring_regex(some, pattern)).as_py()  # dearer than whether it matched
    changed = pc.replace_substring_regex(some, pattern, replacement)
    _, offsets, data = changed.buffers()
    other_offsets = np.frombuffer(offsets, np.int64)[changed.offset : changed.offset + len(changed) + 1]
    other_data = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    made = kernels.replace_rows(strings.offsets, strings.data, rows[hits], other_offsets.copy(), other_data)
    return Strings(*made), int(times)


def _arrow(strings: Strings) -> pa.LargeStringArray:
    return pa.LargeStringArray.from_buffers(
        strings.offsets.size - 1, pa.py_buffer(strings.offsets), pa.py_buffer(strings.data)
    )


def _byte_classes() -> U8:
    """Class bits of every byte, for the kernels."""
    table = np.zeros(256, np.uint8)
    for c in range(256):
        text = chr(c)
        if c < 128 and text.isalnum():
            table[c] |= kernels.ALNUM
        if 0x2B <= c < 0x80 and text not in ",:<>":
            table[c] |= kernels.TOKEN_BYTE
        if "0" <= text <= "9":
            table[c] |= kernels.DIGIT
        if "0" <= text <= "9" or text in " -":
            table[c] |= kernels.SEPARATED_DIGIT
    return table


BYTE_CLASSES = _byte_classes()
