"""Counter resets of native histograms, seen sample by sample where a query asks for counts and sums only.

Prometheus' chunks do not tell of a reset (its issue 15346): the sample after one is of unknown kind. So a query warns of
resets that contradict each other only where it reads histograms without buckets, below `histogram_count` and its like, since
there each sample is compared with the one before (`promql/histogram_stats_iterator.go`).
"""

from __future__ import annotations

from swarmscope.query.promql.histogram import NOT_RESET, RESET, UNKNOWN, Histogram
from swarmscope.query.promql.nodes import (
    TRIMS,
    Aggregate,
    Binary,
    Call,
    Expr,
    MatrixSelector,
    Paren,
    Unary,
    VectorSelector,
)
from swarmscope.query.promql.values import Objects, Samples

WITHOUT_BUCKETS = frozenset({"histogram_count", "histogram_sum", "histogram_avg"})
WITH_BUCKETS = frozenset({"histogram_quantile", "histogram_quantiles", "histogram_fraction"})
ADDING = frozenset({"sum", "avg", "sum_over_time", "avg_over_time"})
"""What adds histograms of several samples, and so may meet resets that contradict each other."""


def marked(expr: Expr, counted: bool = False, adds: bool = False) -> None:
    """Set `resets` of the selectors whose samples must say whether the counter began anew. Subqueries find out for themselves.

    counted: whether only counts and sums are asked for, above; adds: whether histograms are added up, above.
    """
    match expr:
        case VectorSelector():
            expr.resets = counted and adds
        case MatrixSelector():
            marked(expr.selector, counted, adds)
        case Call() if expr.name not in WITH_BUCKETS:
            for arg in expr.args:
                marked(arg, counted or expr.name in WITHOUT_BUCKETS, adds or expr.name in ADDING)
        case Aggregate():
            marked(expr.expr, counted, adds or expr.op in ADDING)
        case Binary() if expr.op not in TRIMS:
            marked(expr.left, counted, adds)
            marked(expr.right, counted, adds)
        case Paren() | Unary():
            marked(expr.expr, counted, adds)
        case _:
            pass


def detected(samples: Samples) -> Samples:
    """The same samples, each histogram of unknown kind saying whether its counter began anew since the sample before."""
    if samples.histograms is None:
        return samples
    firsts = set(samples.offsets.tolist())
    out: Objects = samples.histograms.copy()
    before: Histogram | None = None
    for i, now in enumerate(samples.histograms):
        if i in firsts:
            before = None
        if isinstance(now, Histogram):
            if before is not None and now.hint == UNKNOWN:
                out[i] = now.hinted(RESET if now.is_reset(before) else NOT_RESET)
            before = now
    return Samples(samples.offsets, samples.times, samples.values, out, samples.starts)
