"""Rule files of Prometheus: groups of recording and alerting rules, read whole or not at all.

Source: Prometheus, "Recording rules", "Alerting rules", `model/rulefmt`. Unknown keys are refused, as there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from swarmscope.decide.template import Template, TemplateError
from swarmscope.errors import ConfigError
from swarmscope.query.promql.check import type_of
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.lexer import DURATION, duration_ms
from swarmscope.query.promql.nodes import Expr
from swarmscope.query.promql.parse import parse

FILE_BYTES_MAX = 4 << 20
FILES_MAX = 1000
RULES_MAX = 20_000  # of one tenant
_GROUP = {"name", "interval", "query_offset", "limit", "rules", "labels"}
_RECORD = {"record", "expr", "labels"}
_ALERT = {"alert", "expr", "for", "keep_firing_for", "labels", "annotations"}
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. record or alert: its name, the other is empty. Durations in milliseconds. labels, annotations: templates
    where it is an alert."""

    record: str
    alert: str
    text: str
    expr: Expr
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    hold_ms: int = 0
    keep_ms: int = 0

    @property
    def name(self) -> str:
        """Of the metric or of the alert."""
        return self.record or self.alert

    @property
    def identity(self) -> tuple[Any, ...]:
        """What makes it the same rule after a file changed: its state goes on."""
        own = tuple(sorted(self.labels.items()))
        return (self.record, self.alert, self.text, self.hold_ms, self.keep_ms, own)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated one after the other, at the same moments. offset_ms: how far behind the clock; None: the
    default. limit: series or alerts of one rule; 0: none."""

    file: str
    name: str
    interval_ms: int
    offset_ms: int | None
    limit: int
    rules: tuple[Rule, ...]


def find(patterns: Iterable[str]) -> list[Path]:
    """The files that names and patterns (`*`, `?`, `[…]`) stand for. ConfigError: a name without a file."""
    found: dict[Path, None] = {}
    for pattern in patterns:
        path = Path(pattern).expanduser().absolute()
        if any(c in pattern for c in "*?["):
            root = Path(path.anchor)
            found.update(dict.fromkeys(sorted(p for p in root.glob(str(path.relative_to(root))) if p.is_file())))
        elif path.is_file():
            found[path] = None
        else:
            raise ConfigError(
                f"there is no rule file {path}; correct rules.files, or write a pattern if it may be absent"
            )
    if len(found) > FILES_MAX:
        raise ConfigError(f"rules.files names {len(found)} files; at most {FILES_MAX} are read")
    return list(found)


def load(paths: Iterable[Path], default_interval_ms: int) -> list[Group]:
    """The groups of all files. ConfigError names file, group and rule."""
    groups = [group for path in paths for group in _read(path, default_interval_ms)]
    count = sum(len(group.rules) for group in groups)
    if count > RULES_MAX:
        raise ConfigError(f"the rule files have {count} rules; at most {RULES_MAX} are evaluated for a tenant")
    return groups


def _read(path: Path, default_interval_ms: int) -> list[Group]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError(f"the rule file {path} is larger than {FILE_BYTES_MAX} bytes; split it")
        text = path.read_text(encoding="utf-8")
    except OSError as e:
        raise ConfigError(f"cannot read the rule file {path}: {e.strerror}") from e
    except UnicodeDecodeError as e:
        raise ConfigError(f"the rule file {path} is not UTF-8: {e}") from e
    return groups_of(text, str(path), default_interval_ms)


def groups_of(text: str, file: str, default_interval_ms: int) -> list[Group]:
    """The groups of the text of a file."""
    try:
        tree = yaml.safe_load(text) or {}
    except (yaml.YAMLError, RecursionError) as e:
        raise ConfigError(f"{file}: {e}") from e
    _known(file, tree, {"groups"})
    out: list[Group] = []
    for number, raw in enumerate(_list(file, tree.get("groups"), "groups"), 1):
        group = _group(f"{file}: group {number}", raw, file, default_interval_ms)
        if any(group.name == other.name for other in out):
            raise ConfigError(f'{file}: groupname: "{group.name}" is repeated in the same file')
        out.append(group)
    return out


def _group(where: str, raw: Any, file: str, default_interval_ms: int) -> Group:
    _known(where, raw, _GROUP)
    name = _text(where, raw, "name")
    if not name:
        raise ConfigError(f"{where}: Groupname must not be empty")
    where = f'{file}: group "{name}"'
    interval_ms = _duration(where, raw, "interval") or default_interval_ms
    offset = _duration(where, raw, "query_offset") if "query_offset" in raw else None
    limit = raw.get("limit", 0)
    if not isinstance(limit, int) or limit < 0:
        raise ConfigError(f"{where}: limit {limit!r} must be a number of 0 or more")
    common = _texts(where, raw, "labels")
    _labels(where, common)
    rules = [
        _rule(f"{where}, rule {i}", one, common) for i, one in enumerate(_list(where, raw.get("rules"), "rules"), 1)
    ]
    return Group(file, name, interval_ms, offset, limit, tuple(rules))


def _rule(where: str, raw: Any, common: Mapping[str, str]) -> Rule:
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: a rule is a mapping, not {raw!r}")
    record, alert = _text(where, raw, "record"), _text(where, raw, "alert")
    if bool(record) == bool(alert):
        both = "only one of 'record' and 'alert' must be set" if record else "one of 'record' or 'alert' must be set"
        raise ConfigError(f"{where}: {both}")
    where = f'{where}, "{record or alert}"'
    if record:
        for key in ("annotations", "for", "keep_firing_for"):
            if raw.get(key):
                raise ConfigError(f"{where}: invalid field '{key}' in recording rule")
        if not _METRIC.fullmatch(record) and ("{" in record or "}" in record or not record.isprintable()):
            raise ConfigError(f"{where}: invalid recording rule name: {record}")
    _known(where, raw, _RECORD | {"annotations", "for", "keep_firing_for"} if record else _ALERT)
    text = _text(where, raw, "expr").strip()
    if not text:
        raise ConfigError(f"{where}: field 'expr' must be set in rule")
    try:
        expr = parse(text)
        kind = type_of(expr)
    except PromqlError as e:
        raise ConfigError(f"{where}: could not parse expression: {e}") from e
    if kind not in ("vector", "scalar"):
        raise ConfigError(f"{where}: expr must give an instant vector or a scalar, not a {kind}")
    labels, annotations = {**common, **_texts(where, raw, "labels")}, _texts(where, raw, "annotations")
    _labels(where, labels)
    if alert:
        _templates(where, labels, annotations)
    hold, keep = _duration(where, raw, "for"), _duration(where, raw, "keep_firing_for")
    return Rule(record, alert, text, expr, labels, annotations, hold, keep)


def _templates(where: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
    for kind, texts in (("label", labels), ("annotation", annotations)):
        for key, text in texts.items():
            if kind == "annotation" and not _LABEL.fullmatch(key):
                raise ConfigError(f"{where}: invalid annotation name: {key}")
            try:
                Template(text)
            except TemplateError as e:
                raise ConfigError(f'{where}: {kind} "{key}": {e}') from e


def _labels(where: str, labels: Mapping[str, str]) -> None:
    for name in labels:
        if name == "__name__" or not name or not name.isprintable():
            raise ConfigError(f"{where}: invalid label name: {name}")


def _known(where: str, raw: Any, keys: set[str]) -> None:
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: a mapping is expected, not {str(raw)[:100]!r}")
    unknown = [str(key) for key in raw if key not in keys]
    if unknown:
        raise ConfigError(f"{where}: field {unknown[0]} is not known; known here: {', '.join(sorted(keys))}")


def _list(where: str, raw: Any, name: str) -> list[Any]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise ConfigError(f"{where}: {name} is a list, not {str(raw)[:100]!r}")
    return raw


def _text(where: str, raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if isinstance(value, dict | list):
        raise ConfigError(f"{where}: {key} is a text, not {str(value)[:100]!r}")
    return "" if value is None else _plain(value)


def _texts(where: str, raw: Mapping[str, Any], key: str) -> dict[str, str]:
    found = raw.get(key) or {}
    if not isinstance(found, dict) or any(isinstance(v, dict | list) for v in found.values()):
        raise ConfigError(f"{where}: {key} maps names to texts, not {str(found)[:100]!r}")
    return {str(name): "" if value is None else _plain(value) for name, value in found.items()}


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _duration(where: str, raw: Mapping[str, Any], key: str) -> int:
    text = _text(where, raw, key)
    if text in ("", "0"):
        return 0
    if not DURATION.fullmatch(text):
        raise ConfigError(f'{where}: {key}: not a valid duration string: "{text}"')
    return duration_ms(text)
