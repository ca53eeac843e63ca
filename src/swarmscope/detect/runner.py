"""Runs the detectors: ticks over the fleets, batches as they are committed, questions to the store, costly ones elsewhere.

Four threads: `detect` ticks over every tenant and asks the quick questions, `detect-slow` asks the others, `detect-events`
looks at committed batches, `detect-costly` waits for the worker process. None of them holds up ingest, store or pages: what
cannot keep up is left out and counted. Findings go through the journal like everything else.
"""

from __future__ import annotations

import hashlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope import telemetry
from swarmscope.config import Config
from swarmscope.detect.arrivals import Arrivals
from swarmscope.detect.base import Detector, Events, Question, Scores, WindowDetector, by_tenant
from swarmscope.detect.fleet import ENSEMBLE, FleetJudge, remembered, remind
from swarmscope.detect.guard import checked, checked_findings, checked_rows, judged
from swarmscope.detect.roster import Roster
from swarmscope.detect.verdicts import NOTHING_SAID
from swarmscope.detect.worker import Task, Worker
from swarmscope.errors import NotFoundError, SwarmscopeError
from swarmscope.model.finding import Finding, columns
from swarmscope.model.verdict import Tally
from swarmscope.query import findings as stored
from swarmscope.query.reader import Reader, Source
from swarmscope.query.times import DAY_NS, SECOND_NS, Window
from swarmscope.query.watch import FleetView
from swarmscope.window import Panel

IDLE_TICK_S = 5.0
QUICK_S = 10.0  # questions that are asked so often belong to the tick
SAVE_EVERY_S = 120.0
KINDS_EVERY_S = 30.0
FEEDBACK_EVERY_S = 5.0
SNAPSHOT_BYTES_MAX = 1 << 30
WHOLE_MAX = 20_000  # agents of a fleet that is sent to detectors of others as a whole, some 30 MB

_log = telemetry.logger("detect")
_ticks = telemetry.histogram(
    "swarmscope_detect_tick_seconds", "Time of one look at a fleet", (), (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
)
_delay = telemetry.histogram(
    "swarmscope_detect_delay_seconds",
    "From the commit of the data to the finding, by ticks over the fleet or by batches as they are committed",
    ("tier",),
    (0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0),
)
_left_out = telemetry.counter(
    "swarmscope_detect_batches_left_out_total", "Committed batches that event detectors did not see"
)


class Commit(Protocol):
    """A committed batch, as the writer tells of it."""

    @property
    def batch_id(self) -> int: ...
    @property
    def tables(self) -> dict[str, pa.Table]: ...
    @property
    def lane(self) -> str: ...


Submit = Callable[[dict[str, pa.Table], str], object]
Feedback = Callable[[str, int], tuple[int, Sequence[Tally]] | None]


class Runner:
    """All detection of one program.

    store: for reads. tenants: whose. submit: rows of tables of a tenant, into the journal. feedback: what people of a
    tenant said and its revision, None where that is the given one. folder: where snapshots lie.
    """

    def __init__(
        self, config: Config, store: Source, tenants: Callable[[], Sequence[str]], submit: Submit,
        feedback: Feedback, folder: Path,
    ) -> None:  # fmt: skip
        self._config, self._options = config, config.detect
        self._store, self._tenants, self._submit, self._feedback, self._folder = (
            store,
            tenants,
            submit,
            feedback,
            folder,
        )
        self._roster: Roster | None = None
        self._loading, self._making = threading.Lock(), threading.Lock()
        self._looked = False
        self.fleets: dict[str, FleetJudge] = {}
        self._views: dict[str, FleetView] = {}
        self._events: dict[str, dict[str, Detector]] = {}
        self._askers: dict[str, dict[str, WindowDetector]] = {}
        self._asked_at: dict[tuple[str, str], float] = {}
        self._shortlisted_at: dict[str, float] = {}
        self._named_at: dict[str, float] = {}
        self._heard_at: dict[str, float] = {}
        self._heard: dict[str, int] = {}  # the revision
        self._committed_at: dict[str, float] = {}
        self._arrivals: dict[str, Arrivals] = {}
        self._batches: queue.Queue[tuple[float, Commit]] = queue.Queue(max(1, config.detect.queue_batches))
        self._touched: queue.SimpleQueue[Commit] = queue.SimpleQueue()
        self._news, self._stopping = threading.Event(), threading.Event()
        self._locks: dict[str, threading.Lock] = {}
        self._hear_lock = threading.Lock()
        self._event_lock = threading.Lock()  # of what detectors of batches remember
        self._reminders: dict[str, dict[str, NDArray[Any]]] = {}
        self._worker = Worker(config.detect.worker_timeout_s)
        self._costly = ThreadPoolExecutor(1, "detect-costly")
        self._busy: set[str] = set()
        self._saved_at = time.monotonic()
        self._threads: list[threading.Thread] = []

    @property
    def roster(self) -> Roster:
        """All detectors. Who asks first waits for them to be loaded, about a second."""
        with self._loading:
            if self._roster is None:
                self._roster = Roster(self._config.detect, self._config.plugins)
            return self._roster

    @property
    def warming(self) -> str:
        """What is still done before anything is judged, empty once every fleet was looked at or when detection is off."""
        if self._looked or not self._options.enabled:
            return ""
        return "detectors are being loaded" if self._roster is None else "the last minutes of the fleets are being read"

    # ---- life

    def start(self) -> None:
        """Begin to look; nothing happens when detection is off. Batches committed before wait in their queue."""
        if not self._options.enabled:
            return
        for name, work in (
            ("detect", self._tick_on),
            ("detect-slow", self._ask_on),
            ("detect-events", self._events_on),
        ):
            thread = threading.Thread(target=work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """End the threads and the worker, and keep what was learned."""
        self._stopping.set()
        self._news.set()
        self._worker.stop()
        for thread in self._threads:
            thread.join(30.0)
        self._costly.shutdown(cancel_futures=True)
        self._worker.stop()
        if self._threads:
            self._save()

    def committed(self, batch: Commit) -> None:
        """Rows are visible now; called by the writer, so it only notes them."""
        if not self._options.enabled or batch.lane != "live":
            return
        if "spans" in batch.tables or "samples" in batch.tables:
            self._touched.put(batch)
            self._news.set()
        try:
            self._batches.put_nowait((time.monotonic(), batch))
        except queue.Full:
            _left_out.inc()

    @property
    def waiting(self) -> int:
        """Committed batches that detectors of batches have not begun with."""
        return self._batches.qsize()

    def refreshed(self, tenant: str, view: FleetView) -> None:
        """There is a newer view of a tenant's agents; called by the fleet's thread."""
        self._views[tenant] = view

    # ---- ticks

    def _tick_on(self) -> None:
        while not self._stopping.is_set():
            begun = time.monotonic()
            with _kept_going():
                self._take_touched()
            for tenant in self._each():
                self._tick(tenant)
            self._looked = True
            with _kept_going():
                if time.monotonic() - self._saved_at > SAVE_EVERY_S:
                    self._save()
                self._worker.rest()
            took = time.monotonic() - begun
            rest = took * (1 / self._options.share - 1)
            self._stopping.wait(max(self._options.tick_s - took, rest, 0.05))
            self._news.wait(IDLE_TICK_S)
            self._news.clear()

    def _each(self) -> Iterator[str]:
        try:
            yield from self._tenants()
        except SwarmscopeError as e:
            _log.warning("tenants_unknown", error=str(e))

    def fleet(self, tenant: str) -> FleetJudge:
        """The fleet of a tenant, with what was learned before."""
        made = self.fleets.get(tenant)
        if made is not None:
            return made
        with self._making:  # ticks, batches and pages may all be the first to ask
            if tenant not in self.fleets:
                self._locks[tenant] = threading.Lock()
                self.fleets[tenant] = self._restored(tenant)
            return self.fleets[tenant]

    def _tick(self, tenant: str) -> None:
        begun = time.monotonic()
        try:
            fleet = self.fleet(tenant)
            with self._locks[tenant]:
                self._hear(tenant, fleet)
                now_ns = self.known_until(tenant)
                found = fleet.tick(now_ns, self._kinds(tenant, fleet))
                found += self._asked(tenant, fleet, now_ns, quick=True)
            self._tell(tenant, fleet, found, evidence=True)
            self._look_closer(tenant, fleet)
        except SwarmscopeError as e:  # the store is away: its own health tells; the next tick tries again
            _log.warning("tick_failed", tenant=tenant, error=str(e))
        except Exception as e:  # noqa: BLE001 # whatever it is, the next tick tries again and it is in the log
            _log.exception("tick_failed", tenant=tenant, error=f"{type(e).__name__}: {e}")
        _ticks.observe(time.monotonic() - begun)

    def known_until(self, tenant: str) -> int:
        """Until when a fleet is known, by how late its spans arrive (ns)."""
        return self._arrivals.setdefault(tenant, Arrivals()).known_until(time.time_ns())

    def _take_touched(self) -> None:
        while not self._touched.empty():
            batch = self._touched.get()
            for tenant, table in by_tenant(batch.tables.get("spans")):
                began = pc.cast(table["start_time"], pa.int64())
                starts = pc.unique(pc.divide(began, 10 * SECOND_NS)).to_pylist()
                self.fleet(tenant).window.touch([10 * s for s in starts])
                ends = began.to_numpy() + table["duration_ns"].to_numpy().astype(np.int64)
                self._arrivals.setdefault(tenant, Arrivals()).take(ends, time.time_ns())
                self._committed_at.setdefault(tenant, time.monotonic())
            for tenant, _ in by_tenant(batch.tables.get("samples")):
                self.fleet(tenant).window.touch((), reported_too=True)

    def _kinds(self, tenant: str, fleet: FleetJudge) -> dict[str, str]:
        view = self._views.get(tenant)
        if view is None:
            return {}
        kinds = {a: k or s for a, k, s in zip(view.agent, view.texts["kind"], view.texts["service"], strict=True)}
        if time.monotonic() - self._named_at.get(tenant, -KINDS_EVERY_S) >= KINDS_EVERY_S:
            self._named_at[tenant] = time.monotonic()
            fleet.window.name_cohorts(kinds)
            fleet.window.forget_silent()
        return kinds

    def _hear(self, tenant: str, fleet: FleetJudge) -> None:
        with self._hear_lock:  # ticks and batches ask, and what was said last must stay
            if time.monotonic() - self._heard_at.get(tenant, -FEEDBACK_EVERY_S) < FEEDBACK_EVERY_S:
                return
            self._heard_at[tenant] = time.monotonic()
            try:
                said = self._feedback(tenant, self._heard.get(tenant, -1))
            except SwarmscopeError as e:  # the catalog is away: what was said before holds on
                _log.warning("feedback_unknown", tenant=tenant, error=str(e))
                return
            if said is not None:
                fleet.hear(said[1])
                self._heard[tenant] = said[0]

    def _tell(self, tenant: str, fleet: FleetJudge, found: list[Finding], evidence: bool = False) -> None:
        """Into the journal, with traces that show it."""
        since = self._committed_at.pop(tenant, None)
        if not found:
            return
        if evidence:
            about = [f.subject for f in found if f.subject_kind == "agent" and not f.evidence]
            start = min(f.window_start_ns for f in found)
            traces = stored.traces_of(fleet.reads, about, start, max(f.window_end_ns for f in found))
            found = [
                replace(f, evidence=tuple(traces[f.subject])) if not f.evidence and f.subject in traces else f
                for f in found
            ]
        self._submit({"findings": columns(found, time.time_ns())}, tenant)
        if since is not None:
            _delay.labels("fleet").observe(time.monotonic() - since)

    # ---- questions

    def _ask_on(self) -> None:
        while not self._stopping.wait(2.0):
            for tenant in self._each():
                fleet = self.fleets.get(tenant)
                if fleet is not None and fleet.last is not None:
                    with _kept_going(tenant):
                        found = self._asked(tenant, fleet, self.known_until(tenant), quick=False)
                        self._tell(tenant, fleet, found)

    def _asked(self, tenant: str, fleet: FleetJudge, now_ns: int, quick: bool) -> list[Finding]:
        """What the window detectors whose time has come say."""
        if tenant not in self._askers:
            made = self.roster.made("window")
            self._askers[tenant] = {n: d for n, d in made.items() if isinstance(d, WindowDetector)}
        found: dict[str, list[Finding]] = {}
        for name, detector in self._askers[tenant].items():
            if (detector.every_s <= QUICK_S) is not quick or self._stopping.is_set():
                continue
            due = self._asked_at.get((tenant, name), 0.0) + detector.every_s
            if time.monotonic() < due:
                continue
            self._asked_at[tenant, name] = time.monotonic()
            end_ns = now_ns if quick else now_ns // SECOND_NS // 10 * 10 * SECOND_NS
            within = Window(end_ns - round(detector.window_s * SECOND_NS), end_ns)
            if (said := self.ask(tenant, name, within, detector, fleet)) is not None:
                found[name] = said
        news = fleet.news([f for of in found.values() for f in of], now_ns)
        return news + fleet.stated_anew(found, news, now_ns)

    def ask(
        self, tenant: str, name: str, within: Window, detector: WindowDetector | None = None, fleet: FleetJudge | None = None,
        by_person: bool = False,
    ) -> list[Finding] | None:  # fmt: skip
        """What one window detector says of a window, now; None: it failed or is left out. NotFoundError."""
        one = self.roster.listed.get(name)
        if one is None or not issubclass(one.cls, WindowDetector):
            raise NotFoundError(f"there is no detector {name!r} that can be asked about a window")
        asked = detector or one.made()
        if asked is None:
            return None
        fleet = fleet or self.fleet(tenant)
        panel = fleet.last.panel if fleet.last else None
        said = NOTHING_SAID if by_person else fleet.said
        question = Question(tenant, fleet.reads, within, panel, by_person, self._views.get(tenant), said)
        limit = self._options.worker_timeout_s
        found = judged(
            asked, one.health, lambda: checked_findings(asked.judge(question), asked, tenant), one.alone, limit
        )
        return found if found is None or one.cls.heeds else said.kept(found)

    # ---- costly ones, in the worker process

    def _look_closer(self, tenant: str, fleet: FleetJudge) -> None:
        now = time.monotonic()
        if tenant in self._busy or now - self._shortlisted_at.get(tenant, 0.0) < self._options.shortlist_every_s:
            return
        shorter = [n for n, o in self.roster.of("shortlist") if o.elsewhere]
        whole = [n for n, o in self.roster.of("fleet") if o.elsewhere]
        if not shorter and not whole:
            return
        self._shortlisted_at[tenant] = now
        everybody = fleet.last.panel if fleet.last is not None else None
        if everybody is None or self._stopping.is_set():
            return
        chosen = fleet.shortlist(int(now))
        looks = [(n, *chosen) for n in shorter] if chosen is not None else []
        if len(everybody.agents) <= WHOLE_MAX:
            looks += [(n, everybody, len(everybody.agents)) for n in whole]
        elif chosen is not None:
            looks += [(n, *chosen) for n in whole]
        if looks:
            self._busy.add(tenant)
            self._costly.submit(self._closer, tenant, fleet, looks)

    def _closer(self, tenant: str, fleet: FleetJudge, looks: Sequence[tuple[str, Panel, int]]) -> None:
        with _kept_going(tenant):
            for name, panel, candidates in looks:
                one = self.roster.listed[name]
                detector = one.made()
                if detector is None:
                    continue
                task = Task(one.code(), one.plain(), panel)

                def call(task: Task = task, detector: Detector = detector) -> Scores | list[Finding]:
                    return checked(self._worker.run(task), detector, task.seen)

                given = judged(detector, one.health, call)
                if given is None or self._stopping.is_set():
                    continue
                with self._locks[tenant]:
                    if isinstance(given, Scores):
                        everybody = len(fleet.last.panel.agents) if fleet.last else len(panel.agents)
                        wanted = set(panel.agents[:candidates])
                        tests = everybody * given.tail.shape[0]
                        found = [f for f in fleet.take(name, panel, given, tests) if f.subject in wanted]
                    else:
                        found = given
                    news = fleet.news(found, time.time_ns())
                self._tell(tenant, fleet, news, evidence=True)
        self._busy.discard(tenant)

    # ---- committed batches

    def _events_on(self) -> None:
        while not self._stopping.is_set():
            try:
                since, batch = self._batches.get(timeout=0.5)
            except queue.Empty:
                continue
            wanted = {t for _, o in self.roster.of("events") for t in getattr(o.cls, "tables", ())}
            shares: dict[str, dict[str, pa.Table]] = {}
            for name in wanted & batch.tables.keys():
                for tenant, table in by_tenant(batch.tables[name]):
                    shares.setdefault(tenant, {})[name] = table
            for tenant, tables in shares.items():
                with _kept_going(tenant):
                    if self._judge_batch(Events(tenant, batch.batch_id, tables)):
                        _delay.labels("events").observe(time.monotonic() - since)

    def _judge_batch(self, events: Events) -> bool:
        """Whether there was news in it."""
        told_any = False
        if events.tenant not in self._events:
            self.fleet(events.tenant)  # brings back what was remembered
            self._hear(events.tenant, self.fleet(events.tenant))
            self._events[events.tenant] = self.roster.made("events")
            remind(self._events[events.tenant], self._reminders.pop(events.tenant, {}), self.roster)
        fleet = self.fleet(events.tenant)
        told = replace(events, said=fleet.said)
        for name, detector in self._events[events.tenant].items():
            one = self.roster.listed[name]

            def call(detector: Any = detector) -> tuple[list[Finding], Mapping[str, pa.Table]]:
                found, rows = detector.judged(told)
                return checked_findings(found, detector, events.tenant), checked_rows(rows, events.tenant)

            with self._event_lock:
                given = judged(detector, one.health, call, one.alone, self._options.worker_timeout_s)
            if given is None:
                continue
            found, rows = given
            news = fleet.news(found if one.cls.heeds else fleet.said.kept(found), time.time_ns())
            if news or rows:
                tables = dict(rows) | ({"findings": columns(news, time.time_ns())} if news else {})
                self._submit(tables, events.tenant)
                told_any |= bool(news)
        return told_any

    # ---- over a restart

    def _place(self, tenant: str) -> Path:
        return self._folder / f"{hashlib.blake2b(tenant.encode(), digest_size=12).hexdigest()}.npz"

    def _save(self) -> None:
        """What was learned of every fleet, each in a file that is replaced whole."""
        self._saved_at = time.monotonic()
        for tenant, fleet in list(self.fleets.items()):
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._locks[tenant]:
                    state = {k: v.copy() for k, v in fleet.snapshot().items()}
                state |= self._reminders.get(tenant, {})
                with self._event_lock:
                    kept = remembered(self._events.get(tenant, {}), self.roster)
                    state |= {k: v.copy() for k, v in kept.items()}
                place = self._place(tenant)
                fresh = place.with_suffix(".new.npz")
                np.savez(fresh, **state)  # type: ignore[arg-type] # a name of ours is none of its flags
                fresh.replace(place)
            except (OSError, ValueError) as e:
                _log.warning("snapshot_failed", tenant=tenant, error=str(e))

    def _restored(self, tenant: str) -> FleetJudge:
        """A new judge with what was learned and found before, as far as it can be read."""
        fleet = FleetJudge(Reader(self._store, tenant), self.roster, self._options)
        place = self._place(tenant)
        try:
            if place.exists() and place.stat().st_size <= SNAPSHOT_BYTES_MAX:
                with place.open("rb") as file, np.load(file, allow_pickle=False) as state:
                    kept = {k: state[k] for k in state.files}
                fleet.restore(kept)
                self._reminders[tenant] = {k: v for k, v in kept.items() if k.startswith("detector.")}
        except Exception as e:  # noqa: BLE001 # a file that a power cut left may fail in any way, and what it holds too
            _log.warning(
                "snapshot_unreadable", tenant=tenant, error=f"{type(e).__name__}: {e}", effect="it learns anew"
            )
            fleet = FleetJudge(fleet.reads, self.roster, self._options)  # what was half taken up is not used
        now_ns = time.time_ns()
        recent = Window(now_ns - round(self._options.repeat_s * SECOND_NS), now_ns)
        with _kept_going(tenant):
            page = stored.recent_keys(fleet.reads, recent)
            for subject_kind, subject, kind, signal, severity, end_ns in page:
                fleet.repeats.know(subject_kind, subject, kind, signal, severity, end_ns)
            fleet.recall(Window(now_ns - DAY_NS, now_ns))
        return fleet


@contextmanager
def _kept_going(tenant: str = "") -> Iterator[None]:
    """Log what goes wrong and go on: one tenant or detector never ends a thread of all."""
    try:
        yield
    except Exception as e:  # noqa: BLE001 # as the docstring says
        _log.warning("detection_failed", tenant=tenant, error=f"{type(e).__name__}: {e}")


__all__ = ["ENSEMBLE", "Runner"]
