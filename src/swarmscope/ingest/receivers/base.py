"""What a receiver is: something that listens on a wire and hands what it takes to the intake."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from swarmscope import registry
from swarmscope.config import Config
from swarmscope.ingest.receivers import otlp
from swarmscope.registry import Kind


class Receiver(ABC):
    """One wire. It turns what it hears into OTLP export requests and answers its senders when the intake's future does:
    what was acknowledged is then durable, limited, redacted and priced like everything else.

    name: of the receiver. Options: a frozen msgspec.Struct or dataclass of its settings, which stand in
    `[plugins.options.receiver.<name>]`; None: it takes none. It asks `authenticate` (header names in lower case → Principal)
    whose the data is and whether the role allows to send, bounds what it holds, and owns its threads.

        class Lines(Receiver):
            "JSON lines over TCP."

            name = "lines"

            def start(self) -> None: ...
            def stop(self) -> None: ...
    """

    name: ClassVar[str] = ""
    Options: ClassVar[type | None] = None

    def __init__(self, config: Config, intake: otlp.Intake, authenticate: otlp.Authenticate) -> None:
        """PluginError: its settings are not as `Options` wants them."""
        self.config, self.intake, self.authenticate = config, intake, authenticate
        self.options: Any = registry.settings(type(self), KIND.name, self.name, config.plugins)

    @abstractmethod
    def start(self) -> None:
        """Listen, and return. ConfigError where that cannot be."""

    @abstractmethod
    def stop(self) -> None:
        """Take no more, answer what is in work within seconds, end all threads. Also called when `start` failed."""


KIND: Kind[Receiver] = Kind("receiver", Receiver, "swarmscope.ingest.receivers")
