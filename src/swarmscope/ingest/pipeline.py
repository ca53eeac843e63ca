"""From scanned columns to the tables of `model.tables`: limits, redaction, semantics, prices, messages.

Pure CPU, no I/O. One `Pipeline` per worker thread; its parts remember keys, words and what was sent before.
"""

from __future__ import annotations

from collections.abc import Sequence

from swarmscope.config import Config
from swarmscope.ingest import rules
from swarmscope.ingest.columns import LogColumns, MetricColumns, SpanColumns
from swarmscope.ingest.limits import SeriesCounter
from swarmscope.ingest.logs import LogStage
from swarmscope.ingest.metrics import MetricStage
from swarmscope.ingest.prices import Prices, tables
from swarmscope.ingest.recent import Recent
from swarmscope.ingest.redact import Redactor
from swarmscope.ingest.sessions import Sessions
from swarmscope.ingest.shared import Request, Result, TenantKeys
from swarmscope.ingest.spans import SpanStage
from swarmscope.ingest.templates import Miner
from swarmscope.ingest.totals import Totals
from swarmscope.ingest.writes import WriteStage

__all__ = ["Pipeline", "Request", "Result", "TenantKeys"]


class Pipeline:
    """The stages of one worker. Raises ConfigError for rules, patterns or prices that cannot be used.

    keys: tenant → 16 secret bytes that key the message hashes. Shared by all workers: miner, of log templates, totals, of what
    has usage below it, sessions, of spans that name none, and counter, of series.
    After the journal has a result's tables, call its `durable()`.
    """

    def __init__(
        self,
        config: Config,
        keys: TenantKeys,
        miner: Miner | None = None,
        totals: Totals | None = None,
        sessions: Sessions | None = None,
        counter: SeriesCounter | None = None,
    ) -> None:
        options = config.ingest
        resources = Recent(1 << 16)
        # one redactor per signal: each follows the pool of its own builder
        self.prices = Prices(options.prices_file, tables(config))
        found = rules.found(config)
        redactor = Redactor(options.redaction, found)
        self._spans = SpanStage(
            options, keys, redactor, self.prices, resources, totals or Totals(), sessions or Sessions()
        )
        self._logs = LogStage(options, keys, Redactor(options.redaction, found), resources, miner or Miner())
        counter = counter or SeriesCounter(options.series_max)
        self._metrics = MetricStage(options, keys, Redactor(options.redaction, found), counter)
        self.writes = WriteStage(options, keys, Redactor(options.redaction, found), counter)

    def spans(self, columns: SpanColumns, requests: Sequence[Request], now_ns: int) -> Result:
        """Rows of spans, spans_pending, messages and resources."""
        return self._spans.run(columns, requests, now_ns)

    def logs(self, columns: LogColumns, requests: Sequence[Request], now_ns: int) -> Result:
        """Rows of logs, agent_events and resources."""
        return self._logs.run(columns, requests, now_ns)

    def metrics(self, columns: MetricColumns, requests: Sequence[Request], now_ns: int) -> Result:
        """Rows of series, samples, histograms and exemplars."""
        return self._metrics.run(columns, requests, now_ns)

    def forget(self) -> None:
        """Send messages again although they were sent before: some were erased from the store."""
        self._spans.forget()
