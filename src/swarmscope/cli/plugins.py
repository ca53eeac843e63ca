"""What this install is made of: versions and discovered plug-ins."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import TYPE_CHECKING, Any

from swarmscope import __version__

if TYPE_CHECKING:
    from swarmscope.config import Config

LIBRARIES = ("chdb", "pyarrow", "numpy", "numba", "grpcio", "fastapi", "opentelemetry-proto")


def versions() -> dict[str, Any]:
    """Version of the program, of Python, of the machine and of the libraries that matter."""
    facts: dict[str, Any] = {
        "swarmscope": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
    }
    for name in LIBRARIES:
        try:
            facts[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            facts[name] = "not installed"
    return facts


def discovered(config: Config) -> list[dict[str, Any]]:
    """What this install is made of, by kind and name. Receivers are not started: whether they can shows on the server."""
    from dataclasses import asdict

    from swarmscope.app import parts

    return [asdict(part) for part in parts(config)]
