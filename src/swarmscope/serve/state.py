"""What the routes find in `request.app.state`: the rooms, wired by `app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from swarmscope.catalog.catalog import Catalog
from swarmscope.config import Config, Retention
from swarmscope.registry import Part
from swarmscope.serve.auth import Authenticator
from swarmscope.serve.history import History
from swarmscope.serve.live import Hub

if TYPE_CHECKING:
    from swarmscope.decide.manager import Rules
    from swarmscope.detect.runner import Runner
    from swarmscope.ingest.intake import Intake
    from swarmscope.ingest.prices import Prices
    from swarmscope.ingest.pushes import Pushes
    from swarmscope.journal import Journal
    from swarmscope.query.fleet import FleetSnapshot
    from swarmscope.store.client import Store
    from swarmscope.store.writer import Writer


@dataclass(slots=True)
class State:
    """One program's rooms."""

    config: Config
    catalog: Catalog
    authenticator: Authenticator
    hub: Hub
    journal: Journal
    store: Store
    writer: Writer
    intake: Intake
    fleet: FleetSnapshot
    started_at_s: float
    parts: Callable[[], list[Part]]
    retention: Retention
    """In force: what the configuration says, and what was set here."""
    retain: Callable[[Retention], None]
    """Lets other times hold."""
    history: History
    detection: Runner | None = None
    rules: Rules | None = None
    selftest: Callable[[], dict[str, Any]] | None = None
    """What the self-test showed."""
    pushes: Pushes | None = None
    price_table: tuple[float, Prices] | None = None
    """When the prices were read last (monotonic, s), and what they were."""
