"""Who is in the fleet: agents, their teams, nodes, models and instrumentation, as arrays made from the seed.

Agents of a team stand side by side (index ranges), and so do the agents of a node, so that both are slices.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from swarmscope.sim import wire
from swarmscope.sim.catalogue import DIALECT_SHARES, MODEL_SHARES, MODELS, OF_OPENAI, REGIONS, ROLES, Dialect

TEAM_SIZE = 20
NODE_SIZE, NODES_LEAST = 50, 12
GOLDEN = 0.618034  # steps of this share spread evenly over a circle, however many are taken
TRAINER_SHARE, TRAINERS_MAX, TRAINERS_FLEET_MIN = 0.04, 32, 12
PIPELINE_SHARE, PIPELINES_MAX, PIPELINES_FLEET_MIN = 0.01, 8, 6

VERSION, VERSION_NEXT = "2.3.1", "2.4.0"

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Fleet:
    """n agents. The first `workers` converse; then trainers, then pipeline runners."""

    n: int
    workers: int
    trainers: int
    pipelines: int
    names: list[str]  # id of each agent
    kinds: list[str]  # llm, rl, worker
    role: Ints  # (workers,) index into ROLES
    team: Ints  # (n,)
    node: Ints  # (n,)
    model: Ints  # (n,) index into MODELS
    dialect: Ints  # (n,) Dialect
    utc_offset_s: Ints  # (n,) of the agent's region
    heartbeats: NDArray[np.bool_]  # (n,) whether its instrumentation sends signs of life
    nodes: int
    resources: list[bytes] = field(repr=False)  # (nodes,) encoded Resource
    services: list[str] = field(repr=False)  # (nodes,)
    regions: list[str] = field(repr=False)  # (nodes,)
    dialects: list[Dialect] = field(repr=False)  # (nodes,)
    versions: list[str] = field(repr=False)  # (nodes,) what runs there

    def deploy(self, nodes: list[int], version: str) -> None:
        """From now on another version runs on these nodes."""
        for k in nodes:
            self.versions[k] = version
            self.resources[k] = _resource(k, self.services[k], self.regions[k], self.dialects[k], version)

    def node_of(self, agent: int) -> int:
        """The node that hosts an agent."""
        return int(self.node[agent])


def build(n: int, seed: int) -> Fleet:
    """A fleet of `n` agents; the same seed gives the same fleet."""
    rng = np.random.default_rng([seed, 1])
    trainers = min(TRAINERS_MAX, max(4, int(n * TRAINER_SHARE))) if n >= TRAINERS_FLEET_MIN else 0
    pipelines = min(PIPELINES_MAX, max(1, int(n * PIPELINE_SHARE))) if n >= PIPELINES_FLEET_MIN else 0
    workers = n - trainers - pipelines
    index = np.arange(n)
    node_size = max(1, min(NODE_SIZE, n // NODES_LEAST))
    node = index // node_size
    nodes = int(node[-1]) + 1
    spread = (rng.random() * 0.3 + GOLDEN * np.arange(nodes)) % 1.0
    node_dialect = np.searchsorted(np.cumsum(DIALECT_SHARES)[:-1], spread, "right")
    node_dialect[(workers - 1) // node_size :] = Dialect.GENAI  # learners and builders report by the SDK
    node_region = rng.integers(0, len(REGIONS), nodes)
    role = rng.integers(0, len(ROLES), workers)
    names = [f"{ROLES[r].name}-{i:05d}" for i, r in enumerate(role.tolist())]
    names += [f"learner-{i:03d}" for i in range(trainers)] + [f"builder-{i:02d}" for i in range(pipelines)]
    dialect = node_dialect[node]
    regions = [REGIONS[r].name for r in node_region.tolist()]
    services = [f"agents-{region}" for region in regions]
    dialects = [Dialect(d) for d in node_dialect.tolist()]
    return Fleet(
        n=n,
        workers=workers,
        trainers=trainers,
        pipelines=pipelines,
        names=names,
        kinds=["llm"] * workers + ["rl"] * trainers + ["worker"] * pipelines,
        role=role,
        team=index // TEAM_SIZE,
        node=node,
        model=_speakable(rng.choice(len(MODELS), n, p=MODEL_SHARES), np.isin(dialect, OF_OPENAI)),
        dialect=dialect,
        utc_offset_s=np.array([r.utc_offset_s for r in REGIONS])[node_region][node],
        heartbeats=(dialect == Dialect.GENAI) | (dialect == Dialect.GENAI_OLD),
        nodes=nodes,
        resources=[_resource(k, services[k], regions[k], dialects[k], VERSION) for k in range(nodes)],
        services=services,
        regions=regions,
        dialects=dialects,
        versions=[VERSION] * nodes,
    )


def _speakable(model: Ints, bound: NDArray[np.bool_]) -> Ints:
    """The models with those of `bound` agents, instrumented for OpenAI's client, all OpenAI's: they swap with others, so that
    the fleet has each model as often as before, and take OpenAI's in turn where there are none left to swap."""
    fits = np.array([m.provider == "openai" for m in MODELS])
    wrong, spare = np.flatnonzero(bound & ~fits[model]), np.flatnonzero(~bound & fits[model])
    both = min(len(wrong), len(spare))
    out = model.copy()
    out[wrong[:both]], out[spare[:both]] = model[spare[:both]], model[wrong[:both]]
    own = np.flatnonzero(fits)
    out[wrong[both:]] = own[np.arange(len(wrong) - both) % len(own)]
    return out


def _resource(node: int, service: str, region: str, dialect: Dialect, version: str) -> bytes:
    return wire.attributes(
        1,
        {
            "service.name": service,
            "service.version": version,
            "service.instance.id": f"node-{node:04d}",
            "host.name": f"node-{node:04d}",
            "cloud.region": region,
            "deployment.environment.name": "production",
            "telemetry.sdk.name": "opentelemetry",
            "telemetry.sdk.language": "python",
            "telemetry.distro.name": dialect.name.lower().replace("_", "-"),
        },
    )
