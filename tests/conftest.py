"""What every test of the platform leaves as it found it: the process-wide logging set-up."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    """Commands run inside the test process configure logging for the whole process: undo it, handlers and levels."""
    root, uvicorn = logging.getLogger(), logging.getLogger("uvicorn")
    levels, handlers, config = (root.level, uvicorn.level), list(root.handlers), structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    uvicorn.setLevel(levels[1])
    structlog.configure(**config)
