"""The tables of the catalog: small mutable state with transactions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()

INSTALL = Table(
    "install",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("created_at_s", Float, nullable=False),
)

TENANTS = Table(
    "tenants",
    METADATA,
    Column("name", String(128), primary_key=True),
    Column("secret", LargeBinary(16), nullable=False),  # keys the hashes of this tenant's messages
    Column("created_at_s", Float, nullable=False),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("name", String(256), nullable=False),
    Column("hash", LargeBinary(32), nullable=False),
    Column("created_at_s", Float, nullable=False),
    Column("expires_at_s", Float, nullable=False, default=0.0),
    Column("revoked_at_s", Float, nullable=False, default=0.0),
    Index("keys_by_tenant", "tenant"),
)

USERS = Table(
    "users",
    METADATA,
    Column("name", String(128), primary_key=True),  # in lower case
    Column("tenant", String(128), nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", String(256), nullable=False),  # Argon2id, with its parameters and salt
    Column("created_at_s", Float, nullable=False),
    Column("disabled_at_s", Float, nullable=False, default=0.0),
    Column("seen_at_s", Float, nullable=False, default=0.0),
    Index("users_by_tenant", "tenant"),
)

LOGINS = Table(
    "logins",
    METADATA,
    Column("hash", LargeBinary(32), primary_key=True),  # of the cookie's token
    Column("user", String(128), nullable=False),
    Column("created_at_s", Float, nullable=False),
    Column("seen_at_s", Float, nullable=False),
    Index("logins_by_user", "user"),
)

SETTINGS = Table(
    "settings",
    METADATA,
    Column("tenant", String(128), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("value", Text, nullable=False),
    Column("changed_at_s", Float, nullable=False),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at_s", Float, nullable=False),
    Column("tenant", String(128), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("detail", Text, nullable=False),
    Column("user", String(128), nullable=False, default="", server_default=""),
    Index("audit_by_tenant", "tenant", "at_s"),
)

SCALING_DECISIONS = Table(
    "scaling_decisions",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("tenant", String(128), nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("policy", String(100), nullable=False),
    Column("agents", String(512), nullable=False),  # the group that it is about
    Column("body", Text, nullable=False),  # JSON
    Index("scaling_decisions_by_time", "tenant", "at_ns"),
)

VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("tenant", String(128), primary_key=True),
    Column("finding", String(32), primary_key=True),
    Column("verdict", String(8), nullable=False),  # true or false
    Column("about", LargeBinary(16), nullable=False),  # the subject, hashed: it may be longer than an index takes
    Column("subject", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("signal", Text, nullable=False),
    Column("detector", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("doubt", Float),
    Column("magnitude", Float),
    Column("started_ns", BigInteger, nullable=False),  # of the finding; 0: not known, said before this was kept
    Column("ended_ns", BigInteger, nullable=False),
    Column("said_at_s", Float, nullable=False),
    Index("verdicts_by_subject", "tenant", "about", "kind", "signal"),
    Index("verdicts_by_time", "tenant", "ended_ns", "said_at_s"),
    Index("verdicts_by_detector", "tenant", "detector", "verdict"),
    Index("verdicts_by_age", "tenant", "said_at_s"),
)

VERDICT_REVISIONS = Table(
    "verdict_revisions",
    METADATA,
    Column("tenant", String(128), primary_key=True),
    Column("revision", BigInteger, nullable=False),  # grows with each verdict that is given or withdrawn
)
