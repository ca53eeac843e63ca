"""Scrapes targets, as Prometheus does: off unless `[plugins.options.receiver.scrape] file` names a file of `scrape_configs`."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from swarmscope.asker import Asker
from swarmscope.config import Config
from swarmscope.errors import SwarmscopeError
from swarmscope.ingest.receivers import otlp
from swarmscope.ingest.receivers.base import Receiver
from swarmscope.ingest.scraping import jobs
from swarmscope.ingest.scraping.target import Target, discovered_labels
from swarmscope.ingest.scraping.watched import Watched
from swarmscope.model.access import DEFAULT_TENANT
from swarmscope.telemetry import counter, logger

DISCOVERY_S = 5.0  # files are looked at so often; a source whose `refresh_interval` is shorter is asked more often
THREADS = 16
STOP_S = 5.0
_log = logger("ingest")
_scrapes = counter("swarmscope_ingest_scrapes_total", "scrapes of targets by outcome", ("outcome",))
_running: list[Scraper] = []


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """file: YAML with `scrape_configs`; empty: nothing is scraped. tenant: whose the samples are."""

    file: str = ""
    tenant: str = DEFAULT_TENANT


class Scraper(Receiver):
    """Prometheus' scrape loop over the jobs of a file."""

    name = "scrape"
    Options = Options

    def __init__(self, config: Config, intake: otlp.Intake, authenticate: otlp.Authenticate) -> None:
        super().__init__(config, intake, authenticate)
        self.targets: dict[object, Target] = {}
        self.dropped: list[tuple[str, dict[str, str]]] = []  # by relabelling: job, labels before it
        self.watched: Watched | None = None
        self._news = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._discovery: ThreadPoolExecutor | None = None
        self._asker: Asker | None = None
        self._kept: dict[str, dict[str, jobs.Found]] = {}
        self._busy: set[object] = set()
        self._discovering = threading.Event()
        self._ending = threading.Lock()

    def start(self) -> None:
        """Read the file and begin. ConfigError."""
        if not self.options.file:
            return
        self.watched = Watched(Path(self.options.file).expanduser())
        self._asker = Asker()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="scrape")
        self._discovery = ThreadPoolExecutor(1, thread_name_prefix="discovery")
        self._thread = threading.Thread(target=self._run, args=(self.watched,), name="scrape", daemon=True)
        self._thread.start()
        _running.append(self)

    def reload(self) -> None:
        """Read the file again. ConfigError: the one of before goes on."""
        if self.watched is not None:
            self.watched.load()
            self._news.set()

    def stop(self) -> None:
        """No further scrape; those under way may end within seconds."""
        self._stop.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join(STOP_S)
        for pool in (self._pool, self._discovery):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)
        if self._asker is not None:
            self._asker.close()
        if self in _running:
            _running.remove(self)

    def _run(self, watched: Watched) -> None:
        discover_s, wanted = 0.0, False
        while not self._stop.is_set():
            now = time.monotonic()
            wanted |= self._news.is_set() or now >= discover_s
            self._news.clear()
            if now >= discover_s:
                discover_s = now + min([DISCOVERY_S, *jobs.refreshes(watched.file)])
            if wanted and not self._discovering.is_set():  # a slow source holds up neither scrapes nor this loop
                wanted = False
                assert self._discovery is not None  # noqa: S101 # made before this thread
                self._discovering.set()
                self._discovery.submit(self._look, watched)
            for key, target in list(self.targets.items()):
                if target.due_s <= now and key not in self._busy:
                    target.due_s = max(target.due_s + target.interval_s, now)
                    self._busy.add(key)
                    assert self._pool is not None  # noqa: S101 # made before this thread
                    self._pool.submit(self._scrape, key, target)
            due = min((t.due_s for t in list(self.targets.values())), default=discover_s)
            self._news.wait(max(0.01, min(due, discover_s, now + 1.0) - time.monotonic()))

    def _look(self, watched: Watched) -> None:
        try:
            watched.follow()
            self._discover(watched.file, watched.path.parent)
        except Exception as e:  # noqa: BLE001 # a defect met at one answer must not end discovery
            _log.error("discovery_failed", error=repr(e))
        finally:
            self._discovering.clear()

    def _discover(self, file: jobs.File, folder: Path) -> None:
        assert self._asker is not None  # noqa: S101 # made before this thread
        wanted: dict[object, Target] = {}
        dropped: list[tuple[str, dict[str, str]]] = []
        self._kept = {name: self._kept[name] for job in file.scrape_configs if (name := job.job_name) in self._kept}
        for job in file.scrape_configs:
            found = jobs.discovered(job, folder, self._asker, self._kept.get(job.job_name, {}), time.monotonic())
            self._kept[job.job_name] = found
            interval_s = jobs.seconds(job.scrape_interval or file.defaults.scrape_interval)
            timeout_s = min(interval_s, jobs.seconds(job.scrape_timeout or file.defaults.scrape_timeout))
            for meta, group in ((of.meta, g) for of in found.values() for g in of.groups):
                for address in group.targets:
                    extra = {**file.defaults.external_labels, **meta, **group.labels}
                    target = Target.of(job, address, extra, interval_s, timeout_s)
                    if target is None and len(dropped) < jobs.TARGETS_MAX:
                        labels = discovered_labels(job, address, extra, interval_s, timeout_s)
                        dropped.append((job.job_name, labels))
                    if target is not None and len(wanted) < jobs.TARGETS_MAX:
                        wanted.setdefault((job.job_name, target.key), target)
        self.dropped = dropped
        counts = Counter(target.job.job_name for target in wanted.values())
        for target in wanted.values():
            found_here, most = counts[target.job.job_name], target.job.target_limit
            if 0 < most < found_here:
                target.refused = f"target_limit exceeded (number of targets: {found_here}, limit: {most})"
        now = time.monotonic()
        for key, target in wanted.items():
            if (known := self.targets.get(key)) is not None:
                known.adopt(target, now)
            else:
                target.due_s = now + random.random() * min(1.0, target.interval_s)  # noqa: S311 # spreads the load
                self.targets[key] = target
        for key in [key for key in self.targets if key not in wanted]:
            with self._ending:
                self._send(self.targets.pop(key).end())

    def _scrape(self, key: object, target: Target) -> None:
        try:
            assert self._asker is not None  # noqa: S101 # made before this thread
            done = target.scrape(self._asker)
            _scrapes.labels("up" if done.up else "down").inc()
            with self._ending:
                if self.targets.get(key) is target:  # else it ended meanwhile, and nothing may come after
                    self._send(done.request.encoded())
        except Exception as e:  # noqa: BLE001 # a defect with one target must not end the others
            _log.error("scrape_failed", url=target.url, error=repr(e))
        finally:
            self._busy.discard(key)

    def _send(self, body: bytes) -> None:
        try:
            self.intake.submit("samples", body, self.options.tenant, "write1")  # type: ignore[arg-type] # a signal beside OTLP's
        except SwarmscopeError as e:
            _log.warning("scrape_not_stored", error=str(e))


def job(tenant: str, name: str) -> jobs.Job | None:
    """A job of a tenant in this program."""
    found = (j for watched in configurations(tenant) for j in watched.file.scrape_configs if j.job_name == name)
    return next(found, None)


def configurations(tenant: str | None = None) -> Sequence[Watched]:
    """What is in force for a tenant in this program, or for all."""
    return [s.watched for s in list(_running) if tenant in (None, s.options.tenant) and s.watched is not None]


def reload(tenant: str | None = None) -> None:
    """Read the files of a tenant again, or all. ConfigError: one cannot be used, and the one of before goes on."""
    for scraper in tuple(_running):
        if tenant in (None, scraper.options.tenant):
            scraper.reload()


def targets(tenant: str) -> Sequence[Target]:
    """What is scraped for a tenant in this program."""
    return [t for scraper in _running if scraper.options.tenant == tenant for t in list(scraper.targets.values())]


def dropped(tenant: str) -> Sequence[tuple[str, dict[str, str]]]:
    """What relabelling keeps from being scraped for a tenant: job, and labels before it."""
    return [one for scraper in tuple(_running) if scraper.options.tenant == tenant for one in scraper.dropped]
