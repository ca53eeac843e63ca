"""One frozen `Config`, read from a TOML file and `SWARMSCOPE_*` variables.

A table of the file is a section here; `SWARMSCOPE_<SECTION>_<KEY>` overrides one key. Unknown keys are refused with the
nearest known name. Units stand last in a name (`_s`, `_ms`, `_bytes`). `epoch` counts the configurations of a running
program, so that a batch can tell under which one it was decoded.
"""

from __future__ import annotations

import difflib
import math
import os
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from swarmscope.errors import ConfigError

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
DAY_S = 86_400


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the sections: frozen, unknown keys refused."""


def _is(description: str) -> Meta:
    """What a setting is for: the reference in the docs shows it."""
    return Meta(description=description)


Port = Annotated[int, Meta(ge=0, le=65_535)]
Bytes = Annotated[int, Meta(ge=0)]
Count = Annotated[int, Meta(ge=0)]
Days = Annotated[int, Meta(ge=1, le=36_500)]
Ratio = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0)]


class Server(Section, frozen=True):
    """Where the program listens."""

    host: Annotated[str, _is("address of all listeners; anything but loopback demands keys")] = "127.0.0.1"
    port: Annotated[Port, _is("web UI, REST, live data, and OTLP/HTTP too")] = 8080
    otlp_grpc_port: Annotated[Port, _is("OTLP over gRPC")] = 4317
    otlp_http_port: Annotated[Port, _is("OTLP over HTTP")] = 4318
    more_ports: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=65_535)], ...],
        _is("ports that answer like the main one, for senders that know only theirs: Zipkin 9411, Jaeger 14268"),
    ] = ()
    tls_cert: Annotated[str, _is("PEM file of the certificate chain; with `tls_key`, all listeners speak TLS")] = ""
    tls_key: Annotated[str, _is("PEM file of the certificate's private key")] = ""
    memory_max_bytes: Annotated[
        Bytes, _is("resident memory of the program above which senders are told to retry; 0: no limit")
    ] = 1400 * MIB


class Storage(Section, frozen=True):
    """Where data lies."""

    data_dir: Annotated[str, _is("folder of store, journal and catalog; one program at a time")] = "~/.swarmscope"
    url: Annotated[
        str,
        _is("`chdb:///path` is the embedded store, empty means `<data_dir>/store`; `http(s)://user:pass@host:8123/db`"),
    ] = ""
    catalog_url: Annotated[
        str, _is("SQLAlchemy URL of the catalog (keys, settings, audit); empty means SQLite in `data_dir`")
    ] = ""
    readers: Annotated[int, Meta(ge=1, le=64), _is("queries that run side by side")] = 4
    query_timeout_s: Annotated[Seconds, _is("longest run of one query")] = 30.0
    query_memory_max_bytes: Annotated[Bytes, _is("most memory of one query")] = 1 * GIB
    memory_max_bytes: Annotated[Bytes, _is("most memory of the embedded store, caches included")] = 900 * MIB
    newest_max_bytes: Annotated[
        Bytes, _is("most memory for the spans and messages that came last, of which lists are made; 0: lists are read")
    ] = 96 * MIB


class Retention(Section, frozen=True):
    """How long each kind of data is kept, in days."""

    spans_days: Annotated[Days, _is("all spans")] = 3
    spans_kept_days: Annotated[Days, _is("spans worth keeping: errors, slow, rare, costly, a sample")] = 30
    kept_sample_ratio: Annotated[Ratio, _is("share of all traces kept as a sample")] = 0.01
    kept_max_ratio: Annotated[
        Ratio, _is("largest share of traces kept for errors, latency, rarity and cost together")
    ] = 0.1
    messages_days: Annotated[Days, _is("prompts and completions; at least as long as the spans that name them")] = 37
    rollup_10s_days: Annotated[Days, _is("ten-second figures per agent")] = 3
    logs_days: Annotated[Days, _is("log records")] = 7
    samples_days: Annotated[Days, _is("metric samples as sent")] = 7
    samples_hourly_days: Annotated[Days, _is("metric samples rolled up to 5 minutes and 1 hour")] = 30
    samples_daily_days: Annotated[Days, _is("metric samples rolled up to 1 day")] = 365
    cost_days: Annotated[Days, _is("tokens and cost per hour, agent, model, provider and service")] = 400
    security_days: Annotated[Days, _is("security events; critical ones are kept for ever")] = 90


class Journal(Section, frozen=True):
    """The bounded log between acknowledgement and store."""

    max_bytes: Annotated[Bytes, _is("size at which senders are told to retry")] = 4 * GIB
    segment_bytes: Annotated[Bytes, _is("size of one file")] = 64 * MIB
    group_max_rows: Annotated[Count, _is("most rows made durable by one fsync")] = 65_536
    group_wait_ms: Annotated[Seconds, _is("longest wait for others to share an fsync with")] = 2.0
    insert_max_rows: Annotated[Count, _is("most rows of one insert into the store; four samples are one")] = 200_000
    insert_max_bytes: Annotated[Bytes, _is("most bytes of one insert into the store")] = 128 * MIB
    insert_wait_s: Annotated[
        Seconds,
        _is("wait for an insert to fill; less for first rows after a silence, a third more where the store is quick"),
    ] = 1.0
    sync_wait_s: Annotated[
        Seconds, _is("longest time that inserts stay in the page cache before they are made durable")
    ] = 1.0
    queue_max_bytes: Annotated[Bytes, _is("memory for batches that wait to be written")] = 128 * MIB
    cache_max_bytes: Annotated[Bytes, _is("memory for batches that are written and wait for the store")] = 96 * MIB
    retry_after_s: Annotated[Seconds, _is("what senders are told when the journal is full")] = 2.0
    quarantine: Annotated[bool, _is("set damaged files aside at start and go on, instead of refusing")] = False


class Redaction(Section, frozen=True):
    """What is removed before storage."""

    enabled: Annotated[bool, _is("whether anything is removed")] = True
    rules: Annotated[tuple[str, ...], _is("built-in rules that apply")] = (
        "api_key",
        "bearer_token",
        "jwt",
        "private_key",
        "password",
        "card",
        "email",
    )
    custom: Annotated[dict[str, str], _is("own rules: a name and a regular expression each")] = {}
    replacement: Annotated[str, _is("what stands in place of the removed text")] = "[redacted:{rule}]"


class Ingest(Section, frozen=True):
    """Limits at the door."""

    message_max_bytes: Annotated[Bytes, _is("largest request, decompressed")] = 64 * MIB
    attribute_value_max_bytes: Annotated[Bytes, _is("longer values are cut and marked")] = 1 * MIB
    attributes_max: Annotated[Count, _is("more attributes of one span or record are dropped and counted")] = 512
    future_max_s: Annotated[Seconds, _is("items further ahead than this are refused one by one")] = 600.0
    past_max_s: Annotated[Seconds, _is("items older than this are refused one by one")] = 3 * DAY_S
    sample_ratio: Annotated[float, Meta(ge=0, le=1), _is("share of traces kept at the door, by trace id")] = 1.0
    spans_per_s_max: Annotated[Count, _is("most spans per second and tenant; 0: no limit")] = 0
    label_value_max_bytes: Annotated[
        Bytes, _is("series with longer label values are refused (remote write and its like)")
    ] = 16 * KIB
    series_max: Annotated[
        Count,
        _is(
            "most series of a tenant within an hour; beyond it new ones are refused until the next hour, and those of the hour "
            "before keep their places for its first ten minutes; 0: no limit"
        ),
    ] = 1_000_000
    otlp_zero_at_start: Annotated[
        bool,
        _is(
            "cumulative sums and histograms of OTLP get a sample of zero at their start time, so that what was counted before "
            "the first point is an increase and a restart is seen; as Prometheus' created-timestamp-zero-ingestion"
        ),
    ] = False
    otlp_target_info: Annotated[
        bool, _is("what resources of OTLP metrics say of themselves becomes the metric `target_info`, as in Prometheus")
    ] = True
    memory_max_bytes: Annotated[Bytes, _is("requests waiting to be decoded; beyond it senders are told to retry")] = (
        512 * MIB
    )
    workers: Annotated[int, Meta(ge=1, le=64), _is("decoder threads")] = 1
    prices_file: Annotated[str, _is("TOML file of model prices that replace or add to the built-in table")] = ""
    redaction: Redaction = msgspec.field(default_factory=Redaction)


class Auth(Section, frozen=True):
    """Who may call."""

    required: Annotated[
        Literal["auto", "true", "false"], _is("`auto` demands keys unless every listener is on loopback")
    ] = "auto"
    admin_key: Annotated[str, _is("a first admin key of your own choice, at least 16 characters")] = ""


class States(Section, frozen=True):
    """When an agent counts as what: the rules of its live state. `docs/search.md` tells which of them decides."""

    working_s: Annotated[float, Meta(ge=1, le=3600), _is("working: a span ended or began within this time")] = 20.0
    wedged_s: Annotated[
        float, Meta(ge=5, le=DAY_S), _is("wedged: a span has been open so long, and nothing ended since it began")
    ] = 120.0
    abandoned_s: Annotated[
        float, Meta(ge=5, le=DAY_S), _is("abandoned: not heard for so long; more than the time between heartbeats")
    ] = 300.0
    loop_window_s: Annotated[float, Meta(ge=10, le=3600), _is("looping: tool calls within this time are compared")] = (
        120.0
    )
    loop_calls: Annotated[int, Meta(ge=2, le=100_000), _is("looping: one tool was called so often alike")] = 10
    loop_share: Annotated[float, Meta(gt=0, le=1), _is("looping: and that is this share of the tool's calls")] = 0.5

    def __post_init__(self) -> None:
        if self.abandoned_s <= self.working_s:
            raise ValueError(
                f"abandoned_s={self.abandoned_s:g} must be more than working_s={self.working_s:g}, "
                "or an agent that works is abandoned"
            )


class Detect(Section, frozen=True):
    """Detectors: how often they look, how keen they are, what they may cost. `docs/detection.md` explains them."""

    enabled: Annotated[bool, _is("whether detectors look at all")] = True
    tick_s: Annotated[
        float, Meta(ge=1, le=300), _is("shortest time between two looks at the fleet; data that arrives brings one")
    ] = 2.0
    share: Annotated[
        float,
        Meta(ge=0.01, le=1),
        _is("most of its time that the thread which looks by the clock works; larger fleets are looked at less often"),
    ] = 0.2
    sensitivity: Annotated[
        Ratio, _is("one dial from 0 (dull) to 1 (keen) for every option of every detector; 0.5: their defaults")
    ] = 0.5
    alarms_per_day: Annotated[
        float, Meta(gt=0, le=10_000), _is("false alarms per day that are tolerated of a fleet, whatever its size")
    ] = 4.0
    repeat_s: Annotated[Seconds, _is("the same is reported again only when it had ceased for so long")] = 600.0
    off: Annotated[tuple[str, ...], _is("detectors that do not run, by name")] = ()
    on: Annotated[tuple[str, ...], _is("detectors that run besides those that run by default")] = ()
    contamination: Annotated[
        float,
        Meta(gt=0, le=0.5),
        _is("share of the agents, the strangest, that costly detectors look at, each time; 8 agents at least"),
    ] = 0.1
    shortlist_max: Annotated[Count, _is("most agents that costly detectors look at, each time")] = 64
    shortlist_every_s: Annotated[Seconds, _is("time between two looks of costly detectors")] = 30.0
    worker_timeout_s: Annotated[
        Seconds, _is("a judgement in the worker process that takes longer is ended with it")
    ] = 20.0
    queue_batches: Annotated[
        Count, _is("committed batches that wait for event detectors; more are left out, counted")
    ] = 64


class Rules(Section, frozen=True):
    """Rule files of Prometheus: recordings and alerts. `docs/rules.md` explains them."""

    files: Annotated[
        tuple[str, ...],
        _is("rule files of the default tenant: names, or patterns with `*`; read again when they change"),
    ] = ()
    tenants: Annotated[dict[str, tuple[str, ...]], _is("rule files of other tenants, by the tenant's name")] = {}
    evaluation_interval_s: Annotated[float, Meta(ge=1, le=DAY_S), _is("of groups that name no interval")] = 60.0
    query_offset_s: Annotated[
        Seconds,
        _is("how far behind the clock rules are evaluated, for samples that come late; a group can say its own"),
    ] = 0.0
    workers: Annotated[int, Meta(ge=1, le=64), _is("groups evaluated side by side; one tenant takes half at most")] = 2
    alertmanagers: Annotated[
        tuple[str, ...], _is("addresses that hear of alerts, `http://host:9093`, with `user:password@` where demanded")
    ] = ()
    resend_delay_s: Annotated[Seconds, _is("an alert that fires on is told again after so long")] = 60.0
    external_labels: Annotated[dict[str, str], _is("labels of every alert that Alertmanagers are told of")] = {}
    external_url: Annotated[str, _is("address of this program for people, in the links of alerts")] = ""
    outage_tolerance_s: Annotated[
        Seconds, _is("after a restart, alerts go on where they were if the program was away for less than this")
    ] = 3600.0
    grace_period_s: Annotated[
        Seconds, _is("after a restart, an alert with a longer `for` that was pending fires no sooner than this")
    ] = 600.0


class SelfTest(Section, frozen=True):
    """The continuous self-test: faults in a simulated fleet of a shadow tenant. `docs/selftest.md` explains it."""

    enabled: Annotated[bool, _is("whether faults are planted and looked for")] = False
    agents: Annotated[int, Meta(ge=10, le=1000), _is("size of the simulated fleet")] = 40
    rate: Annotated[
        float, Meta(gt=0, le=100), _is("how busy it is; 1 is natural, about 0.1 spans a second and agent")
    ] = 1.0
    cycle_s: Annotated[float, Meta(ge=5, le=DAY_S), _is("length of a cycle, with one fault in it")] = 1200.0
    starts_s: Annotated[Seconds, _is("what is found so soon after the start of a cycle does not count")] = 60.0
    kept_hours: Annotated[float, Meta(gt=0, le=72), _is("age at which its data are deleted")] = 2.0


class Plugins(Section, frozen=True):
    """What others wrote: found among the installed distributions, and in a folder."""

    folder: Annotated[
        str, _is("folder whose `*.py` are loaded as plug-ins, with the rights of the program; empty: none")
    ] = ""
    off: Annotated[tuple[str, ...], _is("plug-ins of others that are left out, as `kind/name`")] = ()
    options: Annotated[
        dict[str, dict[str, dict[str, Any]]],
        _is(
            "settings of plug-ins: tables `[plugins.options.<kind>.<name>]`; of detectors for example `zscore` z = 3.0, "
            "`isolation_forest` and `lof` contamination = 0.1, `dbscan` eps = 0.5, `lstm_autoencoder` threshold = 0.3"
        ),
    ] = {}


class Log(Section, frozen=True):
    """Structured logs on standard error."""

    level: Annotated[Literal["debug", "info", "warning", "error"], _is("least level that is written")] = "info"
    format: Annotated[Literal["auto", "json", "console"], _is("`auto` is console on a terminal, else JSON lines")] = (
        "auto"
    )


class Config(Section, frozen=True):
    """All settings of one program."""

    server: Server = msgspec.field(default_factory=Server)
    storage: Storage = msgspec.field(default_factory=Storage)
    retention: Retention = msgspec.field(default_factory=Retention)
    journal: Journal = msgspec.field(default_factory=Journal)
    ingest: Ingest = msgspec.field(default_factory=Ingest)
    auth: Auth = msgspec.field(default_factory=Auth)
    states: States = msgspec.field(default_factory=States)
    detect: Detect = msgspec.field(default_factory=Detect)
    rules: Rules = msgspec.field(default_factory=Rules)
    selftest: SelfTest = msgspec.field(default_factory=SelfTest)
    plugins: Plugins = msgspec.field(default_factory=Plugins)
    log: Log = msgspec.field(default_factory=Log)
    epoch: int = 0

    @property
    def data_dir(self) -> Path:
        """The folder that holds store, journal and catalog."""
        return Path(self.storage.data_dir).expanduser()


def reference() -> str:
    """Every setting with its variable, default and meaning, as a page of the docs."""
    lines = ["# Configuration", "", *_REFERENCE_HEAD.strip().splitlines(), ""]

    def show(struct: type[msgspec.Struct], path: list[str]) -> None:
        hints, plain = get_type_hints(struct, include_extras=True), get_type_hints(struct)
        sections = _sections(struct)
        if path:
            lines.extend([f"## [{'.'.join(path)}]", "", struct.__doc__ or "", ""])
            lines.extend(["| setting | default | variable | meaning |", "|---|---|---|---|"])
            defaults = struct()
            for name in (n for n in struct.__struct_fields__ if n not in sections):
                meaning = next(m.description for m in reversed(hints[name].__metadata__) if m.description)
                choices = (
                    " (" + ", ".join(f"`{a}`" for a in get_args(plain[name])) + ")" if _is_choice(plain[name]) else ""
                )
                default = msgspec.json.encode(getattr(defaults, name)).decode()
                variable = "SWARMSCOPE_" + "_".join([*path, name]).upper()
                lines.append(f"| `{name}` | `{default}` | `{variable}` | {meaning}{choices} |")
            lines.append("")
        for name, section in sections.items():
            show(section, [*path, name])

    show(Config, [])
    return "\n".join(lines).rstrip() + "\n"


_REFERENCE_HEAD = """
Every setting has a default, so an empty configuration is a good one. Settings come from a TOML file
(`swarmscope up --config FILE`) and from environment variables, which win. Unknown names are refused with the nearest known
one. This page is generated from the code: `python -m swarmscope.config > docs/configuration.md`.
"""


def _is_choice(kind: Any) -> bool:
    return get_origin(kind) is Literal


def load(
    path: Path | None = None, environ: dict[str, str] | None = None, overrides: dict[str, Any] | None = None
) -> Config:
    """The configuration of `path` (TOML; none: defaults), overridden by the environment, then by `overrides`.

    overrides: nested like the file. Raises ConfigError naming the key, its value and the remedy.
    """
    tree: dict[str, Any] = {}
    if path is not None:
        try:
            tree = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as e:
            raise ConfigError(f"cannot read the configuration file {path}: {e.strerror}") from e
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
            raise ConfigError(f"{path} is not valid TOML: {e}") from e
        _refuse_unknown(tree, Config, where=partial(_in_file, path))
    elsewhere = _from_environ(os.environ if environ is None else environ)
    _merge(elsewhere, overrides or {})
    _merge(tree, elsewhere)
    _refuse_unknown(tree, Config)
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as e:
        why, _, place = str(e).partition(" - at `$.")
        steps = [step for part in re.split(r"[.\[]", place.rstrip("`")) if (step := part.rstrip("]"))]
        from_file = path is not None and not _holds(elsewhere, steps)
        raise ConfigError(_told(why, steps, tree, _in_file(path, steps) if path and from_file else "")) from e


def _in_file(path: Path, steps: Sequence[str]) -> str:
    """Where a file sets something, in words: the first line without which it is not there."""
    lines, before = path.read_text(encoding="utf-8").split("\n"), 0
    for count in range(1, len(lines) + 1):
        try:
            read = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:  # in the middle of a value of several lines
            continue
        if _holds(read, steps):
            return f" in {path}, line {before + 1}"
        before = count
    return f" in {path}"


def _holds(tree: Any, steps: Sequence[str]) -> bool:
    """Whether a tree of settings has something at a place; places in a list are its own."""
    for step in steps:
        if isinstance(tree, list | tuple):
            return True
        if not isinstance(tree, dict) or step not in tree:
            return False
        tree = tree[step]
    return True


def _told(why: str, steps: Sequence[str], tree: dict[str, Any], where: str) -> str:
    """What msgspec found wrong, by the setting's name and with its value; what may be a secret is not repeated."""
    if not steps:
        return f"configuration{where}: {why}"
    name = re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", ".".join(steps))
    value: Any = tree
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list | tuple) and step.isdecimal():
            value = value[int(step)]
    hidden = value is None or isinstance(value, dict) or re.search(r"key|token|secret|password|url", name)
    shown = "" if hidden else f"={value!r}"[:200]
    if choices := _choices(name):
        return f"{name}{shown}{where}: it is one of {', '.join(choices)}"
    return f"{name}{shown}{where}: {why[:1].lower()}{why[1:]}; docs/configuration.md lists what each setting takes"


def _choices(name: str) -> list[str]:
    """What a setting that is one of a few words may be; empty for other settings."""
    struct: Any = Config
    *sections, last = name.split(".")
    for section in sections:
        struct = _sections(struct).get(section)
        if struct is None:
            return []
    kind = get_type_hints(struct).get(last)
    return [str(a) for a in get_args(kind)] if _is_choice(kind) else []


def _merge(into: dict[str, Any], other: dict[str, Any]) -> None:
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


def _sections(struct: type[msgspec.Struct]) -> dict[str, type[msgspec.Struct]]:
    hints = get_type_hints(struct)
    return {k: t for k, t in hints.items() if isinstance(t, type) and issubclass(t, msgspec.Struct)}


def _nowhere(_steps: Sequence[str]) -> str:
    return ""


def _refuse_unknown(
    tree: dict[str, Any],
    struct: type[msgspec.Struct],
    above: tuple[str, ...] = (),
    where: Callable[[Sequence[str]], str] = _nowhere,
) -> None:
    """ConfigError: a key that no section has, or no number where one is needed. where: words for the place of a setting."""
    known = struct.__struct_fields__
    sections = _sections(struct)
    prefix = "".join(f"{section}." for section in above)
    for key, value in tree.items():
        place = (*above, key)
        if key not in known or (key == "epoch" and not above):
            near = difflib.get_close_matches(key, known, 1, 0.5)
            hint = f"; did you mean {prefix}{near[0]!s}?" if near else f"; known here: {', '.join(known)}"
            raise ConfigError(f"unknown setting {prefix}{key}{where(place)}{hint}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(
                f"{prefix}{key}={value}{where(place)}: a number is needed; "
                "docs/configuration.md lists what each setting takes"
            )
        if key in sections and isinstance(value, dict):
            _refuse_unknown(value, sections[key], place, where)


def _from_environ(environ: Any) -> dict[str, Any]:
    """`SWARMSCOPE_SERVER_PORT=9` → {"server": {"port": 9}}; text is converted to the field's type."""
    names: dict[str, tuple[list[str], Any]] = {}

    def walk(struct: type[msgspec.Struct], path: list[str]) -> None:
        hints = get_type_hints(struct)
        sections = _sections(struct)
        for field in struct.__struct_fields__:
            if field in sections:
                walk(sections[field], [*path, field])
            elif path:
                names["SWARMSCOPE_" + "_".join([*path, field]).upper()] = ([*path, field], hints[field])

    walk(Config, [])
    tree: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith("SWARMSCOPE_") or name in (
            "SWARMSCOPE_CONFIG",
            "SWARMSCOPE_URL",
            "SWARMSCOPE_KEY",
            "SWARMSCOPE_FILE",
            "SWARMSCOPE_WIRE",
        ):
            continue
        if name not in names:
            near = difflib.get_close_matches(name, names, 1, 0.5)
            hint = f"; did you mean {near[0]}?" if near else "; the configuration reference lists them all"
            raise ConfigError(f"unknown environment variable {name}{hint}")
        path, kind = names[name]
        node = tree
        for step in path[:-1]:
            node = node.setdefault(step, {})
        node[path[-1]] = _parse(name, text, kind)
    return tree


def _parse(name: str, text: str, kind: Any) -> Any:
    try:
        if kind is bool:
            return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[text.lower()]
        if kind is int or kind is float:
            return kind(text)
        if kind is str or _is_choice(kind):
            return text
        if text.lstrip().startswith(("{", "[")):
            return msgspec.json.decode(text)
        of = int if get_args(kind)[:1] == (int,) else str
        return [of(part.strip()) for part in text.split(",") if part.strip()]
    except (KeyError, ValueError, msgspec.DecodeError) as e:
        raise ConfigError(f"{name}={text!r} cannot be read as {getattr(kind, '__name__', kind)}") from e


if __name__ == "__main__":
    sys.stdout.write(reference())
