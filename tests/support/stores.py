"""A store with its schema, made once per process and copied: to migrate an empty directory is half a second of work."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from swarmscope.config import Storage
from swarmscope.store.embedded import EmbeddedStore
from swarmscope.store.migrate import migrate


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="swarmscope-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store = EmbeddedStore(folder / "store", Storage(readers=1))
    migrate(store)
    store.close()
    return folder / "store"


def migrated(place: Path) -> Path:
    """`place`, which does not exist yet, as a store that this program has migrated and closed."""
    return Path(shutil.copytree(_template(), place, symlinks=True))
