"""What is removed before storage, and a place to try it."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import msgspec
import numpy as np
from fastapi import Request

from swarmscope.config import Config
from swarmscope.config import Redaction as Options
from swarmscope.errors import ConfigError, InputError
from swarmscope.ingest import rules
from swarmscope.ingest.columns import TYPE_STRING, Strings
from swarmscope.ingest.redact import Redactor, is_sensitive
from swarmscope.ingest.rules.base import Rule
from swarmscope.serve.routes.common import Editor, Viewer, new_router
from swarmscope.serve.schemas.redaction import Part, Redaction, RuleAbout, Trial, Tried

router = new_router("redaction")


@router.get("/redaction", response_model=Redaction, summary="What is removed before storage")
def get_redaction(request: Request, caller: Viewer) -> Redaction:
    """The rules in force; they come from the configuration, section `ingest.redaction`."""
    options = request.app.state.config.ingest.redaction
    known = rules.found(request.app.state.config)
    applied = {name: options.enabled and (name in options.rules or not rule.hints) for name, rule in known.items()}
    return Redaction(
        enabled=options.enabled,
        rules=applied,
        about={name: about(rule, options.replacement) for name, rule in known.items()},
        custom=options.custom,
        replacement=options.replacement,
    )


def about(rule: Rule, replacement: str) -> RuleAbout:
    """What a rule removes, by its docstring, and its first example that changes."""
    words = (type(rule).__doc__ or "").strip().partition("\n")[0]
    marker = replacement.replace("{rule}", rule.name)
    before, after = next(((text, stored) for text, stored in rule.examples if text != stored), ("", ""))
    return RuleAbout(removes=words, before=before, after=after.replace("{}", marker))


@router.post("/redaction/try", response_model=Tried, summary="What would be removed of a text")
def try_redaction(request: Request, body: Trial, caller: Editor) -> Tried:
    """Runs the rules in force, or those given, over a text. Nothing of it is stored or logged."""
    config: Config = request.app.state.config
    options = config.ingest.redaction
    changes = {"rules": body.rules, "custom": body.custom}
    options = msgspec.structs.replace(options, **{k: v for k, v in changes.items() if v is not None})
    if body.attribute and is_sensitive(body.attribute) and options.enabled:
        return _answer([Piece(body.text, "password")], options)
    return _answer(pieces(body.text, options, rules.found(config)), options)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text: as it was, or what stands for something that `rule` removed."""

    text: str
    rule: str = ""


def pieces(text: str, options: Options, known: Mapping[str, Rule]) -> list[Piece]:
    """`text` as it would be stored, cut where something was removed. InputError: a bad rule."""
    mark = "".join(secrets.choice(string.ascii_lowercase) for _ in range(24))
    try:
        redactor = Redactor(msgspec.structs.replace(options, replacement=f"<{mark} {{rule}}>"), known, counted=False)
    except ConfigError as e:
        raise InputError(str(e)) from e
    data = np.frombuffer(text.encode(), np.uint8)
    out = redactor.redact(Strings(np.array([0, data.size], np.int64), data), np.array([TYPE_STRING], np.uint8))
    parts = re.split(rf"<{mark} ([^>]*)>", out.data.tobytes().decode())
    return [Piece(part, "") if i % 2 == 0 else Piece("", part) for i, part in enumerate(parts) if part]


def _answer(found: list[Piece], options: Options) -> Tried:
    parts = [
        Part(**asdict(p) | ({"text": options.replacement.replace("{rule}", p.rule)} if p.rule else {})) for p in found
    ]
    counts: dict[str, int] = {}
    for part in parts:
        if part.rule:
            counts[part.rule] = counts.get(part.rule, 0) + 1
    return Tried(parts=parts, removed=counts)
