"""What a test needs from the machine: in CI, where everything is to be proven, its absence fails; elsewhere it is said."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def unavailable(reason: str) -> NoReturn:
    """A failure in CI, a skip that says why elsewhere."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)
