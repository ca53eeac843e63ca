"""Relabelling. Source: Prometheus, "Configuration", `relabel_config`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

Action = Literal["replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap", "labeldrop", "labelkeep",
                 "lowercase", "uppercase"]  # fmt: skip
_REFERENCE = re.compile(r"\$(?:(\d+)|\{(\d+)\}|\$)")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule."""

    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = "(.*)"
    modulus: int = 0
    target_label: str = ""
    replacement: str = "$1"
    action: Action = "replace"

    def __post_init__(self) -> None:
        try:
            re.compile(self.regex)
        except re.error as e:
            raise ValueError(f"regex {self.regex!r}: {e}") from e
        if self.action in ("replace", "hashmod", "lowercase", "uppercase") and not self.target_label:
            raise ValueError(f"the action {self.action} needs a target_label")


def relabelled(labels: dict[str, str], rules: Sequence[Rule]) -> dict[str, str] | None:
    """The labels after all rules; None: dropped."""
    labels = dict(labels)
    for rule in rules:
        kept = _apply(labels, rule)
        if kept is None:
            return None
        labels = kept
    return {name: value for name, value in labels.items() if value}


def steps(labels: dict[str, str], rules: Sequence[Rule]) -> list[tuple[Rule, dict[str, str] | None]]:
    """Every rule with the labels behind it; None: dropped, and the rules behind it are not tried."""
    out: list[tuple[Rule, dict[str, str] | None]] = []
    for rule in rules:
        kept = _apply(labels, rule)
        out.append((rule, None if kept is None else {name: value for name, value in kept.items() if value}))
        if kept is None:
            break
        labels = kept
    return out


def _apply(labels: dict[str, str], rule: Rule) -> dict[str, str] | None:
    value = rule.separator.join(labels.get(name, "") for name in rule.source_labels)
    pattern = re.compile(rule.regex, re.DOTALL)
    match rule.action:
        case "keep":
            return labels if pattern.fullmatch(value) else None
        case "drop":
            return None if pattern.fullmatch(value) else labels
        case "keepequal":
            return labels if labels.get(rule.target_label, "") == value else None
        case "dropequal":
            return None if labels.get(rule.target_label, "") == value else labels
        case "labelmap":
            found = {name: pattern.fullmatch(name) for name in labels}
            return labels | {_filled(rule.replacement, m): labels[name] for name, m in found.items() if m}
        case "labeldrop":
            return {name: v for name, v in labels.items() if not pattern.fullmatch(name)}
        case "labelkeep":
            return {name: v for name, v in labels.items() if pattern.fullmatch(name)}
        case "lowercase":
            return labels | {rule.target_label: value.lower()}
        case "uppercase":
            return labels | {rule.target_label: value.upper()}
        case "hashmod":
            digest = hashlib.md5(value.encode(), usedforsecurity=False).digest()
            return labels | {rule.target_label: str(int.from_bytes(digest[8:], "big") % max(1, rule.modulus))}
    replaced = pattern.fullmatch(value)
    if replaced is None:
        return labels
    return labels | {_filled(rule.target_label, replaced): _filled(rule.replacement, replaced)}


def _filled(template: str, match: re.Match[str]) -> str:
    def value(found: re.Match[str]) -> str:
        number = found[1] or found[2]
        if number is None:
            return "$"
        return (match[int(number)] or "") if int(number) <= (match.re.groups or 0) else ""

    return _REFERENCE.sub(value, template)


def rules_of(raw: Any) -> tuple[Rule, ...]:
    """Rules as written. msgspec.ValidationError."""
    return msgspec.convert(raw, tuple[Rule, ...])
