"""How this process reports: where to, how often, and within which bounds."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

MIB = 1024 * 1024
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All options, with their defaults. `Settings.from_environment()` reads the variables named below.

    url: the platform (`SWARMSCOPE_URL`). OTLP goes to `otlp_url`, which is `url` unless `OTEL_EXPORTER_OTLP_ENDPOINT` is set
    and `SWARMSCOPE_URL` is not.
    key: credential, sent as a bearer token (`SWARMSCOPE_KEY`), white space around it left out.
    headers: more headers (`OTEL_EXPORTER_OTLP_HEADERS`).
    service: `service.name` (`OTEL_SERVICE_NAME`).
    file: write OTLP JSON lines here instead of sending (`SWARMSCOPE_FILE`); the platform imports such a file later.
    flush_interval_s: the longest that anything waits; the interval adapts below it, so that sending costs about 2 % of a core.
    pending_after_s: a span that lives longer is announced while it is still open; 0 announces none.
    queue_max_*: what waits to be encoded; backlog_max_bytes: what is encoded and waits for the platform. Beyond these,
    items are dropped and counted.
    """

    url: str = "http://127.0.0.1:8080"
    otlp_url: str = ""
    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    service: str = ""
    file: str = ""
    file_max_bytes: int = 256 * MIB
    flush_interval_s: float = 30.0
    metrics_interval_s: float = 10.0
    heartbeat_s: float = 30.0
    pending_after_s: float = 2.0
    pending_max: int = 10_000
    queue_max_items: int = 16_384
    queue_max_bytes: int = 12 * MIB
    backlog_max_bytes: int = 12 * MIB
    batch_max_items: int = 512
    batch_max_bytes: int = 2 * MIB
    timeout_s: float = 10.0
    shutdown_timeout_s: float = 5.0
    disabled: bool = False

    def __post_init__(self) -> None:
        for name in ("flush_interval_s", "metrics_interval_s", "heartbeat_s", "timeout_s", "file_max_bytes"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name}={getattr(self, name)!r} must be greater than 0")
        for name in ("queue_max_items", "queue_max_bytes", "backlog_max_bytes", "batch_max_items", "batch_max_bytes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)!r} must be at least 1")
        for name in ("pending_after_s", "pending_max", "shutdown_timeout_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)!r} must not be negative")
        for name in ("url", "otlp_url"):
            value = getattr(self, name)
            if value and not value.startswith(("http://", "https://")):
                raise ValueError(f"{name}={value!r} must start with http:// or https://")
        object.__setattr__(self, "key", self.key.strip())  # files of secrets end with a line break
        for name, value in (
            ("key", self.key),
            *((f"headers[{name!r}]", value) for name, value in self.headers.items()),
        ):
            if not (value.isascii() and value.isprintable()):
                raise ValueError(
                    f"{name} has line breaks or other characters that no HTTP header holds; its value is not shown"
                )
        for name in self.headers:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"headers: {name!r} is no name of an HTTP header")

    @property
    def endpoint(self) -> str:
        """Base address of OTLP/HTTP, without a trailing slash."""
        return (self.otlp_url or self.url).rstrip("/")

    @staticmethod
    def from_environment(environ: Mapping[str, str] | None = None) -> Settings:
        """The defaults, overridden by the environment."""
        env = os.environ if environ is None else environ
        defaults = Settings()
        return Settings(
            url=env.get("SWARMSCOPE_URL") or defaults.url,
            otlp_url="" if env.get("SWARMSCOPE_URL") else env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            key=env.get("SWARMSCOPE_KEY", ""),
            headers=_headers(env.get("OTEL_EXPORTER_OTLP_HEADERS", "")),
            service=env.get("OTEL_SERVICE_NAME", ""),
            file=env.get("SWARMSCOPE_FILE", ""),
            disabled=env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true",
        )


def _headers(text: str) -> dict[str, str]:
    """`a=1,b=2` with percent-encoded values, as the OpenTelemetry specification writes headers in a variable."""
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {key.strip().lower(): unquote(value.strip()) for key, _, value in pairs}
