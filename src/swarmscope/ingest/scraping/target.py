"""One target: scraped again and again, what it exposed stored with `up` and its like, what is gone marked as ended.

Source: Prometheus, "Automatically generated labels and time series"; scrape/scrape.go for the order of things.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx

from swarmscope.asker import Asker
from swarmscope.errors import DecodeError, LimitError
from swarmscope.ingest.neighbours.exposition import Exposed, Parser
from swarmscope.ingest.scraping.jobs import Job
from swarmscope.ingest.scraping.relabel import relabelled
from swarmscope.ingest.write_request import STALE, WriteRequest, exemplar, labels, sample

ACCEPT = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"


@dataclass(slots=True)
class Scrape:
    """The outcome of one scrape. request: what is to be stored."""

    request: WriteRequest
    up: bool
    seconds: float
    error: str = ""
    samples: int = 0


@dataclass(slots=True)
class Target:
    """discovered: labels before relabelling; own: after, without those that begin with `__`. families: as of `Exposed`.
    refused: why it is not asked; empty: it is."""

    job: Job
    url: str
    discovered: dict[str, str]
    own: dict[str, str]
    interval_s: float
    timeout_s: float
    last: Scrape | None = None
    last_s: float = 0.0
    due_s: float = 0.0
    families: dict[str, list[str]] = field(default_factory=dict)
    refused: str = ""
    _parser: Parser = field(default_factory=Parser)
    _before: dict[bytes, bool] = field(
        default_factory=dict
    )  # series of the last scrape; whether they end when they are gone
    _blocks: dict[tuple[tuple[str, str], ...], bytes | None] = field(default_factory=dict)

    @classmethod
    def of(cls, job: Job, address: str, extra: dict[str, str], interval_s: float, timeout_s: float) -> Target | None:
        """A target with its labels; None where relabelling drops it."""
        discovered = discovered_labels(job, address, extra, interval_s, timeout_s)
        found = relabelled(discovered, job.relabel_configs)
        if found is None or not found.get("__address__"):
            return None
        given = {name: list(values) for name, values in job.params.items()}
        for name, value in found.items():
            if name.startswith("__param_"):
                given[name[8:]] = [value, *given.get(name[8:], [])[1:]]
        query = f"?{urlencode(given, doseq=True)}" if given else ""
        url = f"{found.get('__scheme__', 'http')}://{found['__address__']}{found.get('__metrics_path__', '/metrics')}{query}"
        own = {name: value for name, value in found.items() if not name.startswith("__")}
        own.setdefault("instance", found["__address__"])
        return cls(job, url, discovered, own, interval_s, timeout_s)

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What makes it the same target after a discovery."""
        return self.url, tuple(sorted(self.own.items()))

    def adopt(self, other: Target, now_s: float) -> None:
        """Go on as the same target by another configuration: what was seen of it stays. now_s: by the monotonic clock."""
        if (self.job, self.interval_s, self.timeout_s) != (other.job, other.interval_s, other.timeout_s):
            self.due_s = min(self.due_s, now_s + other.interval_s)
            self.interval_s, self.timeout_s, self.job = other.interval_s, other.timeout_s, other.job
            self._blocks = {}  # relabelled by the rules of before
        self.discovered, self.refused = other.discovered, other.refused

    def scrape(self, asker: Asker) -> Scrape:
        """Ask the target now. Never raises for what a target does."""
        begun, now_ms = time.monotonic(), time.time_ns() // 10**6
        request = WriteRequest()
        exposed: Exposed | None = None
        error = ""
        try:
            if self.refused:
                raise LimitError(self.refused)
            exposed = self._parse(*self._fetch(asker))
            blocks = self._relabelled(exposed)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, DecodeError, LimitError, ValueError) as e:
            error, blocks = str(e) or type(e).__name__, []
        now: dict[bytes, bool] = {}
        kept = 0
        if not error and exposed is not None:
            kept = self._put(request, exposed, blocks, now, now_ms)
            self.families = exposed.families
        for block, ends in self._before.items():
            if ends and not now.get(block):
                request.add(block, sample(STALE, now_ms))
        added = len(now.keys() - self._before.keys())
        self._before = now
        took = time.monotonic() - begun
        scraped = 0 if exposed is None else len(exposed.samples)
        self._report(request, now_ms, not error, took, scraped, kept, added)
        self.last, self.last_s = Scrape(request, not error, took, error, scraped), time.time()
        return self.last

    def end(self) -> bytes:
        """The target is gone: all its series end."""
        request, now_ms = WriteRequest(), time.time_ns() // 10**6
        before = (block for block, ends in self._before.items() if ends)
        for block in [*before, *(self._named(name) for name in _REPORTS)]:
            request.add(block, sample(STALE, now_ms))
        self._before = {}
        return request.encoded()

    def _fetch(self, asker: Asker) -> tuple[str, str]:
        headers = {"Accept": ACCEPT, "X-Prometheus-Scrape-Timeout-Seconds": f"{self.timeout_s:g}"}
        job = self.job
        if not job.enable_compression:
            headers["Accept-Encoding"] = "identity"
        answer = asker.ask(
            self.url, self.timeout_s, job.body_bytes_max, headers, self._auth(), job.tls, job.follow_redirects
        )
        return answer.body.decode(), answer.media

    def _auth(self) -> Any:
        basic, token = self.job.basic_auth, self.job.authorization
        if basic is not None:
            password = basic.password or _secret(basic.password_file)
            return httpx.BasicAuth(basic.username, password)
        if token is None:
            return None
        secret = token.credentials or _secret(token.credentials_file)

        def bearer(request: httpx.Request) -> httpx.Request:
            request.headers["Authorization"] = f"{token.type} {secret}"
            return request

        return bearer

    def _parse(self, text: str, media: str) -> Exposed:
        return self._parser.parse(text, "openmetrics" in media)

    def _relabelled(self, exposed: Exposed) -> list[bytes | None]:
        if len(self._blocks) > 2 * len(exposed.samples) + 1000:
            self._blocks = {}
        out, blocks = [], self._blocks
        for pairs, _, _ in exposed.samples:
            if pairs not in blocks:
                blocks[pairs] = self._block(dict(pairs))
            out.append(blocks[pairs])
        left = len(out) - out.count(None)
        if self.job.sample_limit and left > self.job.sample_limit:
            raise LimitError(
                f"sample limit exceeded: {left} samples after relabelling, {self.job.sample_limit} allowed"
            )
        return out

    def _block(self, found: dict[str, str]) -> bytes | None:
        if self.job.honor_labels:
            merged = {**self.own, **{name: value for name, value in found.items() if value or name not in self.own}}
        else:
            merged = {**found, **self.own}
            for name in sorted((name for name in found if name in self.own), key=len):
                renamed = f"exported_{name}"
                while merged.get(renamed):  # the target exposes that name too
                    renamed = f"exported_{renamed}"
                merged[renamed] = found[name]
        kept = relabelled(merged, self.job.metric_relabel_configs) if self.job.metric_relabel_configs else merged
        if kept is None or not kept.get("__name__"):
            return None
        self._within(kept)
        return labels(kept)

    def _within(self, found: dict[str, str]) -> None:
        """Whether a series keeps to the limits of its job. LimitError, in Prometheus' words."""
        job, metric = self.job, found["__name__"][:50]
        if 0 < job.label_limit < len(found):
            raise LimitError(
                f"label_limit exceeded (metric: {metric}, number of labels: {len(found)}, limit: {job.label_limit})"
            )
        if not job.label_name_length_limit and not job.label_value_length_limit:
            return
        for name, value in found.items():
            for what, text, limit, shown in (
                ("name", name, job.label_name_length_limit, ""),
                ("value", value, job.label_value_length_limit, f'value: "{value[:50]}", '),
            ):
                if 0 < limit < len(text.encode()):
                    raise LimitError(
                        f"label_{what}_length_limit exceeded (metric: {metric}, label name: {name[:50]}, {shown}"
                        f"length: {len(text.encode())}, limit: {limit})"
                    )

    def _put(
        self, request: WriteRequest, exposed: Exposed, blocks: list[bytes | None], now: dict[bytes, bool], now_ms: int
    ) -> int:
        """Add what is stored; its series go into `now`. How many samples they are."""
        marks = {position: exemplar(pairs, value, at or now_ms) for position, pairs, value, at in exposed.exemplars}
        kept = 0
        for number, ((_, value, at), block) in enumerate(zip(exposed.samples, blocks, strict=True)):
            own_time = at if self.job.honor_timestamps else None
            if block is None or (own_time is None and block in now):  # dropped, or a second sample of the same series
                continue
            more = (marks[number],) if number in marks else ()
            request.add(block, sample(value, now_ms if own_time is None else own_time), *more)
            # who brings times of its own is not marked as ended, unless the job says so
            now[block] = own_time is None or self.job.track_timestamps_staleness
            kept += 1
        for family, (kind, unit, text) in exposed.families.items():
            request.describe(family, kind, unit, text)
        return kept

    def _named(self, name: str) -> bytes:
        return labels({**self.own, "__name__": name})

    def _report(
        self, request: WriteRequest, now_ms: int, up: bool, took: float, scraped: int, kept: int, added: int
    ) -> None:
        figures = (float(up), took, float(scraped), float(kept), float(added))
        for name, value in zip(_REPORTS, figures, strict=True):
            request.add(self._named(name), sample(value, now_ms))


def discovered_labels(
    job: Job, address: str, extra: dict[str, str], interval_s: float, timeout_s: float
) -> dict[str, str]:
    """The labels of a target before relabelling. extra: those of its group and source."""
    return {
        "job": job.job_name, "__address__": address, "__scheme__": job.scheme, "__metrics_path__": job.metrics_path,
        "__scrape_interval__": f"{interval_s:g}s", "__scrape_timeout__": f"{timeout_s:g}s",
        **{f"__param_{name}": values[0] for name, values in job.params.items() if values}, **extra,
    }  # fmt: skip


def _secret(file: str) -> str:
    """Read at every scrape, so that it may change."""
    return Path(file).read_text(encoding="utf-8").strip() if file else ""


_REPORTS = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
)
