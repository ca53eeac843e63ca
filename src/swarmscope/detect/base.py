"""What a detector is: one class in one file, with frozen `Options` beside it and one method, `judge`.

Everything else is written once around it, in `runner.py`: reading, timing, isolation, calibration, control of false
discoveries over the fleet, repeats, severities, feedback, the way into the store. Built-ins are found in this package, others
by the entry-point group `swarmscope.detector` and in the plug-in folder.

| base | sees | when | gives |
|---|---|---|---|
| `FleetDetector` | `Panel`: agents × signals × time as arrays | every tick, the whole fleet | `Scores` |
| `ShortlistDetector` | a `Panel` of the strangest agents and their peers | every tick, in a worker process | `Scores` |
| `EventDetector` | `Events`: the rows of a committed batch | with each commit | findings |
| `WindowDetector` | `Question`: reader, window of time, panel | every `every_s`, and when asked | findings |

Detectors of others run in a worker process whatever their base is, except those that need a reader (`WindowDetector`).
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self, get_type_hints

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from swarmscope.errors import PluginError
from swarmscope.model.finding import SEVERITIES, SUBJECTS, Finding
from swarmscope.query.reader import Reader
from swarmscope.query.times import Window
from swarmscope.query.watch import FleetView
from swarmscope.registry import Kind
from swarmscope.window import Panel

if TYPE_CHECKING:
    from swarmscope.detect.verdicts import Bars  # which speaks of findings by what is here

F32 = NDArray[np.float32]
NEUTRAL = 0.5
FAMILIES = ("anomaly", "drift", "agentic", "emergence", "security", "forecast")

__all__ = [
    "KIND", "NEUTRAL", "SEVERITIES", "SUBJECTS", "Detector", "EventDetector", "Events", "FleetDetector", "Options", "Question",
    "Scores", "ShortlistDetector", "WindowDetector",
]  # fmt: skip


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the options of a detector: every field has a default, and `Meta` with its bounds and a description.

    `Meta(..., extra={"sensitive": (dull, keen)})` ties a field to the one dial from 0 to 1: 0 is `dull`, 0.5 the default,
    1 `keen`; between them geometric when all three are positive, else linear. What is set expressly wins over the dial.
    """


@dataclass(frozen=True, slots=True)
class Scores:
    """What a detector of series says of each signal of each agent at the newest moment of a `Panel`: arrays (signals, agents).

    tail: probability of something at least as strange under the detector's own null; NaN where it says nothing. score: as it
    counts, the higher the stranger. expected, lower, upper: in the transformed units of `panel.x`, NaN where there is none. A
    detector of whole agents gives one row (1, agents) and `shares` (signals, agents): how much each signal contributed.
    """

    tail: F32
    score: F32
    expected: F32 | None = None
    lower: F32 | None = None
    upper: F32 | None = None
    shares: F32 | None = None


@dataclass(frozen=True, slots=True)
class Events:
    """Rows of one committed batch of one tenant. A replay after a crash brings the same batch again, with the same id.

    said: what people said of findings, None: nothing.
    """

    tenant: str
    batch_id: int
    tables: Mapping[str, pa.Table]
    said: Bars | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What a `WindowDetector` is asked about. panel: None before the fleet was seen for the first time.

    asked: a person waits for the answer; then also what would be suppressed as a repeat is wanted. view: the live states that
    pages show, None before they were made. said: what people said of findings, None: nothing.
    """

    tenant: str
    reads: Reader
    within: Window
    panel: Panel | None = None
    asked: bool = False
    view: FleetView | None = None
    said: Bars | None = None


class Detector(ABC):
    """Base of all. name: in configuration, findings and pages. version: rises when its judgement changes.

    family: one of FAMILIES. kinds: the kinds of finding it can report, the first is the usual one. about: what the kinds mean
    is said in the docstring: its first line is what people see, then what it does, an example, the source.
    """

    name: ClassVar[str] = ""
    version: ClassVar[str] = "1"
    tier: ClassVar[str] = ""
    family: ClassVar[str] = "anomaly"
    kinds: ClassVar[tuple[str, ...]] = ("anomaly",)
    by_default: ClassVar[bool] = True
    Options: ClassVar[type[Options]] = Options
    heeds: ClassVar[bool] = False
    """Whether a detector of batches or windows moves its own thresholds by `said`; else what is not rare enough is left out."""

    def __init__(self, options: Any = None) -> None:
        self.options: Any = self.Options() if options is None else options

    @abstractmethod
    def judge(self, seen: Any) -> Any:
        """What it holds of what it sees."""

    def apart(self) -> Self:
        """This one, fresh, or one like it that shares nothing with what runs live: for replays of the past."""
        return self

    def snapshot(self) -> dict[str, NDArray[Any]]:
        """What it must remember over a restart, as arrays; most detectors need nothing."""
        return {}

    def restore(self, state: Mapping[str, NDArray[Any]]) -> None:  # noqa: B027 # nothing to take up is the usual case
        """Take up what `snapshot` of the same version gave."""


class FleetDetector(Detector):
    """A cheap, vectorised look at every signal of every agent."""

    tier: ClassVar[str] = "fleet"

    in_ensemble: ClassVar[bool] = False
    """Whether its probabilities go into the one finding of the ensemble instead of findings of its own."""
    sums_up: ClassVar[bool] = False
    """Whether it adds minutes up: then its scores are no series' own way before those minutes are over."""
    told_after: ClassVar[int] = 0
    """Minutes that must be known of an agent until it is told to be unlike itself. Its scores are learned from before."""

    @abstractmethod
    def judge(self, seen: Panel) -> Scores | Sequence[Finding]:
        """Scores of all agents at the newest moment of the panel; no loop per agent. Or findings of groups of agents."""


class ShortlistDetector(Detector):
    """A costly look at the agents that a cheap one found strange, and at peers to compare them with.

    contamination: the share of agents that the runner passes on, at least SHORTLIST_MIN; it selects candidates and flags none.
    """

    tier: ClassVar[str] = "shortlist"

    @abstractmethod
    def judge(self, seen: Panel) -> Scores:
        """Scores of the agents of the panel. Runs in a worker process: it may be slow, raise or hang."""


class EventDetector(Detector):
    """Looks at rows as they were committed. tables: those it wants."""

    tier: ClassVar[str] = "events"
    tables: ClassVar[tuple[str, ...]] = ("spans",)

    @abstractmethod
    def judge(self, seen: Events) -> Sequence[Finding]:
        """Findings of a batch; the same batch gives the same findings."""

    def judged(self, seen: Events) -> tuple[Sequence[Finding], Mapping[str, pa.Table]]:
        """Findings of a batch, and rows of other tables to keep with them; what the runner calls."""
        return self.judge(seen), {}


class WindowDetector(Detector):
    """Asks its own questions of the store about a window of time."""

    tier: ClassVar[str] = "window"
    every_s: ClassVar[float] = 30.0
    window_s: ClassVar[float] = 120.0
    lasting: ClassVar[tuple[str, ...]] = ()
    """Kinds that every look finds for as long as they hold: once no look does, it is told that they are over."""

    @abstractmethod
    def judge(self, seen: Question) -> Sequence[Finding]:
        """Findings of the window. Align `window_start_ns` of a finding to a grid, so that what goes on is found once."""


def by_tenant(table: pa.Table | None) -> Iterator[tuple[str, pa.Table]]:
    """The rows of a committed table, tenant by tenant; most hold one only."""
    if table is None or not table.num_rows:
        return
    tenants = pc.unique(table["tenant"]).to_pylist()
    for tenant in tenants:
        alone = len(tenants) == 1
        yield tenant, table if alone else table.filter(pc.equal(pc.cast(table["tenant"], pa.string()), tenant))


def check(cls: type[Detector]) -> None:
    """PluginError: what of a detector of others is not as the examination demands. It may raise anything else too."""
    if cls.tier not in ("fleet", "shortlist", "events", "window"):
        raise PluginError(
            f"tier {cls.tier!r}: derive from FleetDetector, ShortlistDetector, EventDetector or WindowDetector"
        )
    if cls.family not in FAMILIES:
        raise PluginError(f"family {cls.family!r} is none of {', '.join(FAMILIES)}")
    if not isinstance(cls.name, str) or not isinstance(cls.version, str) or not isinstance(cls.by_default, bool):
        raise PluginError("its name and version must be texts, by_default true or false")
    if not _texts(cls.kinds):
        raise PluginError(f"kinds={cls.kinds!r} names no kinds of findings; give a tuple of texts")
    if issubclass(cls, EventDetector) and not _texts(cls.tables):
        raise PluginError(f"tables={cls.tables!r} names no tables; give a tuple of texts")
    if issubclass(cls, WindowDetector):
        for name, least, most in (("every_s", 1.0, 86_400.0), ("window_s", 1.0, 7 * 86_400.0)):
            value = getattr(cls, name)
            if not isinstance(value, int | float) or not least <= value <= most:
                raise PluginError(f"{name}={value!r} is not within {least:g} and {most:g} seconds")
    if not (isinstance(cls.Options, type) and issubclass(cls.Options, Options)):
        raise PluginError("its class Options does not derive from swarmscope.detect.base.Options")
    try:
        defaults = cls.Options()
    except TypeError as e:
        raise PluginError(f"an option has no default: {e}") from e
    for option in options_of(cls):
        if option.sensitive is not None and len([float(end) for end in option.sensitive]) != 2:
            raise PluginError(f"option {option.name}: sensitive must be (dull, keen)")
    msgspec.json.encode(defaults)  # they are shown
    cls(defaults)


def _texts(given: object) -> bool:
    return isinstance(given, tuple | list) and bool(given) and all(isinstance(g, str) and g for g in given)


KIND: Kind[Detector] = Kind("detector", Detector, "swarmscope.detect", check)


@dataclass(frozen=True, slots=True)
class Option:
    """One field of the options of a detector, for people."""

    name: str
    default: Any
    about: str
    minimum: float | None = None
    maximum: float | None = None
    sensitive: tuple[float, float] | None = field(default=None)


def options_of(cls: type[Detector]) -> list[Option]:
    """The options of a detector, in their order."""
    hints, defaults = get_type_hints(cls.Options, include_extras=True), cls.Options()
    out = []
    for name in cls.Options.__struct_fields__:
        metas = [m for m in getattr(hints[name], "__metadata__", ()) if isinstance(m, msgspec.Meta)]
        about = next((m.description for m in metas if m.description), "")
        low = next((m.ge if m.ge is not None else m.gt for m in metas if m.ge is not None or m.gt is not None), None)
        high = next((m.le if m.le is not None else m.lt for m in metas if m.le is not None or m.lt is not None), None)
        sensitive = next((m.extra["sensitive"] for m in metas if m.extra and "sensitive" in m.extra), None)
        out.append(Option(name, getattr(defaults, name), about, low, high, sensitive))
    return out


def options_at(cls: type[Detector], sensitivity: float = NEUTRAL, given: Mapping[str, Any] | None = None) -> Options:
    """The options of a detector with the dial at `sensitivity` (0 dull, 1 keen), and what is given expressly.

    PluginError names the option, the value and the bounds.
    """
    if not 0.0 <= sensitivity <= 1.0:
        raise PluginError(f"sensitivity={sensitivity!r} is not within 0 and 1")
    values: dict[str, Any] = {}
    for option in options_of(cls):
        if option.sensitive is not None:
            dull, keen = option.sensitive
            turned = _turned(
                float(option.default), dull if sensitivity < NEUTRAL else keen, abs(sensitivity - NEUTRAL) * 2
            )
            values[option.name] = round(turned) if isinstance(option.default, int) else turned
    values |= dict(given or {})
    try:
        return msgspec.convert(values, cls.Options)
    except msgspec.ValidationError as e:
        known = ", ".join(cls.Options.__struct_fields__) or "it has none"
        raise PluginError(f"options of detector {cls.name}: {e}; options: {known}") from e


def _turned(default: float, end: float, way: float) -> float:
    if default > 0 and end > 0:
        return float(default * (end / default) ** way)
    return default + (end - default) * way


def about(cls: type[Detector]) -> str:
    """The whole docstring, for people."""
    return inspect.cleandoc(cls.__doc__ or "")
