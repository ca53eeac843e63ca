"""Severity of log lines of other wires: of a level's name, or what a line says of itself."""

from __future__ import annotations

import re

LOOK_MAX = 1024  # characters of a line that are looked at
_NUMBERS = {
    "trace": 1, "trc": 1, "finest": 1, "debug": 5, "dbg": 5, "verbose": 5, "fine": 5, "info": 9, "inf": 9, "information": 9,
    "informational": 9, "notice": 10, "warn": 13, "warning": 13, "wrn": 13, "error": 17, "err": 17, "eror": 17, "severe": 17,
    "critical": 21, "crit": 21, "fatal": 21, "alert": 21, "emerg": 21, "emergency": 21, "panic": 21,
}  # fmt: skip
_FIELD = re.compile(r"\b(?:log[._]?level|level|lvl|severity)[\"']?\s*[=:]\s*[\"']?([A-Za-z]{3,13})\b", re.IGNORECASE)
_WORD = re.compile(r"\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|EMERG|PANIC)\b")
_PLAIN = re.compile(r"\b(error|exception|failed|fatal|panic|warn(?:ing)?):", re.IGNORECASE)


def severity_of(name: str) -> int:
    """The OTLP severity number of a level's name, 0 for an unknown one."""
    return _NUMBERS.get(name.strip().lower(), 0)


def severity_in(line: str) -> int:
    """The OTLP severity number that a line names, 0 for none."""
    text = line[:LOOK_MAX]
    field = _FIELD.search(text)
    if field is not None and (found := severity_of(field[1])):
        return found
    word = _WORD.search(text)
    if word is not None:
        return severity_of(word[1])
    plain = _PLAIN.search(text)
    if plain is None:
        return 0
    said = plain[1].lower()
    return 13 if said.startswith("warn") else 21 if said in ("fatal", "panic") else 17
