"""The tables in the docs are what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope.serve.routes.reference import filled

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["docs/api.md", "docs/search.md"])
def test_given_a_page_when_its_tables_are_made_anew_then_nothing_changes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert filled(text) == text, "repair it: python -m swarmscope.serve.routes.reference"
