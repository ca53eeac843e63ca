"""Shapes of dashboards of metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Model

PANELS_MAX = 300  # the largest that are passed around have 170 (Node Exporter Full), with 30 queries
QUERIES_MAX = 60
VARIABLES_MAX = 20

Promql = Annotated[str, Field(min_length=1, max_length=8000)]
Word = Annotated[str, Field(max_length=200)]


class PanelQuery(Model):
    """One query of a panel."""

    expr: Promql = Field(description="PromQL; `$name` stands for the value of a variable")
    legend: str = Field(
        "", max_length=300, description="`{{label}}` stands for the value of a label; empty: all labels"
    )


class DashboardPanel(Model):
    """One chart, figure or table of a dashboard."""

    title: Word = ""
    kind: Literal["lines", "bars", "figure", "table"] = "lines"
    unit: str = Field("", max_length=40, description="UCUM, such as `s`, `By`, `1`; empty: a plain number")
    width: int = Field(1, ge=1, le=3, description="columns of three")
    queries: list[PanelQuery] = Field(min_length=1, max_length=QUERIES_MAX)


class Variable(Model):
    """A name that queries use as `$name`, and where its values come from."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")
    metric: str = Field("", max_length=500, description="a selector; its series have the label")
    label: Word = Field("", description="its values are offered; empty: those in `values`")
    pattern: str = Field(
        "", max_length=500, description="of the label's values only those that match, or their first group; empty: all"
    )
    values: list[Word] = Field(max_length=200)
    value: str = Field("", max_length=2000, description="chosen at first; empty: all")


class NewDashboard(Model):
    """What a dashboard shows."""

    variables: list[Variable] = Field(default_factory=list, max_length=VARIABLES_MAX)
    panels: list[DashboardPanel] = Field(default_factory=list, max_length=PANELS_MAX)


class Dashboard(NewDashboard):
    """A dashboard under its name."""

    name: str
    variables: list[Variable]
    panels: list[DashboardPanel]


class DashboardEntry(Model):
    """A dashboard in the list."""

    name: str
    panels: int


class Dashboards(Model):
    """The dashboards of a tenant, by name."""

    items: list[DashboardEntry]
