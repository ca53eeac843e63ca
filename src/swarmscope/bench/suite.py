"""What a suite is, how suites are found, and how they are run: one that fails scores 0 and the rest run."""

from __future__ import annotations

import importlib
import pkgutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from swarmscope.bench import suites
from swarmscope.bench.figures import Figure, Result
from swarmscope.bench.server import Server


@dataclass(frozen=True, slots=True)
class Context:
    """How large to measure. scale 1 is what the issue's figures are stated for; `say` tells what goes on."""

    scale: float = 1.0
    seed: int = 1
    seconds: float = 20.0
    say: Callable[[str], None] = field(default=lambda _: None)
    phoenix_url: str = ""

    def items(self, full: int, least: int = 10_240) -> int:
        """`full` scaled, in whole requests of 512."""
        return max(least, int(full * self.scale)) // 512 * 512

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A fresh data directory, gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="swarmscope-bench-") as name:
            yield Path(name)

    @contextmanager
    def server(self, environment: dict[str, str] | None = None) -> Iterator[Server]:
        """A fresh server with defaults, warm."""
        with self.folder() as folder, Server(folder, environment) as server:
            self.say("compiling and warming up")
            server.warm_up()
            yield server


@dataclass(frozen=True, slots=True)
class Suite:
    """One subject of measurement. `measure` yields its figures as they come."""

    name: str
    about: str
    measure: Callable[[Context], Iterator[Figure]]
    by_default: bool = True  # part of `all`


def discover() -> dict[str, Suite]:
    """Every `SUITE` in the modules of `bench/suites`, by name."""
    found: dict[str, Suite] = {}
    for info in pkgutil.iter_modules(suites.__path__):
        suite = importlib.import_module(f"{suites.__name__}.{info.name}").SUITE
        found[suite.name] = suite
    return found


def run(chosen: Sequence[Suite], context: Context, seen: Callable[[str, Figure], None]) -> list[Result]:
    """Run suites one after another; `seen(suite, figure)` as figures come."""
    results = []
    for suite in chosen:
        result, begun = Result(suite.name), time.monotonic()
        context.say(f"{suite.name}: {suite.about}")
        try:
            for figure in suite.measure(context):
                result.figures.append(figure)
                seen(suite.name, figure)
        except Exception as e:  # noqa: BLE001 - whatever breaks a suite is its result; the others still run
            result.error = f"{type(e).__name__}: {e}"
        result.seconds = time.monotonic() - begun
        results.append(result)
    return results
