"""What keeps the groups of a tenant one exposition: a metric has one type in all of them.

Source: client_golang `prometheus/registry.go` (checkMetricConsistency, checkSuffixCollisions), which the Pushgateway asks at
every push. Help texts may differ, as there.
"""

from __future__ import annotations

from collections.abc import Mapping

from swarmscope.errors import InputError
from swarmscope.ingest.neighbours.pushed import PARTS


class InconsistentError(InputError):
    """A push that contradicts itself or what stands in other groups."""


class Kinds:
    """How many groups of one tenant state a family as which kind. Not for several threads at once."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = {}

    def put(self, kinds: Mapping[str, str]) -> None:
        """A group states these families."""
        for name, kind in kinds.items():
            counts = self._counts.setdefault(name, {})
            counts[kind] = counts.get(kind, 0) + 1

    def drop(self, kinds: Mapping[str, str]) -> None:
        """A group states them no longer."""
        for name, kind in kinds.items():
            counts = self._counts[name]
            counts[kind] -= 1
            if not counts[kind]:
                del counts[kind]
                if not counts:
                    del self._counts[name]

    def check(self, kinds: Mapping[str, str]) -> None:
        """Whether a group may state these families beside the others. InconsistentError."""
        for name, kind in kinds.items():
            other = next((k for k in self._counts.get(name, ()) if k != kind), None)
            if other is not None:
                raise InconsistentError(f'collected metric "{name}" is not a {_told(other)}, as it is in another group')
            base = name.rpartition("_")[0]
            of_base = kinds.get(base) or next(iter(self._counts.get(base, ())), "")
            if name[len(base) :] in PARTS.get(of_base, ()):
                raise InconsistentError(
                    f'collected metric named "{name}" collides with previously collected {of_base} named "{base}"'
                )
            for part in PARTS.get(kind, ()):
                if name + part in kinds or name + part in self._counts:
                    raise InconsistentError(
                        f'collected histogram or summary named "{name}" collides with previously collected metric '
                        f'named "{name}{part}"'
                    )


def _told(kind: str) -> str:
    return (kind or "untyped").upper()
