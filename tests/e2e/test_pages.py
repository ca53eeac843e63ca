"""Every page in a real browser, in both themes and sizes, over the real server: without data, failing, and over a fleet.

The checks are in ui/e2e/checks.mjs and ui/e2e/states.mjs.

A file of its own with a server of its own, so that it runs beside what people do in the UI (test_ui.py).
"""

from __future__ import annotations

import pytest

from tests.e2e.test_ui import Feed, feed, hostile, node, run, server
from tests.support.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]
__all__ = ["feed", "node", "server"]  # fixtures


def test_every_page_can_be_read_by_everybody(node: str, server: Server, feed: Feed) -> None:
    answers = {
        "fill": feed.start,
        "pause": feed.pause,
        "hostile": lambda: hostile(server),
    }
    run(node, {"SWARMSCOPE_URL": server.url, "SWARMSCOPE_E2E_SET": "pages"}, answers)
