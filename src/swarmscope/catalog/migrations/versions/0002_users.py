"""People: users with passwords, their logins, and who of them made a change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of users and logins."""
    op.create_table(
        "users",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("tenant", sa.String(128), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String(256), nullable=False),
        sa.Column("created_at_s", sa.Float, nullable=False),
        sa.Column("disabled_at_s", sa.Float, nullable=False),
        sa.Column("seen_at_s", sa.Float, nullable=False),
    )
    op.create_index("users_by_tenant", "users", ["tenant"])
    op.create_table(
        "logins",
        sa.Column("hash", sa.LargeBinary(32), primary_key=True),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("created_at_s", sa.Float, nullable=False),
        sa.Column("seen_at_s", sa.Float, nullable=False),
    )
    op.create_index("logins_by_user", "logins", ["user"])
    op.add_column("audit", sa.Column("user", sa.String(128), nullable=False, server_default=""))
