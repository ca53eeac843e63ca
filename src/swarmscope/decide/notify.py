"""Tells Alertmanagers of alerts: API v2, `POST /api/v2/alerts`.

Each Alertmanager has a queue of its own that holds the newest state of an alert, bounded. What cannot be delivered is tried
again until its state is out of date, so that a resolved alert is told of even when an Alertmanager was away meanwhile.
Source: Alertmanager, OpenAPI v2; Prometheus, `notifier`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpx

from swarmscope import telemetry
from swarmscope.asker import Asker
from swarmscope.decide.alerts import Alert
from swarmscope.errors import ConfigError, DecodeError
from swarmscope.query.promql.memory import Key

QUEUE_MAX = 10_000
BATCH_MAX = 256
TIMEOUT_S = 10.0
BACKOFF_S, BACKOFF_MAX_S = 0.5, 15.0
STOP_S = 3.0
_log = telemetry.logger("decide")
_sent = telemetry.counter("swarmscope_rules_notifications_total", "Alerts told to Alertmanagers", ("outcome",))
_queued = telemetry.gauge("swarmscope_rules_notifications_queued", "Alerts that wait for an Alertmanager")


@dataclass(slots=True)
class _Waiting:
    """The newest state of an alert that was not delivered yet. until_s: when it is out of date."""

    body: dict[str, Any]
    until_s: float


@dataclass(slots=True)
class Alertmanager:
    """One receiver. error: of the last try, empty when it went well."""

    url: str
    shown: str
    auth: httpx.BasicAuth | None
    waiting: dict[Key, _Waiting] = field(default_factory=dict)
    error: str = ""
    news: threading.Event = field(default_factory=threading.Event)


def receiver(url: str) -> Alertmanager:
    """From an address, which may name user and password. ConfigError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"rules.alertmanagers: {url[:200]!r} is no address; write http://host:9093")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    path = parts.path.rstrip("/")
    if not path.endswith("/api/v2/alerts"):
        path += "/api/v2/alerts"
    plain = f"{parts.scheme}://{host}{port}{path}"
    return Alertmanager(plain, plain, _auth(parts))


def _auth(parts: SplitResult) -> httpx.BasicAuth | None:
    return httpx.BasicAuth(unquote(parts.username), unquote(parts.password or "")) if parts.username else None


class Notifier:
    """Owns one thread per Alertmanager."""

    def __init__(self, urls: Sequence[str], clock: Callable[[], float] = time.time) -> None:
        self.receivers = [receiver(url) for url in urls]
        self._clock = clock
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._asker: Asker | None = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to deliver."""
        if self.receivers:
            self._asker = Asker()
        for one in self.receivers:
            thread = threading.Thread(target=self._deliver, args=(one,), name="notify", daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Deliver no more; what waits is told after the next start, if it still holds."""
        self._stopping.set()
        for one in self.receivers:
            one.news.set()
        for thread in self._threads:
            thread.join(STOP_S)
        if self._asker is not None:
            self._asker.close()

    def tell(self, alerts: Sequence[Alert], external: Mapping[str, str], generator: str, valid_s: float) -> None:
        """Queue alerts for every Alertmanager. valid_s: how long a firing one holds unless told again."""
        now_s = self._clock()
        for alert in alerts:
            labels = dict(external) | dict(alert.labels)
            ends_s = alert.resolved_ms / 1000 if alert.resolved_ms else now_s + valid_s
            body = {
                "labels": labels,
                "annotations": {n: text for n, text in alert.annotations.items() if text},
                "startsAt": rfc3339(alert.fired_ms / 1000),
                "endsAt": rfc3339(ends_s),
                "generatorURL": generator,
            }
            waiting = _Waiting(body, now_s + max(valid_s, 900.0) if alert.resolved_ms else ends_s)
            with self._lock:
                for one in self.receivers:
                    one.waiting.pop(tuple(sorted(labels.items())), None)
                    one.waiting[tuple(sorted(labels.items()))] = waiting
                    while len(one.waiting) > QUEUE_MAX:
                        del one.waiting[next(iter(one.waiting))]
                        _sent.labels("dropped").inc()
        for one in self.receivers:
            one.news.set()

    def _deliver(self, one: Alertmanager) -> None:
        backoff_s = BACKOFF_S
        while not self._stopping.is_set():
            batch = self._batch(one)
            if not batch:
                one.news.wait(5.0)
                one.news.clear()
                continue
            one.error = self._post(one, [w.body for w in batch.values()])
            if not one.error:
                backoff_s = BACKOFF_S
                with self._lock:
                    for key, waiting in batch.items():
                        if one.waiting.get(key) is waiting:
                            del one.waiting[key]
                _sent.labels("sent").inc(len(batch))
                continue
            _sent.labels("failed").inc(len(batch))
            _log.warning("alerts_not_delivered", alertmanager=one.shown, alerts=len(batch), error=one.error)
            self._stopping.wait(backoff_s)
            backoff_s = min(BACKOFF_MAX_S, backoff_s * 2)

    def _batch(self, one: Alertmanager) -> dict[Key, _Waiting]:
        now_s = self._clock()
        with self._lock:
            late = [key for key, waiting in one.waiting.items() if waiting.until_s < now_s]
            for key in late:
                del one.waiting[key]
            if late:
                _sent.labels("dropped").inc(len(late))
            _queued.set(sum(len(r.waiting) for r in self.receivers))
            return dict(list(one.waiting.items())[:BATCH_MAX])

    def _post(self, one: Alertmanager, bodies: list[dict[str, Any]]) -> str:
        """What went wrong; empty: nothing. What the Alertmanager calls malformed is given up."""
        assert self._asker is not None  # noqa: S101 # made before the thread
        content = json.dumps(bodies).encode()  # escaped: "\xff" of PromQL is no Unicode, and must stop nobody
        try:
            status, text = self._asker.tell(one.url, content, TIMEOUT_S, {"Content-Type": "application/json"}, one.auth)
        except (httpx.HTTPError, DecodeError) as e:
            return f"{type(e).__name__}: {e}"
        if status in (400, 413, 422):
            _log.error("alerts_refused", alertmanager=one.shown, status=status, answer=text[:300])
            _sent.labels("refused").inc(len(bodies))
            return ""
        return "" if 200 <= status < 300 else f"it answered {status}: {text[:200]}"


def rfc3339(seconds: float) -> str:
    """A moment as the API wants it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
