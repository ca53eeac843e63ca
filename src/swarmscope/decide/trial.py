"""Unit tests of rules in promtool's format: given series, alerts and values of expressions that must come of them.

Source: Prometheus, "Unit testing for rules", `cmd/promtool/unittest.go`. Unknown keys are refused, as there. Every group is
evaluated at every moment, whatever its own interval.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml

from swarmscope.decide import files
from swarmscope.decide.group import GroupState, Surround
from swarmscope.decide.recent import Recent, Row
from swarmscope.decide.trial_series import Given, TrialSeries
from swarmscope.errors import ConfigError, QueryError
from swarmscope.model.access import DEFAULT_TENANT
from swarmscope.query.promql.buckets import expression
from swarmscope.query.promql.engine import Engine, Limits
from swarmscope.query.promql.errors import PromqlError
from swarmscope.query.promql.lexer import DURATION, duration_ms
from swarmscope.query.promql.notation import histogram, metric, series
from swarmscope.query.promql.values import STALE
from swarmscope.query.times import format_duration

FILE_BYTES_MAX = 16 << 20
MOMENTS_MAX = 200_000  # of one test
TIMEOUT_S = 60.0
Sample = tuple[list[tuple[str, str]], float, str]


class _Strict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    pass


class InputSeries(_Strict):
    """A series in promtool's notation."""

    series: str
    values: str


class ExpectedAlert(_Strict):
    """One alert that must fire; `alertname` is added."""

    exp_labels: dict[str, str] = {}
    exp_annotations: dict[str, str] = {}


class AlertTest(_Strict):
    """All alerts of a name that fire at a moment."""

    alertname: str = ""
    eval_time: str = "0s"
    exp_alerts: list[ExpectedAlert] = []


class ExpectedSample(_Strict):
    """One element of an answer."""

    labels: str = ""
    value: str = "0"
    histogram: str = ""


class ExprTest(_Strict):
    """What an expression gives at a moment."""

    expr: str
    eval_time: str = "0s"
    exp_samples: list[ExpectedSample] = []


class Trial(_Strict):
    """Series and what must come of them."""

    name: str = ""
    interval: str = ""
    input_series: list[InputSeries] = []
    alert_rule_test: list[AlertTest] = []
    promql_expr_test: list[ExprTest] = []
    external_labels: dict[str, str] = {}
    external_url: str = ""
    start_timestamp: str = ""


class TrialFile(_Strict):
    """A file of tests."""

    rule_files: list[str] = []
    evaluation_interval: str = "1m"
    group_eval_order: list[str] = []
    tests: list[Trial] = []
    fuzzy_compare: bool = False


class _Texts(yaml.SafeLoader):  # type: ignore[misc] # PyYAML publishes no types
    """Every scalar is a text, as the fields want it; merges are done."""


_Texts.yaml_implicit_resolvers = {
    first: kept
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    if (kept := [(tag, pattern) for tag, pattern in pairs if tag == "tag:yaml.org,2002:merge"])
}
_NOTHING = ("", "~", "null")


def read(path: Path) -> TrialFile:
    """A file of tests. ConfigError says what is wrong with it."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ConfigError(f"{path} is larger than {FILE_BYTES_MAX} bytes; split it")
        tree = yaml.load(path.read_text(encoding="utf-8"), _Texts)  # noqa: S506 # a SafeLoader
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigError(f"cannot read {path}: {e}") from e
    except (yaml.YAMLError, RecursionError) as e:
        raise ConfigError(f"{path}: {e}") from e
    try:
        return msgspec.convert({} if tree in (None, *_NOTHING) else _without_nothing(tree), TrialFile, strict=False)
    except msgspec.ValidationError as e:
        raise ConfigError(f"{path}: {e}") from e


def _without_nothing(tree: Any) -> Any:
    """Keys of lists and mappings that are there and empty (`exp_alerts:`) are as good as not there."""
    if isinstance(tree, dict):
        return {k: _without_nothing(v) for k, v in tree.items() if not (k in _FIELDS and v in _NOTHING)}
    return [_without_nothing(v) for v in tree] if isinstance(tree, list) else tree


_FIELDS = frozenset(
    f.name
    for of in (TrialFile, Trial, AlertTest, ExprTest, ExpectedAlert)
    for f in msgspec.structs.fields(of)
    if "list" in str(f.type) or "dict" in str(f.type)
)


def run(path: Path) -> Iterator[str]:
    """What is not as a file of tests says, or cannot be tried; nothing: all is well."""
    try:
        file = read(path)
        step_ms = _duration("evaluation_interval", file.evaluation_interval) or 60_000
        order = {name: number for number, name in enumerate(file.group_eval_order)}
        if len(order) < len(file.group_eval_order):
            raise ConfigError("group name repeated in evaluation order")
        paths = list(_rule_files(path.parent, file.rule_files))
        trials = [_Run(trial, file, paths, step_ms, order) for trial in file.tests]
    except ConfigError as e:
        yield str(e)
        return
    for trial in trials:
        try:
            yield from trial.errors()
        except (ConfigError, ValueError) as e:
            yield f"    name: {trial.trial.name},\n{e}" if trial.trial.name else str(e)


def _rule_files(folder: Path, names: Sequence[str]) -> Iterator[Path]:
    for name in names:
        if any(c in name for c in "*?["):
            yield from files.find([str(folder / name)])
        elif (folder / name).is_file():  # one that is not there is no mistake, as in promtool
            yield folder / name


class _Run:
    """One test: rules from the begin to the last moment that is asked for."""

    def __init__(self, trial: Trial, file: TrialFile, paths: list[Path], step_ms: int, order: dict[str, int]) -> None:
        """ConfigError: the test cannot be read."""
        self.trial, self._paths, self._step_ms, self._order = trial, paths, step_ms, order
        self._fuzzy = file.fuzzy_compare
        self._begin_ms = _moment(trial.start_timestamp)
        times = [t.eval_time for t in trial.alert_rule_test] + [t.eval_time for t in trial.promql_expr_test]
        asked = [_duration("eval_time", text) for text in times]
        self._last_ms = max(asked, default=0)
        if self._last_ms // step_ms > MOMENTS_MAX:
            raise ConfigError(f"a test of more than {MOMENTS_MAX} evaluations; use a longer evaluation_interval")
        if any(not t.alertname for t in trial.alert_rule_test):
            where = f" (in TestGroup {trial.name})" if trial.name else ""
            raise ConfigError(f"an item under alert_rule_test misses required attribute alertname{where}")

    def errors(self) -> Iterator[str]:
        """What is not as it should be. ConfigError, ValueError: it cannot be tried."""
        source = TrialSeries()
        interval_ms = _duration("interval", self.trial.interval) if self.trial.interval else 0
        given = Given(source, [_series(s) for s in self.trial.input_series], interval_ms or self._step_ms)
        groups = self._groups(source, interval_ms or self._step_ms)
        nobody = threading.Event()
        for at_ms in range(0, self._last_ms + 1, self._step_ms):
            given.until(at_ms, self._begin_ms)
            broken = []
            for group in groups:
                group.evaluate(self._begin_ms + at_ms - (group.group.offset_ms or 0), nobody)
                broken += [
                    f"    rule: {s.rule.name}, time: {format_duration(at_ms * 1_000_000)}, err: {s.error}"
                    for s in group.rules
                    if s.health == "err"
                ]
            if broken:
                yield from broken
                return
            yield from self._alerts(groups, at_ms)
        for test in self.trial.promql_expr_test:
            if (error := self._expression(test, source)) is not None:
                yield error

    def _groups(self, source: TrialSeries, interval_ms: int) -> list[GroupState]:
        def keep(rows: Sequence[Row]) -> Future[Any]:
            for row in rows:
                source.append(dict(row.labels), row.time_ms, float(STALE) if row.value is None else row.value)
            done: Future[Any] = Future()
            done.set_result(None)
            return done

        around = Surround(
            lambda: source,
            Recent(lambda: 0.0),
            keep,
            self.trial.external_labels,
            self.trial.external_url,
            TIMEOUT_S,
            subquery_step_ms=self._step_ms,
        )
        groups = [GroupState(DEFAULT_TENANT, g, around) for g in files.load(self._paths, interval_ms)]
        for state in (s for g in groups for s in g.rules if s.alerts is not None):
            state.alerts.restored = True  # type: ignore[union-attr] # asked above
        return sorted(groups, key=lambda g: self._order.get(g.group.name, 0))

    def _alerts(self, groups: list[GroupState], at_ms: int) -> Iterator[str]:
        """Tests of the moments from this evaluation to the next."""
        for test in self.trial.alert_rule_test:
            if not at_ms <= _duration("eval_time", test.eval_time) < at_ms + self._step_ms:
                continue
            rules = [s for g in groups for s in g.rules if s.rule.alert == test.alertname]
            firing = [a for s in rules for a in s.active if a.state == "firing"]
            got = sorted((sorted(a.labels), sorted(a.annotations.items())) for a in firing)
            wanted = sorted(
                (sorted((e.exp_labels | {"alertname": test.alertname}).items()), sorted(e.exp_annotations.items()))
                for e in test.exp_alerts
            )
            if got != wanted:
                name = f"    name: {self.trial.name},\n" if self.trial.name else ""
                yield (
                    f"{name}    alertname: {test.alertname}, time: {_told(test.eval_time)}, \n"
                    f"        exp:{_shown_alerts(wanted)}, \n        got:{_shown_alerts(got)}"
                )

    def _expression(self, test: ExprTest, source: TrialSeries) -> str | None:
        where = f"    expr: {_quoted(test.expr)}, time: {_told(test.eval_time)},"
        at_ms = self._begin_ms + _duration("eval_time", test.eval_time)
        engine = Engine(source, Limits(timeout_s=TIMEOUT_S, subquery_step_ms=self._step_ms))
        try:
            result = engine.instant(test.expr, at_ms * 1_000_000)
            if result.type not in ("vector", "scalar"):
                raise QueryError("rule result is not a vector or scalar")
            wanted = sorted((_expected(s) for s in test.exp_samples), key=_by_labels)
        except (PromqlError, QueryError, ValueError) as e:
            return f"{where} err: {e}"
        got: list[Sample] = []
        for i, row in enumerate(result.series.tolist() or ([0] if result.type == "scalar" else [])):
            h = None if result.histograms is None else result.histograms[i]
            of = [] if result.type == "scalar" else sorted(result.labels[row].items())
            got.append((of, float(result.values[i]) if h is None else 0.0, "" if h is None else expression(h)))
        got.sort(key=_by_labels)
        if len(got) == len(wanted) and all(map(self._same, got, wanted)):
            return None
        return f"{where}\n        exp: {_shown(wanted)}\n        got: {_shown(got)}"

    def _same(self, a: Sample, b: Sample) -> bool:
        near = self._fuzzy and b[1] in (math.nextafter(a[1], -math.inf), math.nextafter(a[1], math.inf))
        return a[0] == b[0] and a[2] == b[2] and (a[1] == b[1] or near)


def _by_labels(sample: Sample) -> list[tuple[str, str]]:
    return sample[0]


def _duration(what: str, text: str) -> int:
    """Milliseconds. ConfigError."""
    if text == "0":
        return 0
    if not DURATION.fullmatch(text):
        raise ConfigError(f'{what}: not a valid duration string: "{text}"')
    return duration_ms(text)


def _told(text: str) -> str:
    """A duration as Prometheus writes it: 90s are 1m30s."""
    rest, out = _duration("eval_time", text), ""
    for unit, size, whole in _UNITS:
        if rest >= size and not (whole and rest % size):
            out += f"{rest // size}{unit}"
            rest %= size
    return out or "0s"


_HOUR_MS = 3_600_000
_UNITS = (
    ("y", 365 * 24 * _HOUR_MS, True), ("w", 7 * 24 * _HOUR_MS, True), ("d", 24 * _HOUR_MS, True), ("h", _HOUR_MS, False),
    ("m", 60_000, False), ("s", 1000, False), ("ms", 1, False),
)  # fmt: skip
"""What is whole stands alone: 7d are 1w, 8d are 8d."""


def _moment(text: str) -> int:
    """Milliseconds of RFC 3339 or seconds since the epoch. ConfigError."""
    try:
        if re.fullmatch(r"-?\d*(\.\d+)?", text):
            return round(1000 * float(text or 0))
        return round(1000 * datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError) as e:
        raise ConfigError(f"start_timestamp: {text!r} is neither RFC 3339 nor seconds since the epoch") from e


def _series(given: InputSeries) -> Any:
    try:
        return series(f"{given.series} {given.values}")
    except (ValueError, PromqlError, IndexError) as e:
        raise ConfigError(f"input_series {given.series!r}: {e}") from e


def _expected(sample: ExpectedSample) -> Sample:
    try:
        labels, end = metric(sample.labels.strip())
        if sample.labels.strip()[end:] or not sample.labels.strip():
            raise ValueError('not a metric such as up{job="a"} or {}')
        text = sample.histogram.strip().removeprefix("{{").removesuffix("}}")
        shown = expression(histogram(text)[0]) if text else ""
    except (ValueError, PromqlError, IndexError) as e:
        raise ValueError(f"labels {_quoted(sample.labels)}: {e}") from e
    return sorted(labels.items()), _number(sample.value), shown


def _number(text: str) -> float:
    """A float as YAML writes it."""
    plain = re.fullmatch(r"([-+]?)\.(inf|nan)", text.lower())
    if plain is not None:
        return float(plain[1] + plain[2])
    return float(int(text, 0)) if text.lower().startswith(("0x", "0o")) else float(text.replace("_", ""))


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()


def _shown(samples: Sequence[Sample]) -> str:
    return ", ".join(f"{_shown_labels(of)} {h or repr(value)}" for of, value, h in samples) or "nil"


def _shown_labels(pairs: Sequence[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{k}={_quoted(v)}" for k, v in pairs) + "}"


def _shown_alerts(alerts: Sequence[tuple[list[tuple[str, str]], list[tuple[str, str]]]]) -> str:
    if not alerts:
        return "[]"
    pad = "\n              "
    rows = [
        f"{pad}{i}:{pad}  Labels:{_shown_labels(of)}{pad}  Annotations:{_shown_labels(notes)}"
        for i, (of, notes) in enumerate(alerts)
    ]
    return "[" + ",".join(rows) + "\n            ]"
