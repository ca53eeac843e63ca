"""What to paste so that an agent is seen here: packages, environment, lines for the program, and a small example per framework.

`frameworks.toml` holds them; here they are filled in with an address and a key.
"""

from __future__ import annotations

import shlex
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Template
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from swarmscope.errors import InputError

KEY_PLACEHOLDER = "YOUR_INGEST_KEY"
"""Stands where a key belongs that is not known."""
_UNSAFE = "\"'`$\\;|&<>()"  # they mean something to a shell
Language = Literal["python", "node", "shell"]


@dataclass(frozen=True, slots=True)
class Framework:
    """One entry of `frameworks.toml`, as it stands there."""

    id: str
    label: str
    about: str
    language: Language
    service: str
    setup: str
    example: str = ""
    install: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    """Distributions that tell that a project uses it."""
    node: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    plain: tuple[tuple[str, str], ...] = ()
    """The whole environment, where it is not OTLP's."""
    headers: str = "OTEL_EXPORTER_OTLP_HEADERS"


@dataclass(frozen=True, slots=True)
class Place:
    """Where telemetry goes. url: takes OTLP/HTTP and REST; key: of the role ingest, empty where none is demanded."""

    url: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The lines for one framework, filled in. `install` and `environment` are shell, the others are of `language`."""

    id: str
    label: str
    about: str
    language: Language
    install: str
    environment: str
    setup: str
    example: str


@cache
def frameworks() -> tuple[Framework, ...]:
    """All that are known, in the order in which they are shown."""
    tree = tomllib.loads(resources.files(__package__).joinpath("frameworks.toml").read_text(encoding="utf-8"))
    return tuple(_framework(entry, tree["provider"].strip()) for entry in tree["framework"])


def framework(name: str) -> Framework:
    """The one with this id. InputError: there is none."""
    for one in frameworks():
        if one.id == name:
            return one
    raise InputError(f"no framework {name!r}; known: {', '.join(f.id for f in frameworks())}")


def variables(one: Framework, place: Place) -> dict[str, str]:
    """The environment in which an instrumented program reports to `place`."""
    fill = _filling(place)
    if one.plain:
        return {name: text for name, value in one.plain if (text := _filled(value, fill))}
    found: dict[str, str] = {}
    if one.service:
        own = dict(one.environment)
        standard = "TRACELOOP_BASE_URL" not in own
        if standard:
            found |= {"OTEL_EXPORTER_OTLP_ENDPOINT": fill["url"], "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
        if place.key:
            found[one.headers] = f"authorization={quote(f'Bearer {place.key}', safe='')}"
        if standard:
            found["OTEL_SERVICE_NAME"] = one.service
        found |= {name: _filled(value, fill) for name, value in one.environment}
    return found


def snippet(one: Framework, place: Place) -> Snippet:
    """The lines for `one`. InputError: the address of `place` is none."""
    _check(place)
    fill = _filling(place)
    environment = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables(one, place).items())
    return Snippet(
        id=one.id,
        label=one.label,
        about=one.about,
        language=one.language,
        install=_install(one),
        environment=environment,
        setup=_filled(one.setup, fill),
        example=_filled(one.example, fill),
    )


def snippets(place: Place) -> list[Snippet]:
    """The lines for every framework."""
    return [snippet(one, place) for one in frameworks()]


def _framework(entry: dict[str, Any], provider: str) -> Framework:
    found = entry.pop("found", {})
    texts = {name: entry.pop(name, "").strip().replace("$provider", provider) for name in ("setup", "example")}
    pairs = {name: tuple(entry.pop(name, {}).items()) for name in ("environment", "plain")}
    lists = {name: tuple(value) for name, value in entry.items() if isinstance(value, list)}
    return Framework(
        **{**entry, **lists, **texts, **pairs},
        python=tuple(found.get("python", ())),
        node=tuple(found.get("node", ())),
    )


def _install(one: Framework) -> str:
    if not one.install:
        return ""
    names = " ".join(shlex.quote(name) for name in one.install)
    return f"npm install {names}" if one.language == "node" else f"pip install {names}"


def _filling(place: Place) -> dict[str, str]:
    return {
        "url": place.url.rstrip("/"),
        "key": place.key,
        "auth": f" -H {shlex.quote(f'authorization: Bearer {place.key}')}" if place.key else "",
        "key_option": f" --key {shlex.quote(place.key)}" if place.key else "",
    }


def _filled(text: str, fill: dict[str, str]) -> str:
    return Template(text).safe_substitute(fill)


def _check(place: Place) -> None:
    url = place.url
    try:
        parts = urlsplit(url)
        good = bool(parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment)
    except ValueError:
        good = False
    if not good or any(c.isspace() or c in _UNSAFE for c in url):
        raise InputError(f"{url!r} is not an address; give http://host:port")
