"""Durations and moments as people type them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from swarmscope.cli.failures import EXIT_USAGE, CommandError
from swarmscope.sim.durations import seconds_of

_ISO = re.compile(r"^\d{4}-\d\d-\d\d")


def start_of(since: str, now: datetime | None = None) -> str:
    """The moment `since` names, as RFC 3339: a duration back from now (15m, 2h, 3d), or an ISO time (UTC where unsaid)."""
    if _ISO.match(since):
        try:
            moment = datetime.fromisoformat(since)
        except ValueError as e:
            raise CommandError(f"--since {since!r} is not an ISO time: {e}", EXIT_USAGE) from e
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    try:
        back = timedelta(seconds=seconds_of(since))
    except ValueError as e:
        raise CommandError(f"--since {since!r}: {e}", EXIT_USAGE) from e
    return ((now or datetime.now(UTC)) - back).isoformat()
