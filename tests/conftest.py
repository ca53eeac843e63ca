"""What every test leaves as it found it (process-wide logging), the order of files, and how Hypothesis judges time."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import HealthCheck, settings

from swarmscope import footprint, telemetry

if TYPE_CHECKING:
    from tests.support.postgres import PostgreSQL

# how long an example takes is no property of the program: a busy machine must not fail a test
settings.register_profile("any machine", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

footprint.leave_pandas()  # as a server does: Arrow gives times of nanoseconds to nobody then

# What takes longest by the clock, mostly browsers and starts of programs: dealt out first, no process is left with one of them
# at the end. Of three processes one has no browser.
LONG_FIRST = (
    "tests/e2e/test_ui.py",
    "tests/e2e/test_pages.py",
    "tests/crash/test_faults.py",
    "tests/e2e/test_rooms.py",
    "tests/e2e/test_detect.py",
    "tests/cli/test_server.py",
    "tests/contract/test_again.py",
    "tests/connect/test_running.py",
    "tests/system/test_front_door.py",
    "sdk/tests/test_platform.py",
    "tests/detect/emergence/test_patterns.py",
    "tests/query/test_running.py",
    "tests/store/test_tokens.py",
    "tests/bench/test_suites.py",
    "tests/bench/test_selftest.py",
    "sdk/tests/test_interop.py",
    "tests/detect/test_bad_input.py",
    "tests/query/test_search.py",
    "tests/store/test_jobs.py",
    "tests/detect/agentic/test_agentic.py",
    "sdk/tests/test_docs.py",
    "sdk/tests/test_buffer.py",
    "tests/contract/test_query.py",
    "tests/contract/test_insert.py",
    "tests/cli/test_rules.py",
    "tests/cli/test_findings.py",
    "tests/detect/anomaly/test_examination.py",
    "tests/serve/routes/test_api.py",
    "tests/detect/federated/test_federated.py",
    "tests/crash/test_server_store.py",
    "tests/store/test_writer.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a process of several, files in the order in which they are dealt out."""
    if hasattr(config, "workerinput"):
        place = {file: number for number, file in enumerate(LONG_FIRST)}
        items.sort(key=lambda item: place.get(item.nodeid.partition("::")[0], len(place)))


GROWTH_MAX = 256 << 20
_kept = {"bytes": 0}


@pytest.fixture(autouse=True, scope="module")
def memory_given_back() -> Iterator[None]:
    """A process runs a hundred modules: once it has grown, pages of libraries go that are as on the disk, most of a growth."""
    yield
    if telemetry.resident_bytes() > _kept["bytes"] + GROWTH_MAX:
        footprint.release_code()
        _kept["bytes"] = telemetry.resident_bytes()


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator["PostgreSQL"]:
    """A PostgreSQL of this process of tests. A machine without one fails where everything is to be proven, in CI."""
    from tests.support.needed import unavailable
    from tests.support.postgres import UnusableError, running

    try:
        with running() as server:
            yield server
    except UnusableError as e:
        unavailable(f"NOT TESTED HERE, needs PostgreSQL: {e}")
