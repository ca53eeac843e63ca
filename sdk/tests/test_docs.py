"""Every Python example of the pages is run, each as a program of its own, and reports what the page says it reports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from model_server import serving
from otlp_sink import OtlpSink

import swarmscope_sdk
from swarmscope_sdk import Settings, compat, names

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "sdk.md", ROOT / "sdk" / "README.md", ROOT / "docs" / "quickstart.md"]


def examples(page: Path, info: str = "python") -> list[Any]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(rf"^```{info}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [pytest.param(match[1], id=f"{page.name}:{text.count(chr(10), 0, match.start()) + 1}") for match in found]


@pytest.mark.parametrize("code", [example for page in PAGES for example in examples(page)])
def test_an_example_runs_and_reports(code: str, sink: OtlpSink) -> None:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "SWARMSCOPE_"))}
    with serving() as model_url:
        done = subprocess.run(
            [sys.executable, "-W", "error::SyntaxWarning", "-c", code],
            env={**clean, "SWARMSCOPE_URL": sink.url, "OPENAI_BASE_URL": model_url, "OPENAI_API_KEY": "k"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr in ("", "stock is low\n"), "no warning either"
    assert sink.received.requests or "configure(file=" in code
    assert "dropped" not in done.stderr


def test_the_page_has_every_setting_and_every_earlier_name() -> None:
    page = PAGES[0].read_text(encoding="utf-8")
    missing = [name for name in Settings.__dataclass_fields__ if f"`{name}`" not in page and name != "file_max_bytes"]
    missing += [name for name in compat.__all__ if f"`{name}`" not in page and name != "AgentMetrics"]
    missing += [name for name in swarmscope_sdk.__all__ if not re.search(rf"\b{name}\b", page) and name != "Telemetry"]
    assert missing == []


def test_every_attribute_stands_in_the_page_of_semantics() -> None:
    page = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    own = [value for key, value in vars(names).items() if key.isupper() and str(value).startswith("swarmscope.")]
    missing = [
        value
        for value in own
        if value not in page and f"`.{value.rsplit('.', 1)[1]}`" not in page and not value.endswith(".")
    ]
    assert missing == []
