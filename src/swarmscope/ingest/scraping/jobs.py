"""A file of `scrape_configs`, the subset of Prometheus' configuration that is understood here. Unknown keys are refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import msgspec
import yaml

from swarmscope.asker import Asker, Tls
from swarmscope.errors import ConfigError, DecodeError, LimitError
from swarmscope.ingest.scraping.relabel import Rule
from swarmscope.telemetry import logger

TARGETS_MAX = 10_000
REFRESH_LEAST_S = 0.1
ANSWER_BYTES_MAX, ANSWER_S_MAX = 4 << 20, 10.0  # of a discovery
_log = logger("ingest")
BODY_BYTES_MAX = 64 << 20  # where a job says nothing else
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_536_000.0}
_PARTS = {"global", "scrape_configs"}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)([KMGTPE]?)i?B")


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Some targets and the labels that they share."""

    targets: tuple[str, ...] = ()
    labels: dict[str, str] = {}


class FileSd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Groups from files."""

    files: tuple[str, ...]
    refresh_interval: str = "5m"


class HttpSd(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Groups from an address."""

    url: str
    refresh_interval: str = "1m"


class BasicAuth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """User and password."""

    username: str = ""
    password: str = ""
    password_file: str = ""


class Authorization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token."""

    type: str = "Bearer"
    credentials: str = ""
    credentials_file: str = ""


class TlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a target is asked over TLS."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    server_name: str = ""
    insecure_skip_verify: bool = False


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `scrape_configs`. enable_http2: what is asked is HTTP/1.1 in any case. Limits of 0 are none."""

    job_name: str
    scrape_interval: str = ""
    scrape_timeout: str = ""
    metrics_path: str = "/metrics"
    scheme: Literal["http", "https"] = "http"
    params: dict[str, list[str]] = {}
    honor_labels: bool = False
    honor_timestamps: bool = True
    track_timestamps_staleness: bool = False
    follow_redirects: bool = True
    enable_compression: bool = True
    enable_http2: bool = True
    sample_limit: int = 0
    target_limit: int = 0
    label_limit: int = 0
    label_name_length_limit: int = 0
    label_value_length_limit: int = 0
    body_size_limit: int | str = 0
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls_config: TlsConfig | None = None
    static_configs: tuple[Group, ...] = ()
    file_sd_configs: tuple[FileSd, ...] = ()
    http_sd_configs: tuple[HttpSd, ...] = ()
    relabel_configs: tuple[Rule, ...] = ()
    metric_relabel_configs: tuple[Rule, ...] = ()

    @property
    def body_bytes_max(self) -> int:
        """The most that is read of an answer."""
        limit = self.body_size_limit
        return (size(limit) if isinstance(limit, str) else limit) or BODY_BYTES_MAX

    @property
    def tls(self) -> Tls | None:
        """How its targets are asked; None: as anybody."""
        of = self.tls_config
        return (
            None if of is None else Tls(of.ca_file, of.cert_file, of.key_file, of.server_name, of.insecure_skip_verify)
        )

    @property
    def refresh_intervals(self) -> list[str]:
        """Of all its sources."""
        return [sd.refresh_interval for sd in self.file_sd_configs] + [
            sd.refresh_interval for sd in self.http_sd_configs
        ]


class Global(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Defaults."""

    scrape_interval: str = "1m"
    scrape_timeout: str = "10s"
    external_labels: dict[str, str] = {}
    evaluation_interval: str = "1m"


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"defaults": "global"}):
    """The file."""

    defaults: Global = msgspec.field(default_factory=Global)
    scrape_configs: tuple[Job, ...] = ()


def load(path: Path) -> File:
    """Read a file. ConfigError names it and what is wrong."""
    return read(path)[0]


def read(path: Path) -> tuple[File, Any]:
    """The same, and as it is written."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        if isinstance(raw, dict) and (others := sorted(map(str, raw.keys() - _PARTS))):
            raise ConfigError(
                f"the scrape configuration {path} has {', '.join(others)[:200]}; keep {' and '.join(sorted(_PARTS))} of a "
                "prometheus.yml: rule files and Alertmanagers are named in [rules] of swarmscope.toml"
            )
        found = msgspec.convert(raw, File)
    except OSError as e:
        raise ConfigError(f"cannot read the scrape configuration {path}: {e.strerror}") from e
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as e:
        raise ConfigError(f"the scrape configuration {path}: {e}") from e
    names = [job.job_name for job in found.scrape_configs]
    for name in names:
        if not name or names.count(name) > 1:
            raise ConfigError(f"the scrape configuration {path}: job_name {name!r} must be given, and once only")
    for text in (found.defaults.scrape_interval, found.defaults.scrape_timeout):
        seconds(text)
    for job in found.scrape_configs:
        for text in (job.scrape_interval, job.scrape_timeout, *job.refresh_intervals):
            if text:
                seconds(text)
        if job.tls_config is not None and bool(job.tls_config.cert_file) != bool(job.tls_config.key_file):
            raise ConfigError(f"the scrape configuration {path}: tls_config needs cert_file and key_file, or neither")
        if job.body_bytes_max < 0:
            raise ConfigError(f"body_size_limit {job.body_size_limit} is below 0; write it like 10MB")
    jobs = tuple(_placed(job, path.absolute().parent) for job in found.scrape_configs)
    return msgspec.structs.replace(found, scrape_configs=jobs), raw


def _placed(job: Job, folder: Path) -> Job:
    """Files that a job names without their folder lie beside the configuration."""

    def placed(of: Any, *names: str) -> Any:
        return of and msgspec.structs.replace(of, **{n: str(folder / file) for n in names if (file := getattr(of, n))})

    return msgspec.structs.replace(
        job,
        basic_auth=placed(job.basic_auth, "password_file"),
        authorization=placed(job.authorization, "credentials_file"),
        tls_config=placed(job.tls_config, "ca_file", "cert_file", "key_file"),
    )


def refreshes(file: File) -> list[float]:
    """How often sources of a file want to be asked, in seconds."""
    return [max(REFRESH_LEAST_S, seconds(text)) for job in file.scrape_configs for text in job.refresh_intervals]


def seconds(text: str) -> float:
    """The length of `15s` or `1m`. ConfigError."""
    total, number = 0.0, ""
    at = 0
    while at < len(text):
        if text[at].isdecimal():
            number += text[at]
            at += 1
            continue
        unit = "ms" if text.startswith("ms", at) else text[at]
        if not number or unit not in _UNITS:
            raise ConfigError(f"{text!r} is not a duration; write it like 15s, 1m or 500ms")
        total += int(number) * _UNITS[unit]
        number, at = "", at + len(unit)
    if number or total <= 0:
        raise ConfigError(f"{text!r} is not a duration above 0; write it like 15s, 1m or 500ms")
    return total


def size(text: str) -> int:
    """The bytes of `10MB` or `1.5KiB`; powers of 1024 both, as in Prometheus. ConfigError."""
    parts = _SIZE.fullmatch(text)
    if parts is None:
        raise ConfigError(f"{text!r} is no size; write it like 512KB, 10MB or 1GiB")
    return int(float(parts[1]) * 1024 ** " KMGTPE".index(parts[2] or " "))


@dataclass(frozen=True, slots=True)
class Found:
    """What a source gave. stamp: of a file, changes when it does; due_s: by the monotonic clock, when it is asked again; meta:
    the labels by which relabelling knows it."""

    groups: list[Group]
    stamp: tuple[int, int, int] = (0, 0, 0)
    due_s: float = 0.0
    meta: Mapping[str, str] = field(default_factory=dict)


def discovered(job: Job, folder: Path, asker: Asker, kept: Mapping[str, Found], now_s: float) -> dict[str, Found]:
    """Groups by where they come from. A source is asked every `refresh_interval`, a file also as soon as it changes, which
    Prometheus is told by the system; what cannot be read now is as it was in `kept`."""
    found: dict[str, Found] = {"static": Found(list(job.static_configs))}
    for sd in job.file_sd_configs:
        for pattern in sd.files:
            whole = Path(pattern) if Path(pattern).is_absolute() else folder / pattern
            for file in sorted(whole.parent.glob(whole.name)):
                found[str(file)] = _of_file(file, kept.get(str(file)), now_s, seconds(sd.refresh_interval))
    for source in job.http_sd_configs:
        before = kept.get(source.url)
        if before is not None and now_s < before.due_s:
            found[source.url] = before
            continue
        due_s = now_s + seconds(source.refresh_interval)
        try:
            groups = _groups(json.loads(asker.ask(source.url, ANSWER_S_MAX, ANSWER_BYTES_MAX).body))
        except (httpx.HTTPError, httpx.InvalidURL, DecodeError, LimitError, ValueError) as e:
            groups = before.groups if before is not None else []
            _log.warning("targets_unknown", job=job.job_name, error=type(e).__name__)
        found[source.url] = Found(groups, due_s=due_s, meta={"__meta_url": source.url})
    return found


def _of_file(file: Path, before: Found | None, now_s: float, refresh_s: float) -> Found:
    groups = before.groups if before is not None else []
    stamp = (0, 0, 0)
    try:
        facts = file.stat()
        stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if before is not None and before.stamp == stamp and now_s < before.due_s:
            return before
        groups = _groups(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError):
        pass  # half written, perhaps: it is read again when it changes
    return Found(groups, stamp, now_s + refresh_s, {"__meta_filepath": str(file)})


def _groups(raw: Any) -> list[Group]:
    return msgspec.convert(raw or [], list[Group])
