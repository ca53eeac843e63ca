"""Annotations: what a query's answer should be read with. Warnings and infos, each with the place that it is about."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, datetime

from swarmscope.query.promql.buckets import go_g
from swarmscope.query.promql.errors import place
from swarmscope.query.promql.labels import quoted
from swarmscope.query.promql.nodes import Node


@dataclass(slots=True)
class _Forced:
    """How far classic buckets had to be mended to ascend."""

    low: float
    high: float
    most: float
    first_ms: int
    last_ms: int
    count: int = 1


@dataclass(slots=True)
class Notes:
    """The annotations of one query; equal ones count once."""

    warnings: dict[str, Node] = field(default_factory=dict)
    infos: dict[str, Node] = field(default_factory=dict)
    forced: dict[str, _Forced] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)

    def warn(self, text: str, node: Node) -> None:
        """Add a warning."""
        self.warnings.setdefault(f"PromQL warning: {text}", node)

    def info(self, text: str, node: Node) -> None:
        """Add an info."""
        self.infos.setdefault(f"PromQL info: {text}", node)

    def texts(self, query: str, kind: str) -> list[str]:
        """As Prometheus' API shows them. kind: `warnings` or `infos`."""
        found: dict[str, Node] = self.warnings if kind == "warnings" else self.infos
        out = []
        for text, node in found.items():
            where = place(query, node.start)
            more = ""
            if text in self.forced:
                f = self.forced[text]
                first, last = (_moment(ms) for ms in (f.first_ms, f.last_ms))
                more = (
                    f", from buckets {go_g(f.low)} to {go_g(f.high)}, with a max diff of {_short(f.most)}, "
                    f"over {f.count} samples from {first} to {last}"
                )
            if self.repeated.get(text, 1) > 1:
                more = f" ({self.repeated[text]} occurrences)"
            out.append(f"{text}{more} ({where})")
        return out

    # the kinds

    def invalid_quantile(self, q: float, node: Node) -> None:
        """A quantile outside [0, 1]."""
        self.warn(f"quantile value should be between 0 and 1, got {go_g(q)}", node)

    def invalid_ratio(self, ratio: float, capped: float, node: Node) -> None:
        """A ratio outside [-1, 1]."""
        text = f"ratio value should be between -1 and 1, got {go_g(ratio)}, capping to {go_g(capped)}"
        self.warn(text, node)

    def bad_bucket(self, name: str, label: str, node: Node) -> None:
        """A classic bucket without a bound."""
        of = f' for metric name "{name}"' if name else ""
        self.warn(f'bucket label "le" is missing or has a malformed value of {quoted(label)}{of}', node)

    def mixed(self, name: str, node: Node) -> None:
        """Floats and histograms in one range."""
        self.warn(f'encountered a mix of histograms and floats for metric name "{name}"', node)

    def mixed_aggregation(self, node: Node) -> None:
        """Floats and histograms in one group."""
        self.warn("encountered a mix of histograms and floats for aggregation", node)

    def mixed_classic(self, name: str, node: Node) -> None:
        """The same histogram both in classic buckets and natively."""
        of = f' for metric name "{name}"' if name else ""
        self.warn(f"vector contains a mix of classic and native histograms{of}", node)

    def not_counter(self, name: str, node: Node) -> None:
        """A gauge histogram where a counter belongs."""
        self.warn(f'this native histogram metric is not a counter: "{name}"', node)

    def not_gauge(self, name: str, node: Node) -> None:
        """A counter histogram where a gauge belongs."""
        self.warn(f'this native histogram metric is not a gauge: "{name}"', node)

    def mixed_schemas(self, name: str, node: Node) -> None:
        """Exponential and custom buckets."""
        text = "vector contains a mix of histograms with exponential and custom buckets schemas for metric name"
        self.warn(f'{text} "{name}"', node)

    def collision(self, operation: str, node: Node) -> None:
        """One histogram says that it was reset, the other that it was not."""
        self.warn(f"conflicting counter resets during histogram {operation}", node)

    def reconciled(self, operation: str, node: Node) -> None:
        """Custom bounds that had to be cut to those in common."""
        self.info(f"mismatched custom buckets were reconciled during {operation}", node)

    def ignored(self, aggregation: str, node: Node) -> None:
        """Histograms in an aggregation of floats."""
        self.info(f"ignored histogram in {aggregation} aggregation", node)

    def ignored_in_range(self, name: str, node: Node) -> None:
        """Histograms in a range function of floats."""
        text = "ignored histograms in a range containing both floats and histograms for metric name"
        self.info(f'{text} "{name}"', node)

    def incompatible(self, left: str, op: str, right: str, node: Node) -> None:
        """An operator that does not work on the types of its sides."""
        text = "incompatible sample types encountered for binary operator"
        self.info(f'{text} "{op}": {left} {op} {right}', node)

    def not_a_counter_name(self, name: str, node: Node) -> None:
        """A rate of a metric that is not named as a counter."""
        text = "metric might not be a counter, name does not end in _total/_sum/_count/_bucket:"
        self.info(f'{text} "{name}"', node)

    def overlap(self, name: str, node: Node) -> None:
        """A counter that began before the sample before it."""
        text = f'sample has start time that overlaps with previous sample timestamp for metric "{name}"'
        self.warn(text, node)
        key = f"PromQL warning: {text}"
        self.repeated[key] = self.repeated.get(key, 0) + 1

    def monotonic(self, name: str, node: Node, time_ms: int, low: float, high: float, most: float) -> None:
        """Classic buckets that did not ascend."""
        of = f' for metric name "{name}"' if name else ""
        see = "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile"
        text = f"input to histogram_quantile needed to be fixed for monotonicity (see {see}){of}"
        self.info(text, node)
        key = f"PromQL info: {text}"
        f = self.forced.get(key)
        if f is None:
            self.forced[key] = _Forced(low, high, most, time_ms, time_ms)
            return
        f.low, f.high, f.most = min(f.low, low), max(f.high, high), max(f.most, most)
        f.first_ms, f.last_ms = min(f.first_ms, time_ms), max(f.last_ms, time_ms)
        f.count += 1


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _short(value: float) -> str:
    if not math.isfinite(value):
        return go_g(value)
    return f"{value:.2g}"
