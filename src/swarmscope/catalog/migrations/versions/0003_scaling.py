"""Scaling: what was decided, for how many agents, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of decisions."""
    op.create_table(
        "scaling_decisions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("policy", sa.String(100), nullable=False),
        sa.Column("agents", sa.String(512), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("scaling_decisions_by_time", "scaling_decisions", ["tenant", "at_ns"])
