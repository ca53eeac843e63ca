"""Native histograms of queries as messages of remote write and remote read.

Source: prometheus/prompb `types.proto`; spans and counts of float histograms.
"""

from __future__ import annotations

from typing import Any

from swarmscope.query.promql.histogram import Histogram, Side

GAP_MAX = 2  # empty buckets that cost less in a span than a new span does


def fill(message: Any, histogram: Histogram, time_ms: int) -> None:
    """Write a histogram into a `prometheus.Histogram`."""
    message.count_float, message.sum, message.schema = histogram.count, histogram.sum, histogram.schema
    message.zero_threshold, message.zero_count_float = histogram.zero_threshold, histogram.zero_count
    message.reset_hint, message.timestamp = histogram.hint, time_ms
    message.custom_values.extend(histogram.bounds)
    for name, side in (("positive", histogram.positive), ("negative", histogram.negative)):
        spanned(getattr(message, f"{name}_spans"), getattr(message, f"{name}_counts"), side)


def spanned(spans: Any, counts: Any, side: Side) -> None:
    """Write the buckets of one side into repeated spans and counts."""
    following: int | None = None  # the index behind the last bucket
    for index, count in zip(side.index.tolist(), side.counts.tolist(), strict=True):
        gap = index if following is None else index - following
        if following is not None and gap <= GAP_MAX:
            counts.extend([0.0] * gap)
            spans[-1].length += gap + 1
        else:
            spans.add(offset=gap, length=1)
        counts.append(count)
        following = index + 1
