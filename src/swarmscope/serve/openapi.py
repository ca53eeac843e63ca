"""`python -m swarmscope.serve.openapi` prints the REST API as OpenAPI JSON: the source of the UI's types and the reference."""

from __future__ import annotations

import json
import sys

from swarmscope.serve.app import create_app


def document() -> str:
    """The OpenAPI document, stable from run to run."""
    return json.dumps(create_app(None).openapi(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
