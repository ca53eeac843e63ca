"""Shapes of how long data is kept."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Model


class RetentionRule(Model):
    """One setting of the section `retention`."""

    name: str = Field(examples=["spans_days"])
    about: str = Field(description="what is kept that long")
    value: float = Field(description="in force")
    configured: float = Field(description="what the configuration says; in force when nothing is set here")
    source: Literal["configured", "set"]
    unit: Literal["days", "ratio"]
    least: float
    most: float
    tables: list[str] = Field(description="tables whose rows go by it")
    bytes: int | None = Field(
        description="what these tables take on disk now, of all tenants; null where not the first tenant asks"
    )
    rows: int | None = Field(
        description="rows of what the setting names; what is kept beside it, to find it, has room but no count"
    )


class Retention(Model):
    """How long each kind of data is kept."""

    items: list[RetentionRule]


class RetentionChange(Model):
    """Times of your own."""

    values: dict[str, Annotated[float, Field(allow_inf_nan=False)] | None] = Field(
        description="setting → value; null: as configured. What is not named stays", max_length=32
    )
