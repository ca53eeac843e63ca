"""An embedded store with its schema, for the tests of one module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from swarmscope.config import load
from swarmscope.store import Store, open_store
from tests.support.stores import migrated


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The tests of a module share it and keep apart by tenant."""
    place = tmp_path_factory.mktemp("store")
    migrated(place / "store")
    opened = open_store(load(environ={}, overrides={"storage": {"data_dir": str(place)}}))
    try:
        yield opened
    finally:
        opened.close()
