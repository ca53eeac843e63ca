"""The UI's types come from the server's OpenAPI document; the committed copy has to be that of the code."""

from __future__ import annotations

from pathlib import Path

from swarmscope.serve.openapi import document

COPY = Path(__file__).parents[2] / "ui/src/api/openapi.json"


def test_the_ui_knows_the_api_of_this_code() -> None:
    assert COPY.read_text(encoding="utf-8") == document(), "the API changed: run `make api` and commit ui/src/api"
