"""A fleet that has lived for a while, and a front door to send to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.otlp import Said, Sink, lived


@pytest.fixture(scope="package")
def fleet() -> Said:
    """A hundred and twenty agents over five minutes without faults."""
    return lived(120, 300)


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A front door of the test's own."""
    one = Sink()
    yield one
    one.close()
