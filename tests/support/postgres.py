"""A PostgreSQL of the machine, for what the catalog does there."""

from __future__ import annotations

import os

import pytest
import sqlalchemy as sa

POSTGRESQL = os.environ.get("SWARMSCOPE_POSTGRESQL", "")  # the address of a database that may be emptied
NEEDED = [
    pytest.mark.interop,
    pytest.mark.skipif(not POSTGRESQL, reason="SWARMSCOPE_POSTGRESQL names no database"),
]


def emptied(url: str) -> sa.Engine:
    """The database of a URL without its tables, where it is PostgreSQL."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "postgresql":
        with engine.begin() as db:
            db.execute(sa.text("drop schema public cascade"))
            db.execute(sa.text("create schema public"))
    return engine
