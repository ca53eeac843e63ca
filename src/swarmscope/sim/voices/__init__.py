"""How agents of each instrumentation generation put what they did into attributes: one file per generation."""

from __future__ import annotations

from swarmscope.sim.catalogue import Dialect
from swarmscope.sim.voices.base import Voice
from swarmscope.sim.voices.genai import GenAi
from swarmscope.sim.voices.genai_old import GenAiOld
from swarmscope.sim.voices.openinference import OpenInference
from swarmscope.sim.voices.openllmetry import OpenLlmetry

VOICES: dict[int, Voice] = {
    Dialect.GENAI: GenAi(),
    Dialect.GENAI_OLD: GenAiOld(),
    Dialect.OPENINFERENCE: OpenInference(),
    Dialect.OPENLLMETRY: OpenLlmetry(),
}
