"""Go templates cut into what is written as it stands and what is done; LogQL and the texts of alerts share it."""

from __future__ import annotations

import re


def split(text: str, action: re.Pattern[str]) -> list[tuple[bool, str]]:
    """Parts in their order: (is it an action?, its text). ValueError: an action is not closed.

    action: groups are the mark that trims before, what stands inside, the mark that trims after.
    """
    parts: list[tuple[bool, str]] = []
    at, trim = 0, False
    for match in action.finditer(text):
        literal = _literal(text[at : match.start()], trim, bool(match[1]))
        if literal:
            parts.append((False, literal))
        parts.append((True, match[2]))
        trim, at = bool(match[3]), match.end()
    rest = _literal(text[at:], trim, False)
    if rest:
        parts.append((False, rest))
    return parts


def _literal(text: str, trim_start: bool, trim_end: bool) -> str:
    if "{{" in text:
        raise ValueError("unclosed action")
    text = text.lstrip() if trim_start else text
    return text.rstrip() if trim_end else text
