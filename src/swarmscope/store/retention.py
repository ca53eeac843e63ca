"""How long each table keeps its rows.

A TTL on every table lets the store drop expired parts by itself, without forgetting insert tokens. What lies a day past its
TTL is dropped by partition, so that disk space comes back even when merges are behind; but never a partition that a replay of
the journal could touch, because dropping one forgets its tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from swarmscope.config import Retention
from swarmscope.store.client import Store
from swarmscope.telemetry import logger

DAY_S = 86_400
_TTL = re.compile(r"\bTTL (.+?) SETTINGS ", re.DOTALL)
_LOG = logger("store")


@dataclass(frozen=True, slots=True)
class Rule:
    """time: the column that tells a row's age. days: of the retention. where: rows that expire, empty for all."""

    table: str
    time: str
    days: Callable[[Retention], int]
    where: str = ""

    def ttl(self, retention: Retention) -> str:
        """The TTL expression, written as ClickHouse prints it."""
        clause = f"toDateTime({self.time}) + toIntervalDay({self.days(retention)})"
        return f"{clause} WHERE {self.where}" if self.where else clause


@dataclass(frozen=True, slots=True)
class Size:
    """What a table takes on disk, and its rows, of all tenants."""

    bytes: int
    rows: int


RULES = (
    Rule("spans", "start_time", lambda r: r.spans_days),
    Rule("spans_pending", "start_time", lambda r: r.spans_days),
    Rule("trace_minutes", "minute", lambda r: r.spans_days),
    Rule("spans_kept", "start_time", lambda r: r.spans_kept_days),
    Rule("messages", "time", lambda r: r.messages_days),
    Rule("resources", "received_at", lambda r: max(r.spans_kept_days, r.logs_days) + 365),
    Rule("series", "received_at", lambda r: r.samples_daily_days + 365),
    Rule("agent_events", "time", lambda r: r.spans_kept_days),
    Rule("agents_seen", "last_seen", lambda r: r.samples_daily_days),
    Rule("log_templates", "received_at", lambda r: r.logs_days + 365),
    Rule("logs", "time", lambda r: r.logs_days),
    Rule("samples", "time", lambda r: r.samples_days),
    Rule("sample_windows", "window", lambda r: r.samples_days),
    Rule("histograms", "time", lambda r: r.samples_days),
    Rule("exemplars", "time", lambda r: r.samples_days),
    Rule("samples_5m", "bucket", lambda r: r.samples_hourly_days),
    Rule("samples_1h", "bucket", lambda r: r.samples_hourly_days),
    Rule("samples_1d", "bucket", lambda r: r.samples_daily_days),
    Rule("agent_10s", "bucket", lambda r: r.rollup_10s_days),
    Rule("edges_peer", "minute", lambda r: r.spans_kept_days),
    Rule("edges_parent", "minute", lambda r: r.spans_kept_days),
    Rule("cost_1h", "hour", lambda r: r.cost_days),
    Rule("findings", "time", lambda r: r.security_days, "severity != 'critical'"),
    Rule("security_events", "time", lambda r: r.security_days, "severity != 'critical'"),
)


def tables_of(setting: str) -> list[str]:
    """Tables whose rows live as long as one setting of the section says."""
    plain = Retention()
    longer = msgspec.structs.replace(plain, **{setting: getattr(plain, setting) * 10}) if "_days" in setting else plain
    return [rule.table for rule in RULES if rule.days(longer) != rule.days(plain)]


def apply_ttl(store: Store, retention: Retention, cluster: str = "") -> list[str]:
    """Give every table the TTL of the configuration; returns the tables that were changed."""
    rows = store.query("SELECT name, create_table_query AS ddl FROM system.tables WHERE database = currentDatabase()")
    statements = dict(zip(rows["name"].to_pylist(), rows["ddl"].to_pylist(), strict=True))
    where = f"ON CLUSTER '{cluster}'" if cluster else ""
    changed = []
    for rule in RULES:
        wanted = rule.ttl(retention)
        found = _TTL.search(statements.get(rule.table, ""))
        if found is None or found.group(1) != wanted:
            store.command(
                f"ALTER TABLE {rule.table} {where} MODIFY TTL {wanted}", settings={"materialize_ttl_after_modify": 0}
            )
            changed.append(rule.table)
    if changed:
        _LOG.info("retention_changed", tables=changed)
    return changed


def drop_expired(store: Store, retention: Retention, now_s: float, floor_s: float | None) -> list[str]:
    """Drop partitions whose newest row is a day past its TTL and older than `floor_s`; returns `table/partition` of each.

    floor_s: event time of the oldest row that the journal may still replay, None when it holds nothing.
    """
    dropped = []
    for rule in RULES:
        if rule.where:
            continue  # some of its rows stay
        limit = now_s - (rule.days(retention) + 1) * DAY_S
        if floor_s is not None:
            limit = min(limit, floor_s - DAY_S)
        if limit <= 0:
            continue
        rows = store.query(
            f"SELECT _partition_id AS id, toUnixTimestamp(toDateTime(max({rule.time}))) AS newest FROM {rule.table} "  # noqa: S608 # names of RULES
            "GROUP BY id HAVING newest < {limit:UInt32}",
            {"limit": int(limit)},
        )
        for partition in rows["id"].to_pylist():
            if partition != "all":
                store.command(f"ALTER TABLE {rule.table} DROP PARTITION ID '{partition}'")
                dropped.append(f"{rule.table}/{partition}")
    if dropped:
        _LOG.info("partitions_dropped", partitions=dropped)
    return dropped


def sizes(store: Store) -> dict[str, Size]:
    """Of each table that has rows."""
    found = store.query(
        "SELECT table, toInt64(sum(bytes_on_disk)) AS bytes, toInt64(sum(rows)) AS rows FROM system.parts "
        "WHERE active AND database = currentDatabase() GROUP BY table"
    )
    return {r["table"]: Size(r["bytes"], r["rows"]) for r in found.to_pylist()}
