"""Commands are run in the test's process; what they print and return is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from swarmscope.cli.root import run


@dataclass(frozen=True)
class Ran:
    """One command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON."""
        return orjson.loads(self.out)


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `swarmscope` with these arguments."""
    for name in ("SWARMSCOPE_URL", "SWARMSCOPE_KEY", "SWARMSCOPE_CONFIG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Ran:
        capfd.readouterr()
        code = run(list(arguments))
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call
