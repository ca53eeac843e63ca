"""Which detectors run here: found, set up by the configuration, with one record of how each fares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from swarmscope import telemetry
from swarmscope.config import Detect, Plugins
from swarmscope.detect.base import KIND, Detector, Option, options_at, options_of
from swarmscope.detect.guard import Health
from swarmscope.detect.worker import Code
from swarmscope.registry import BUILTIN, Isolated, Plugin, discover, said

MAKE_S_MAX = 10.0  # to set up a detector of others
_log = telemetry.logger("detect")


@dataclass(slots=True)
class Listed:
    """A detector that there is. runs: whether it looks by itself. problem: why it cannot be set up, empty when it can.

    alone: what calls of it run in when it is a stranger's.
    """

    plugin: Plugin[Detector]
    options: Any
    runs: bool
    problem: str = ""
    health: Health = field(default_factory=Health)
    alone: Isolated | None = None
    described: list[Option] = field(default_factory=list)

    @property
    def cls(self) -> type[Detector]:
        """Its class."""
        return self.plugin.cls

    @property
    def elsewhere(self) -> bool:
        """Whether it is judged in the worker process: the costly ones, and those of others that need no reader."""
        return self.cls.tier == "shortlist" or (self.plugin.origin != BUILTIN and self.cls.tier == "fleet")

    def code(self) -> Code:
        """Where the worker finds it."""
        file = self.plugin.origin if self.plugin.origin.endswith(".py") else ""
        return Code(self.cls.__module__, self.cls.__name__, file)

    def made(self) -> Detector | None:
        """One of it; None: it cannot be set up, which counts as a failure, and is left out."""
        try:
            if self.alone is None:
                return self.cls(self.options)
            return self.alone.run(lambda: self.cls(self.options), MAKE_S_MAX)
        except Exception as e:  # noqa: BLE001 # a stranger's code may raise anything; it is counted and shown
            self.health.failed(self.plugin.name, "setup", f"it cannot be set up: {said(e)}")
            self.runs, self.problem = False, self.health.error
            return None

    def plain(self) -> dict[str, Any]:
        """Its options as plain values."""
        return {n: getattr(self.options, n) for n in self.options.__struct_fields__}


class Roster:
    """All detectors by name. A setting that does not fit leaves one detector out, with the reason, and stops nobody."""

    def __init__(self, options: Detect, plugins: Plugins) -> None:
        found = discover(KIND, plugins)
        given = plugins.options.get(KIND.name, {})
        self.listed: dict[str, Listed] = {}
        for name, plugin in sorted(found.plugins.items()):
            runs = (plugin.cls.by_default or name in options.on) and name not in options.off
            try:
                made, problem = options_at(plugin.cls, options.sensitivity, given.get(name)), ""
            except Exception as e:  # noqa: BLE001 # its settings, or a stranger's code: it is left out with the reason
                made, problem = plugin.cls.Options(), said(e)
                _log.error("detector_options", detector=name, error=problem)
            alone = None if plugin.origin == BUILTIN else Isolated()
            described = options_of(plugin.cls)  # it was seen to work when the class was examined
            self.listed[name] = Listed(plugin, made, runs and not problem, problem, alone=alone, described=described)
        for name in {*options.on, *options.off} - self.listed.keys():
            _log.warning("detector_unknown", detector=name, setting="detect.on or detect.off")

    def of(self, tier: str) -> Iterator[tuple[str, Listed]]:
        """Those of a tier that run."""
        for name, one in self.listed.items():
            if one.cls.tier == tier and one.runs:
                yield name, one

    def failing(self) -> dict[str, str]:
        """Why each that should look does not: it cannot be set up, or its last judgement failed."""
        why = {
            name: one.problem or (one.health.error if one.health.in_a_row else "") for name, one in self.listed.items()
        }
        return {name: reason for name, reason in why.items() if reason}

    def made(self, tier: str) -> dict[str, Detector]:
        """One of each detector of a tier that runs and can be set up, for one tenant."""
        made = {name: one.made() for name, one in list(self.of(tier))}
        return {name: detector for name, detector in made.items() if detector is not None}
