"""Samples that the program makes itself (rules) enter like everybody's: as remote write, by the intake."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Protocol

from swarmscope.ingest.intake import Intake
from swarmscope.ingest.wire.prometheus import V1
from swarmscope.ingest.write_histogram import fill
from swarmscope.ingest.write_request import STALE, WriteRequest, labels, sample
from swarmscope.model.batch import Receipt
from swarmscope.query.promql.histogram import Histogram


class Row(Protocol):
    """A sample of a series. value: None is a marker of staleness."""

    @property
    def labels(self) -> Iterable[tuple[str, str]]: ...
    @property
    def value(self) -> float | Histogram | None: ...
    @property
    def time_ms(self) -> int: ...


def submit(intake: Intake, tenant: str, rows: Sequence[Row]) -> Future[Receipt]:
    """Write rows of a tenant; durable when the future is done. Errors as of `Intake.submit`."""
    return intake.submit("samples", encoded(rows), tenant, "write1")


def encoded(rows: Sequence[Row]) -> bytes:
    """Rows as a request of remote write 1.0."""
    request = WriteRequest()
    rest = V1["WriteRequest"]()
    for row in rows:
        if isinstance(row.value, Histogram):
            series = rest.timeseries.add()
            for name, value in sorted(row.labels):
                series.labels.add(name=name, value=value)
            fill(series.histograms.add(), row.value, row.time_ms)
        else:
            request.add(labels(row.labels), sample(STALE if row.value is None else row.value, row.time_ms))
    made: bytes = rest.SerializeToString()
    return request.encoded() + made
