"""Where the samples of a query come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from swarmscope.query.promql.labels import Labels, Mask
from swarmscope.query.promql.nodes import Matcher
from swarmscope.query.promql.values import F64, Grid, Samples


@dataclass(slots=True)
class Selection:
    """Series that fulfil matchers. handle: what their source knows them by."""

    labels: Labels
    handle: Any = None


@dataclass(slots=True)
class Window:
    """A range function over each step of a grid: samples in (t - range, t], t being the step or `at_ms`, less the offset.

    function: `last` (an instant selector with its lookback: nothing after a marker of staleness) or the name of a range
    function. argument: its scalar, constant over steps.
    """

    function: str
    grid: Grid
    range_ms: int
    argument: float = 0.0


class Source(Protocol):
    """Reads of one tenant for one query. Every method may raise PromqlError."""

    def select(self, matchers: Sequence[Matcher], start_ms: int, end_ms: int) -> Selection:
        """The series that fulfil all matchers and may have samples in the time."""
        ...

    def samples(self, selection: Selection, start_ms: int, end_ms: int) -> Samples:
        """Their samples from start to end, both included, markers of staleness too; of samples at one time, the largest."""
        ...

    def gridded(self, selection: Selection, window: Window) -> tuple[F64, Mask] | None:
        """The function over the grid, (series, steps), where the source can compute it exactly; None: take `samples`."""
        ...


Check = Callable[[], None]
"""Raises PromqlError when the query was canceled or has run out of time."""
