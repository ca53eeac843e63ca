"""The spans that a pipeline with structure or stages selects, trace by trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from swarmscope.errors import QueryError
from swarmscope.query.reader import Reader
from swarmscope.query.search import between
from swarmscope.query.times import Window
from swarmscope.query.traceql.plan import Plan
from swarmscope.query.traceql.search import spans_of
from swarmscope.query.traceql.spansets import Span, Trace, evaluate
from swarmscope.query.traceql.tree import Filter, Select

TRACES_MAX = 20_000


def is_simple(plan: Plan) -> bool:
    """Whether each span is decided by itself, so that SQL alone selects."""
    return all(isinstance(stage, Filter | Select) for stage in plan.query.stages) and not plan.nested


def walk(reads: Reader, plan: Plan, within: Window) -> Iterator[tuple[str, Span]]:
    """Every selected span of a window with its trace, each once. QueryError: too many traces."""
    candidates = f"{between('start_time', within)} AND {plan.candidates(within)}"
    traces = f"(SELECT DISTINCT trace_id FROM {plan.source(within)} WHERE {candidates})"
    count = reads.rows(f"SELECT count() AS n FROM {traces} AS c", plan.params.values)[0]["n"]
    if count > TRACES_MAX:
        raise QueryError(
            f"{count} traces would have to be looked at, more than {TRACES_MAX}; narrow the time or the filters"
        )
    by_trace: dict[str, list[Span]] = defaultdict(list)
    for trace, span in spans_of(reads, plan, within, f"trace_id IN {traces}", {}):
        by_trace[trace].append(span)
    for name, spans in by_trace.items():
        reads.left()
        for i in sorted({i for found in evaluate(plan.query, Trace(spans)) for i in found.spans}):
            yield name, spans[i]
