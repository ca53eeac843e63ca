"""What was decided about the number of agents: the newest decisions of each tenant. Only changes are kept, never `hold`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from swarmscope.catalog.tables import SCALING_DECISIONS
from swarmscope.model.access import Principal
from swarmscope.model.scaling import Decision

KEPT_MAX = 10_000
"""Decisions kept per tenant; older ones are forgotten."""
GROUP_MAX = 512


class Decisions:
    """Decisions of all tenants, kept in the catalog."""

    def __init__(self, engine: sa.Engine, audit: Callable[[Connection, Principal, str, str, str], None]) -> None:
        self._engine = engine
        self._audit = audit

    def keep(self, by: Principal, decisions: Sequence[Decision], at_ns: int) -> list[str]:
        """Store them, all or none; their ids."""
        rows = [
            {
                "id": os.urandom(16).hex(), "tenant": by.tenant, "at_ns": at_ns, "policy": d.policy,
                "agents": d.load.group[:GROUP_MAX], "body": json.dumps(d.json()),
            }
            for d in decisions
        ]  # fmt: skip
        if not rows:
            return []
        mine = SCALING_DECISIONS.c.tenant == by.tenant
        with self._engine.begin() as db:
            db.execute(SCALING_DECISIONS.insert(), rows)
            moments = sa.select(SCALING_DECISIONS.c.at_ns).where(mine).order_by(SCALING_DECISIONS.c.at_ns.desc())
            edge = db.execute(moments.offset(KEPT_MAX).limit(1)).scalar()
            if edge is not None:
                db.execute(SCALING_DECISIONS.delete().where(mine, SCALING_DECISIONS.c.at_ns <= edge))
            for d in decisions:
                told = f"{d.load.instances} to {d.desired} by policy {d.policy}"
                self._audit(db, by, "scaling.decide", d.load.group, told)
        return [str(row["id"]) for row in rows]

    def newest(self, tenant: str, limit: int, group: str = "", before_ns: int = 0) -> list[dict[str, Any]]:
        """The newest before a moment (0: all), newest first, each with `id` and `at_ns`."""
        t = SCALING_DECISIONS.c
        query = sa.select(t.id, t.at_ns, t.body).where(t.tenant == tenant)
        if group:
            query = query.where(t.agents == group[:GROUP_MAX])
        if before_ns:
            query = query.where(t.at_ns < before_ns)
        with self._engine.connect() as db:
            rows = db.execute(query.order_by(t.at_ns.desc(), t.id).limit(limit)).all()
        return [{"id": row.id, "at_ns": row.at_ns, **json.loads(row.body)} for row in rows]

    def last_changes(self, tenant: str) -> dict[tuple[str, str], int]:
        """When each (policy, group) was last told to change, ns since the epoch."""
        t = SCALING_DECISIONS.c
        query = (
            sa.select(t.policy, t.agents, sa.func.max(t.at_ns)).where(t.tenant == tenant).group_by(t.policy, t.agents)
        )
        with self._engine.connect() as db:
            return {(row[0], row[1]): int(row[2]) for row in db.execute(query)}
