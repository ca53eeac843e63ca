"""Shapes of federated learning: rounds, what sites send, the model of all."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from swarmscope.serve.schemas.common import Model
from swarmscope.stats.pooled import SIGNALS_MAX

SiteName = Annotated[str, Field(min_length=1, max_length=100, description="name of the site, its own in the round")]

Finite = Annotated[float, Field(allow_inf_nan=False)]


class NewRound(Model):
    """A model to be trained together."""

    name: str = Field(min_length=1, max_length=100)
    signals: list[str] = Field(min_length=1, max_length=SIGNALS_MAX, description="of GET /federated/values")
    sites: int = Field(ge=2, le=200, description="how many take part")
    centre: list[Finite] = Field(default_factory=list, description="what values are normalised by; empty: zeros")
    scale: list[Finite] = Field(default_factory=list, description="likewise; empty: ones")
    clip: float | None = Field(default=None, gt=0, le=100, description="with `sigma`: longest normalised row")
    sigma: float | None = Field(default=None, gt=0, le=1000, description="noise of differential privacy; null: none")


class Joining(Model):
    """A site takes part; the same call again tells how the round stands."""

    site: SiteName
    key: str = Field(min_length=2, max_length=512, description="public key of the round, hexadecimal")


class Sharing(Model):
    """A site's masked vector: base64 of little-endian 64-bit numbers."""

    site: SiteName
    vector: str = Field(max_length=2_000_000)


class FederatedModel(Model):
    """What all sites together hold to be normal, in transformed units of the signals."""

    rows: int
    mean: list[float]
    covariance: list[list[float]]
    component_variances: list[float]
    components: list[list[float]]
    quantiles: dict[str, list[float]]
    epsilon: float | None = Field(description="spent by each row of this round; null: no differential privacy")
    delta: float | None


class FederatedRound(Model):
    """How a round stands."""

    id: str
    name: str
    state: str = Field(description="joining, sharing, done or failed")
    signals: list[str]
    centre: list[float]
    scale: list[float]
    sites: int
    joined: list[str]
    shared: list[str]
    keys: dict[str, str] = Field(description="public keys by site, when all have joined")
    fingerprint: str = Field(description="of all keys: the same at every site unless somebody changed one")
    clip: float | None
    sigma: float | None
    model: FederatedModel | None
    problem: str


class FederatedRounds(Model):
    """Newest first."""

    items: list[FederatedRound]


class FederatedValues(Model):
    """This site's own rows: agents in frames that do not overlap, in the units that detectors judge in."""

    signals: list[str]
    rows: list[list[float]] = Field(description="only whole rows: agents with a value of each signal")
