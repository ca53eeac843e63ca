"""Redaction rules: one file each, found by discovery; those of others come in by the same door."""

from __future__ import annotations

from swarmscope.config import Config
from swarmscope.ingest.rules.base import Rule, check
from swarmscope.registry import Kind, discover

KIND = Kind("redaction", Rule, "swarmscope.ingest.rules", check)


def found(config: Config) -> dict[str, Rule]:
    """The rules that there are, by name, in the order in which they apply. Those that cannot be used are left out."""
    plugins = discover(KIND, config.plugins).plugins.values()
    return {p.name: p.cls() for p in sorted(plugins, key=lambda p: (p.cls.order, p.name))}
