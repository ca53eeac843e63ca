"""How often verdicts of a tenant changed: who follows them asks for this, not for all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; tenants of whom there are verdicts have their first."""
    revisions = op.create_table(
        "verdict_revisions",
        sa.Column("tenant", sa.String(128), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
    )
    verdicts = sa.table("verdicts", sa.column("tenant"))
    spoke = sa.select(verdicts.c.tenant, sa.literal(1)).distinct()
    op.get_bind().execute(revisions.insert().from_select(["tenant", "revision"], spoke))
