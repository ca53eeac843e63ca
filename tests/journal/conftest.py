"""What journal tests share: small journals and numbered batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmscope import config
from swarmscope.bench import rows
from swarmscope.journal import Journal
from swarmscope.model.batch import Batch

NOW = 1_790_000_000_000_000_000


@pytest.fixture
def make_batch() -> Callable[..., Batch]:
    """Samples numbered from `first` on."""

    def make(first: int, count: int = 10, lane: str = "live", epoch: int = 0) -> Batch:
        made = rows.batch(first, count, NOW, lane, ("samples",))
        return Batch(made.tables, epoch, lane)

    return make


@pytest.fixture
def open_journal(tmp_path: Path) -> Iterator[Callable[..., Journal]]:
    """Opens the journal of this test with settings; closed at the end."""
    opened: list[Journal] = []

    def start(**settings: Any) -> Journal:
        journal = Journal(tmp_path / "journal", config.Journal(**{"group_wait_ms": 0.0, **settings}))
        opened.append(journal)
        return journal

    yield start
    for journal in opened:
        journal.close()
