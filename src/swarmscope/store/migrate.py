"""Brings the schema of a store up to this program's: numbered `.sql` files, applied once, forward only.

Every statement of a file can run twice (`IF NOT EXISTS`), so a start that is cut short is simply repeated. `schema_version`
records what was applied with a checksum of the file; a store that is newer, or whose files were changed, is refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources

from swarmscope.errors import QueryError, SchemaError
from swarmscope.store.client import Store
from swarmscope.telemetry import logger

# Tokens are remembered per table in blocks; a batch makes one block per partition that it touches.
UNTRIMMED_BATCHES_MAX = 256
PARTITIONS_PER_BATCH_MAX = 9
DEDUPLICATION_WINDOW = 4 * UNTRIMMED_BATCHES_MAX * PARTITIONS_PER_BATCH_MAX
DURABLE = ", ".join(
    [
        f"non_replicated_deduplication_window = {DEDUPLICATION_WINDOW}",
        f"replicated_deduplication_window = {DEDUPLICATION_WINDOW}",
        "replicated_deduplication_window_seconds = 2592000",
        "max_suspicious_broken_parts = 1000000",
        "max_suspicious_broken_parts_bytes = 1000000000000",
    ]
)
EXPIRING = f"{DURABLE}, ttl_only_drop_parts = 1"  # rows go with their part: nothing is rewritten to expire them
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_WINDOW = re.compile(r"non_replicated_deduplication_window = (\d+)")
_log = logger("store")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the text as it lies in the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def statements(self, cluster: str = "") -> list[str]:
        """The statements, placeholders filled in. cluster: name of a ClickHouse cluster, empty for a single node."""
        bare = "\n".join(line for line in self.text.splitlines() if not line.lstrip().startswith("--"))
        filled = (
            bare.replace("{engine}", "Replicated" if cluster else "")
            .replace("{on_cluster}", f"ON CLUSTER '{cluster}'" if cluster else "")
            .replace("{durable}", DURABLE)
            .replace("{expiring}", EXPIRING)
        )
        return [statement.strip() for statement in filled.split(";") if statement.strip()]


def known_migrations() -> list[Migration]:
    """The files of `store/schema`, in order. A number may be left out, none stands twice."""
    found = []
    for entry in resources.files("swarmscope.store").joinpath("schema").iterdir():
        match = _NAME.match(entry.name)
        if match:
            found.append(Migration(int(match.group(1)), entry.name, entry.read_text(encoding="utf-8")))
    found.sort(key=lambda m: m.number)
    if len({m.number for m in found}) != len(found):
        raise SchemaError(f"two schema files have one number; found {[m.name for m in found]}")
    return found


def migrate(
    store: Store,
    drain: Callable[[], None] | None = None,
    cluster: str = "",
    migrations: Sequence[Migration] | None = None,
) -> int:
    """Apply what is missing and return the version reached.

    drain: called before an existing schema is changed, and must return only when no batch is half-way in the journal.
    A snapshot is taken before an existing schema is changed. Neither happens to an empty store.
    Raises SchemaError when the store is newer than this program or holds a changed migration.
    """
    known = list(known_migrations() if migrations is None else migrations)
    _create_version_table(store, cluster)
    applied = applied_versions(store)
    _refuse_strangers(applied, known)
    missing = [m for m in known if m.number not in applied]
    if missing and applied:
        if drain is not None:
            drain()
        kept = store.snapshot(f"before-{missing[0].number:04d}")
        _log.info("snapshot_taken", path=str(kept))
    for migration in missing:
        for statement in migration.statements(cluster):
            try:
                store.command(statement)
            except QueryError as e:
                raise SchemaError(f"migration {migration.name} failed at: {statement[:120]} …: {e}") from e
        _record(store, migration)
        _log.info("schema_migrated", number=migration.number, name=migration.name)
    check_windows(store, cluster)
    return max((m.number for m in known), default=0)


def applied_versions(store: Store) -> dict[int, str]:
    """Version → checksum of what the store has."""
    rows = store.query(
        "SELECT version, any(checksum) AS checksum FROM schema_version GROUP BY version ORDER BY version"
    )
    return dict(zip(rows["version"].to_pylist(), rows["checksum"].to_pylist(), strict=True)) if rows.num_rows else {}


def check_windows(store: Store, cluster: str = "") -> None:
    """Every table must remember at least as many tokens as a crash can replay; a smaller window is widened."""
    rows = store.query(
        "SELECT name, create_table_query AS ddl FROM system.tables "
        "WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    where = f"ON CLUSTER '{cluster}'" if cluster else ""
    for row in rows.to_pylist():
        found = _WINDOW.search(row["ddl"])
        if found is None or int(found.group(1)) < DEDUPLICATION_WINDOW:
            _log.warning("deduplication_window_widened", table=row["name"], window=DEDUPLICATION_WINDOW)
            store.command(f"ALTER TABLE `{row['name']}` {where} MODIFY SETTING {DURABLE}")


def _create_version_table(store: Store, cluster: str) -> None:
    engine = "Replicated" if cluster else ""
    where = f"ON CLUSTER '{cluster}'" if cluster else ""
    store.command(
        f"CREATE TABLE IF NOT EXISTS schema_version {where} "
        "(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) "
        f"ENGINE = {engine}MergeTree ORDER BY version SETTINGS {DURABLE}"
    )


def _refuse_strangers(applied: dict[int, str], known: Sequence[Migration]) -> None:
    newest = max((m.number for m in known), default=0)
    if applied and max(applied) > newest:
        raise SchemaError(
            f"the store has schema {max(applied)}, this program knows {newest}; use the newer program, "
            "or restore the snapshot taken before the upgrade"
        )
    for migration in known:
        checksum = applied.get(migration.number)
        if checksum is not None and checksum != migration.checksum:
            raise SchemaError(
                f"schema file {migration.name} is not the one this store was made with "
                f"(checksum {migration.checksum}, store {checksum}); add a new file instead of changing an old one, "
                "or start with an empty directory"
            )


def _record(store: Store, migration: Migration) -> None:
    store.command(
        "INSERT INTO schema_version (version, name, checksum) "
        "SELECT {version:UInt32}, {name:String}, {checksum:String}",
        {"version": migration.number, "name": migration.name, "checksum": migration.checksum},
    )
