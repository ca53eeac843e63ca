"""The store: one interface, ClickHouse inside this process or on a server behind it."""

from swarmscope.store.client import Store, open_store
from swarmscope.store.migrate import migrate

__all__ = ["Store", "migrate", "open_store"]
