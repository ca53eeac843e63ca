"""What people said of findings: from the settings, where all of a tenant were read each time, into a table of their own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PREFIX = "findings/said/"
_ROWS = 1000


def upgrade() -> None:
    """Make the table, and move what was said."""
    verdicts = op.create_table(
        "verdicts",
        sa.Column("tenant", sa.String(128), primary_key=True),
        sa.Column("finding", sa.String(32), primary_key=True),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("about", sa.LargeBinary(16), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("signal", sa.Text, nullable=False),
        sa.Column("detector", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("doubt", sa.Float),
        sa.Column("magnitude", sa.Float),
        sa.Column("started_ns", sa.BigInteger, nullable=False),
        sa.Column("ended_ns", sa.BigInteger, nullable=False),
        sa.Column("said_at_s", sa.Float, nullable=False),
    )
    op.create_index("verdicts_by_subject", "verdicts", ["tenant", "about", "kind", "signal"])
    op.create_index("verdicts_by_time", "verdicts", ["tenant", "ended_ns", "said_at_s"])
    op.create_index("verdicts_by_detector", "verdicts", ["tenant", "detector", "verdict"])
    op.create_index("verdicts_by_age", "verdicts", ["tenant", "said_at_s"])
    settings = sa.table("settings", *(sa.column(name) for name in ("tenant", "name", "value", "changed_at_s")))
    said = settings.c.name.startswith(_PREFIX, autoescape=True)
    connection = op.get_bind()
    kept = connection.execute(sa.select(settings).where(said)).all()
    rows = [row for row in map(_row, kept) if row is not None]
    for at in range(0, len(rows), _ROWS):
        connection.execute(verdicts.insert(), rows[at : at + _ROWS])
    connection.execute(settings.delete().where(said))


def _row(kept: sa.Row[Any]) -> dict[str, Any] | None:
    said = json.loads(kept.value)
    if said.get("verdict") not in ("true", "false"):
        return None
    texts = {name: str(said.get(name) or "") for name in ("subject", "kind", "signal", "detector", "note")}
    return {
        "tenant": kept.tenant,
        "finding": kept.name.removeprefix(_PREFIX),
        "verdict": said["verdict"],
        "about": hashlib.sha256(texts["subject"].encode()).digest()[:16],
        **texts,
        **{name: _share(said.get(name)) for name in ("doubt", "magnitude")},
        "started_ns": 0,
        "ended_ns": 0,
        "said_at_s": kept.changed_at_s,
    }


def _share(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None
