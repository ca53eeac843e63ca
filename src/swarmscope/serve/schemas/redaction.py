"""Redaction: the rules, and a trial of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from swarmscope.serve.schemas.common import Model

Rule = Annotated[str, Field(min_length=1, max_length=64)]


class RuleAbout(Model):
    """What a rule removes, with an example."""

    removes: str
    before: str = Field(description="an example; empty: the rule has none")
    after: str = Field(description="what is stored of the example")


class Redaction(Model):
    """The rules in force."""

    enabled: bool
    rules: dict[str, bool] = Field(description="rule, built in or of a plug-in → whether it applies")
    about: dict[str, RuleAbout] = Field(description="rule, built in or of a plug-in → what it removes")
    custom: dict[str, str] = Field(description="own rules: name → RE2 expression")
    replacement: str = Field(description="what stands in place of what was removed; `{rule}` is the rule's name")


class Trial(Model):
    """A text to try the rules on."""

    text: str = Field(max_length=65_536)
    attribute: str = Field(
        "", max_length=256, description="as the value of this attribute, whose name may say that it is a secret"
    )
    rules: tuple[Rule, ...] | None = Field(
        None, max_length=32, description="built-in rules to apply; null: those in force"
    )
    custom: dict[Rule, Annotated[str, Field(max_length=1000)]] | None = Field(
        None, max_length=20, description="own rules to apply; null: those in force"
    )


class Part(Model):
    """A stretch of the text as it would be stored."""

    text: str
    rule: str = Field(description="the rule that put this in place of something; empty: as it was sent")


class Tried(Model):
    """What would be stored, and how often each rule removed something."""

    parts: list[Part]
    removed: dict[str, int]
