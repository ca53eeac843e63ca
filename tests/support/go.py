"""Programs of Go that the interoperability checks ask: other people's own code, built where there is Go."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

needs_go = pytest.mark.skipif(shutil.which("go") is None, reason="needs Go, to build the program that judges")


def built(source: Path, folder: Path) -> Path:
    """The program whose module is `source`, in `folder`; AssertionError with what the compiler says."""
    out = folder / source.name
    made = subprocess.run(
        ["go", "build", "-o", str(out), "."], cwd=source,
        env={**os.environ, "GOFLAGS": "-mod=readonly"}, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return out
