"""Shapes of what to paste so that an agent is seen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from swarmscope.serve.schemas.common import Model


class Snippet(Model):
    """The lines for one framework."""

    id: str = Field(examples=["langchain"])
    label: str
    about: str = Field(description="what it sees, in a sentence")
    language: Literal["python", "node", "shell"] = Field(description="of `setup` and `example`")
    install: str = Field(description="shell: the packages; empty: none are needed")
    environment: str = Field(description="shell: the variables; empty: none are needed")
    setup: str = Field(description="lines for the start of the program; a shell's are all there is")
    example: str = Field(description="a small use, to see something at once; may be empty")


class Connect(Model):
    """How agents are connected to this install."""

    url: str = Field(description="where telemetry goes: OTLP/HTTP and REST")
    otlp_http_port: int = Field(description="port that takes OTLP/HTTP alone; 0: chosen at start")
    otlp_grpc_port: int = Field(description="port that takes OTLP/gRPC; 0: chosen at start")
    key_placeholder: str = Field(description="stands in the lines where a key belongs; empty: none is demanded")
    items: list[Snippet]
