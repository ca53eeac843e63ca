"""What this install is made of: versions and discovered plug-ins."""

from __future__ import annotations

import platform
import sys
from importlib import metadata
from typing import Any

from swarmscope import __version__

PLUGIN_GROUPS = "swarmscope."
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


def discovered() -> list[dict[str, Any]]:
    """Plug-ins of this program and of other distributions: kind, name, where from, first line of its documentation."""
    found: list[dict[str, Any]] = []
    pairs = [(entry, dist.name) for dist in metadata.distributions() for entry in dist.entry_points]
    for entry, origin in pairs:
        if entry.group.startswith(PLUGIN_GROUPS):
            found.append(
                {
                    "kind": entry.group.removeprefix(PLUGIN_GROUPS),
                    "name": entry.name,
                    "origin": origin,
                    "about": entry.value,
                }
            )
    return sorted(found, key=lambda r: (r["kind"], r["name"]))
