"""The scrape configuration as it is in force: read at the start, again when the file changes or somebody says so.

A file that cannot be used later changes nothing: what was read before stays in force, and the reason is kept.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from swarmscope.errors import ConfigError
from swarmscope.ingest.scraping import jobs
from swarmscope.telemetry import counter, gauge, logger

_log = logger("ingest")
_reloads = counter("swarmscope_ingest_scrape_reloads_total", "Readings of the scrape configuration", ("outcome",))
_good = gauge(
    "swarmscope_ingest_scrape_config_last_reload_successful", "Whether the scrape configuration as it is was taken"
)
_good_at = gauge(
    "swarmscope_ingest_scrape_config_last_reload_success_timestamp_seconds",
    "When the scrape configuration was taken last",
)
SETTLED_NS = 10**9
_SECRET = ("password", "credentials")


class Watched:
    """Owns what was read. text: the file as it is written, without secrets. problem: why the file as it is now was not taken;
    empty: it was. Any thread."""

    def __init__(self, path: Path) -> None:
        """Read it. ConfigError."""
        self.path = path
        self.problem = ""
        self._stamp: tuple[int, int, int] = (0, 0, 0)
        self._lock = threading.Lock()
        self.file = jobs.File()
        self.text = ""
        self.loaded_s = 0.0
        self.load()

    def load(self) -> None:
        """Read it again. ConfigError: what was read before stays in force."""
        with self._lock:
            self._stamp = self._seen()
            try:
                file, raw = jobs.read(self.path)
            except ConfigError as e:
                self.problem = str(e)
                _reloads.labels("failed").inc()
                _good.set(0)
                raise
            self.file, self.problem, self.loaded_s = file, "", time.time()
            self.text = yaml.safe_dump(_masked(raw), sort_keys=False)
        _reloads.labels("loaded").inc()
        _good.set(1)
        _good_at.set(self.loaded_s)
        _log.info("scrape_configuration_loaded", file=str(self.path), jobs=len(file.scrape_configs))

    def follow(self) -> bool:
        """Read it again if it changed; whether there is a new one. What was written just now may be half of it."""
        seen = self._seen()
        if seen == self._stamp or 0 <= time.time_ns() - seen[0] < SETTLED_NS:
            return False
        try:
            self.load()
        except ConfigError as e:
            _log.error("scrape_configuration_not_loaded", error=str(e), effect="the one of before goes on")
            return False
        return True

    def _seen(self) -> tuple[int, int, int]:
        try:
            facts = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _masked(node: Any, key: str = "") -> Any:
    if isinstance(node, dict):
        return {name: _masked(value, str(name)) for name, value in node.items()}
    if isinstance(node, list):
        return [_masked(value, key) for value in node]
    if key in _SECRET and node:
        return "<secret>"
    if key == "url" and isinstance(node, str) and (password := urlsplit(node).password):
        return node.replace(f":{password}@", ":xxxxx@", 1)
    return node
