"""A real store in which each script or test has a tenant of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmscope.config import Storage
from swarmscope.store.embedded import EmbeddedStore
from tests.support.stores import migrated


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    """A migrated store without rows."""
    folder: Path = tmp_path_factory.mktemp("store")
    opened = EmbeddedStore(migrated(folder / "store"), Storage(readers=2))
    yield opened
    opened.close()
