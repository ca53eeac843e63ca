"""StatsD over UDP and TCP, with tags: off unless `[plugins.options.receiver.statsd] port` is set.

Counters add up for as long as the program runs and are stated every `flush_s` as `<name>_total`, gauges as they are, sets as
the number of distinct members, timers and histograms as summaries (quantiles of the interval, `_sum` and `_count` since the
start). Dots and other signs become underscores. A series that nobody names for `forget_s` ends.

Source: StatsD "Metric types"; DogStatsD datagram format (`|#tag:value`); InfluxDB's form (`name,tag=value`).
"""

from __future__ import annotations

import math
import re
import socket
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from swarmscope.config import Config
from swarmscope.errors import ConfigError, LimitError, SwarmscopeError
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.base import Receiver
from swarmscope.ingest.write_request import STALE, WriteRequest, labels, sample
from swarmscope.model.access import DEFAULT_TENANT
from swarmscope.model.batch import Receipt
from swarmscope.telemetry import counter, logger

DATAGRAM_BYTES_MAX = 65_535
LINE_BYTES_MAX = 8192
VALUES_MAX = 10_000  # of one timer between two flushes; then every new one replaces an old one
CONNECTIONS_MAX = 256
QUANTILES = (0.5, 0.9, 0.99)
_FOREIGN = re.compile(r"[^a-zA-Z0-9_]")
_lines = counter("swarmscope_ingest_statsd_lines_total", "StatsD lines by outcome", ("outcome",))
_log = logger("ingest")
Tags = tuple[tuple[str, str], ...]


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """port: 0 is off. tcp: listen on the same port too. tenant: whose the samples are, as datagrams have no credential."""

    port: Annotated[int, Meta(ge=0, le=65_535)] = 0
    tcp: bool = True
    flush_s: Annotated[float, Meta(ge=0.1, le=300)] = 10.0
    forget_s: Annotated[float, Meta(ge=1)] = 3600.0
    series_max: Annotated[int, Meta(ge=1)] = 100_000
    tenant: str = DEFAULT_TENANT


@dataclass(slots=True)
class _Series:
    """kind: c, g, s or ms."""

    kind: str
    name: str
    tags: Tags
    total: float = 0.0
    count: float = 0.0
    values: list[float] = field(default_factory=list)
    members: set[str] = field(default_factory=set)
    seen_s: float = 0.0


class Lines:
    """Adds up lines. Any thread."""

    def __init__(self, series_max: int, forget_s: float, value_bytes_max: int = 16 << 10) -> None:
        self._series: dict[tuple[str, str, Tags], _Series] = {}
        self._series_max, self._forget_s = series_max, forget_s
        self._value_bytes_max = value_bytes_max
        self._lock = threading.Lock()

    def take(self, data: bytes) -> None:
        """Some lines; those that cannot be read, and those of series beyond the limit, are counted."""
        for raw in data.split(b"\n"):
            text = raw.strip()
            if not text or text.startswith((b"_e{", b"_sc|")):  # events and checks of DogStatsD are no samples
                continue
            try:
                self._line(text.decode())
            except LimitError:
                _lines.labels("beyond_series_max").inc()
            except (ValueError, IndexError):
                _lines.labels("malformed").inc()
            else:
                _lines.labels("accepted").inc()

    def _line(self, text: str) -> None:
        name, _, rest = text.partition(":")
        parts = rest.split("|")
        kind = {"h": "ms", "d": "ms"}.get(parts[1], parts[1])
        if kind not in ("c", "g", "s", "ms") or not name:
            raise ValueError("unknown kind")
        rate = 1.0
        tags: dict[str, str] = {}
        for part in parts[2:]:
            if part.startswith("@"):
                rate = float(part[1:])
                if not 0 < rate <= 1:
                    raise ValueError("rate")
            elif part.startswith("#"):
                tags |= dict(tag.partition(":")[::2] for tag in part[1:].split(",") if tag)
        if "," in name:
            name, *pairs = name.split(",")
            tags |= dict(pair.partition("=")[::2] for pair in pairs)
        texts = parts[0].split(":")
        if kind != "s" and not all(math.isfinite(float(value)) for value in texts):
            raise ValueError("not finite")
        named = {_clean(k): v for k, v in tags.items() if v}  # of tags that are one label the last holds
        if "__name__" in named or any(len(v.encode()) > self._value_bytes_max for v in named.values()):
            raise ValueError("a tag that cannot be a label")
        if kind == "ms" and "quantile" in named:
            raise ValueError("a tag that a summary has for itself")
        ordered = tuple(sorted(named.items()))
        with self._lock:
            series = self._of(kind, _clean(name), ordered)
            for value in texts:
                _add(series, kind, value, rate)

    def _of(self, kind: str, name: str, tags: Tags) -> _Series:
        key = (kind, name, tags)
        found = self._series.get(key)
        if found is None:
            if len(self._series) >= self._series_max:
                raise LimitError("too many series")
            found = self._series[key] = _Series(kind, name, tags)
        found.seen_s = time.monotonic()
        return found

    def flush(self, now_ms: int) -> WriteRequest:
        """What is to be stored now."""
        request = WriteRequest()
        oldest_s = time.monotonic() - self._forget_s
        with self._lock:
            for key, series in list(self._series.items()):
                ended = series.seen_s < oldest_s
                for pairs, value in _stated(series):
                    request.add(labels([*series.tags, *pairs]), sample(STALE if ended else value, now_ms))
                series.values, series.members = [], set()
                if ended:
                    del self._series[key]
        return request


def _tell(stored: Future[Receipt]) -> None:
    """Datagrams are not answered: the log has what was refused."""
    if (error := stored.exception()) is not None:
        _log.warning("statsd_not_stored", error=str(error))
    elif stored.result().rejected:
        _log.warning("statsd_refused", samples=stored.result().rejected, why=stored.result().message)


def _clean(name: str) -> str:
    made = _FOREIGN.sub("_", name)
    return f"_{made}" if made[:1].isdigit() else made


def _add(series: _Series, kind: str, text: str, rate: float) -> None:
    if kind == "s":
        if len(series.members) < VALUES_MAX:
            series.members.add(text)
        return
    value = float(text)
    if kind == "g":
        series.total = series.total + value if text[0] in "+-" else value
        return
    weight = 1 / rate
    series.total += value * weight
    series.count += weight
    if kind == "ms":
        if len(series.values) < VALUES_MAX:
            series.values.append(value)
        else:
            series.values[int(series.count) % VALUES_MAX] = value


def _stated(series: _Series) -> list[tuple[list[tuple[str, str]], float]]:
    if series.kind == "c":
        name = series.name if series.name.endswith("_total") else f"{series.name}_total"
        return [([("__name__", name)], series.total)]
    if series.kind == "g":
        return [([("__name__", series.name)], series.total)]
    if series.kind == "s":
        return [([("__name__", series.name)], float(len(series.members)))]
    found = [
        ([("__name__", f"{series.name}_sum")], series.total),
        ([("__name__", f"{series.name}_count")], series.count),
    ]
    if series.values:
        for q, value in zip(QUANTILES, np.quantile(series.values, QUANTILES).tolist(), strict=True):
            found.append(([("__name__", series.name), ("quantile", f"{q:g}")], value))
    return found


class StatsdReceiver(Receiver):
    """StatsD lines, added up and stored every few seconds."""

    name = "statsd"
    Options = Options

    def __init__(self, config: Config, intake: otlp.Intake, authenticate: otlp.Authenticate) -> None:
        super().__init__(config, intake, authenticate)
        self.port = self.options.port
        self.lines = Lines(self.options.series_max, self.options.forget_s, config.ingest.label_value_max_bytes)
        self._stop = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._connections = threading.BoundedSemaphore(CONNECTIONS_MAX)

    def start(self) -> None:
        """Listen. ConfigError where the port is taken."""
        if not self.options.port:
            return
        try:
            self._listen(socket.SOCK_DGRAM, self._datagrams)
            if self.options.tcp:
                self._listen(socket.SOCK_STREAM, self._clients)
        except OSError as e:
            raise ConfigError(
                f"cannot listen on {self.config.server.host}:{self.port} for StatsD: {e.strerror}; "
                "set plugins.options.receiver.statsd.port"
            ) from e
        self._thread(self._flushes)

    def stop(self) -> None:
        """Take no more and store what was added up."""
        self._stop.set()
        for one in self._sockets:
            one.close()
        for thread in self._threads:
            thread.join(2.0)
        if self._threads:
            self._flush()

    def _listen(self, kind: int, serve: object) -> None:
        family = socket.AF_INET6 if ":" in self.config.server.host else socket.AF_INET
        one = socket.socket(family, kind)
        self._sockets.append(one)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((self.config.server.host, self.port))
        one.settimeout(0.5)
        if kind == socket.SOCK_STREAM:
            one.listen(64)
        self._thread(serve, one)

    def _thread(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name="statsd", daemon=True)  # type: ignore[arg-type] # bound methods
        self._threads.append(thread)
        thread.start()

    def _datagrams(self, one: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                self.lines.take(one.recv(DATAGRAM_BYTES_MAX))
            except TimeoutError:
                continue
            except OSError:
                return

    def _clients(self, one: socket.socket) -> None:
        while not self._stop.is_set():
            try:
                client, _ = one.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            if self._connections.acquire(blocking=False):
                threading.Thread(target=self._client, args=(client,), name="statsd-client", daemon=True).start()
            else:
                client.close()

    def _client(self, client: socket.socket) -> None:
        held = b""
        with client:
            client.settimeout(1.0)
            while not self._stop.is_set():
                try:
                    data = client.recv(65_536)
                except TimeoutError:
                    continue
                except OSError:
                    break
                if not data:
                    break
                whole, _, held = (held + data).rpartition(b"\n")
                self.lines.take(whole)
                if len(held) > LINE_BYTES_MAX:
                    _lines.labels("malformed").inc()  # and its beginning is no line
                    held = b""
                    break
            self.lines.take(held)
        self._connections.release()

    def _flushes(self) -> None:
        while not self._stop.wait(self.options.flush_s):
            self._flush()

    def _flush(self) -> None:
        request = self.lines.flush(time.time_ns() // 10**6)
        if not request.samples:
            return
        try:
            stored = self.intake.submit("samples", request.encoded(), self.options.tenant, "write1")  # type: ignore[arg-type] # a signal beside OTLP's
        except SwarmscopeError as e:
            _log.warning("statsd_not_stored", error=str(e))
        else:
            stored.add_done_callback(_tell)
