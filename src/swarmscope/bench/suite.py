"""What a suite is, how suites are found, and how they are run: one that fails scores 0 and the rest run."""

from __future__ import annotations

import inspect
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from swarmscope.bench.figures import Figure, Result
from swarmscope.bench.server import Server
from swarmscope.config import Config
from swarmscope.registry import Kind, discover


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


class Suite(ABC):
    """One subject of measurement. name: how it is asked for. by_default: part of `all`."""

    name: ClassVar[str] = ""
    by_default: ClassVar[bool] = True

    @abstractmethod
    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield its figures as they come. Whatever it raises is its result; the other suites still run."""

    @property
    def about(self) -> str:
        """First line of the docstring."""
        return inspect.cleandoc(self.__doc__ or "").partition("\n")[0]


KIND: Kind[Suite] = Kind("suite", Suite, "swarmscope.bench.suites")


def found(config: Config) -> dict[str, Suite]:
    """The suites that there are, by name."""
    return {p.name: p.cls() for p in sorted(discover(KIND, config.plugins).plugins.values(), key=lambda p: p.name)}


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
