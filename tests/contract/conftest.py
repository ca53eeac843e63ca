"""Both backends of the store, the same way: `backend` opens, closes and reopens one; `store` is one with the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmscope.config import Config, load
from swarmscope.store.client import Store, open_store
from swarmscope.store.migrate import migrate
from tests.support.clickhouse_double import Double


class Backend:
    """A place for a store, and the store now open on it."""

    def __init__(self, kind: str, directory: Path) -> None:
        self.kind = kind
        self.directory = directory
        self.double = Double(directory / "double") if kind == "server" else None
        if self.double is not None:
            self.double.start()
        self.store: Store | None = None

    def config(self, **storage: object) -> Config:
        """The configuration of this place."""
        url = self.double.url if self.double is not None else ""
        return load(
            environ={}, overrides={"storage": {"data_dir": str(self.directory / "data"), "url": url, **storage}}
        )

    def open(self, **storage: object) -> Store:
        """The store, opened and migrated."""
        self.store = open_store(self.config(**storage))
        migrate(self.store)
        return self.store

    def reopen(self, **storage: object) -> Store:
        """As after a restart of the program; the server dies hard."""
        self.close()
        if self.double is not None:
            self.double.kill()
            self.double.start()
        return self.open(**storage)

    def close(self) -> None:
        """The program ends, the place stays."""
        if self.store is not None:
            self.store.close()
            self.store = None

    def remove(self) -> None:
        """The end of a test."""
        self.close()
        if self.double is not None:
            self.double.kill()


@pytest.fixture(scope="module", params=["embedded", "server"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """A place that the tests of one module share; they keep apart by tenant."""
    place = Backend(request.param, tmp_path_factory.mktemp(request.param))
    try:
        yield place
    finally:
        place.remove()


@pytest.fixture
def store(backend: Backend) -> Store:
    """The open store of `backend`."""
    return backend.store if backend.store is not None else backend.open()
