"""The web UI in headless Chromium, over a live fleet: frames, first paint, data of each page, size at the start, memory."""

from __future__ import annotations

import gzip
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

import numpy as np

from swarmscope.bench.browser import Browser, Page, chromium
from swarmscope.bench.figures import Figure
from swarmscope.bench.frames import frames
from swarmscope.bench.large import large
from swarmscope.bench.server import Server
from swarmscope.bench.suite import Context, Suite
from swarmscope.errors import ConfigError

AGENTS = 15_000
DEMO_AGENTS = 200
PAGES = (
    "/", "/agents", "/graph", "/traces", "/sessions", "/workflows", "/logs", "/explore", "/findings", "/security",
    "/emergence", "/alerts", "/cost", "/sql", "/settings",
)  # fmt: skip
LOOKS = 3  # at each page; the median counts
FILL_MAX_S = 240.0
SETTLE_S = 10.0
FULL_S = 130.0  # so long a page keeps gathering what it shows of the last minutes
FRAMES_S_MAX = 60.0  # a longer trace would outgrow the browser's buffer
MEMORY_LOOKS = 6  # between the first and the last: growth that goes on is told from one step
GROWTH_MB_MAX = 3.0
# When the last part of a page has left its loading state, by the page's own clock.
WATCH = """
  addEventListener("DOMContentLoaded", () => {
    const look = () => {
      const ready = document.querySelector("h1") && !document.querySelector('[role="status"][aria-label^="Loading"]');
      if (!ready) window.settled = undefined;
      else window.settled ??= performance.now();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
    look();
  });
"""
PAINT = 'performance.getEntriesByName("first-contentful-paint")[0]?.startTime'
FAILURE = "document.querySelector('[role=alert]')?.textContent"
CANVAS = "document.querySelector('canvas[aria-label^=\"Map of\"]')?.getAttribute('aria-label').match(/[0-9,]+/)[0]"
# Frames are counted by a loop of requestAnimationFrame, as a page at rest draws none.
LOOP = "(() => { const tick = () => requestAnimationFrame(tick); tick(); })()"


class Ui(Suite):
    """The web UI over 15,000 live agents: script per frame, first paint, page data, a large trace, size, memory."""

    name = "ui"
    by_default = False

    def measure(self, context: Context) -> Iterator[Figure]:
        """Yield the size, then what a fresh reader waits for, then what a page that stays open costs."""
        chromium()
        yield Figure("gzip at the start", _start_kb(), "KB", 350, "lower", "scripts and styles that index.html names")
        with context.server() as server, Browser() as browser:
            with _fleet(server, DEMO_AGENTS, context):
                yield from _pages(server, browser, context)
                yield from large(server, browser, context)
            agents = max(50, int(AGENTS * context.scale))
            with _fleet(server, agents, context):
                yield from _map(server, browser, context, agents)


def _start_kb() -> float:
    """Kilobytes that the first page needs before it can draw. ConfigError: the UI is not built."""
    static = resources.files("swarmscope.serve").joinpath("static")
    if not static.joinpath("index.html").is_file():
        raise ConfigError("the UI is not built; `make ui` builds it")
    page = static.joinpath("index.html").read_text("utf-8")
    files = re.findall(r'(?:src|href)="/?([^"]+\.(?:js|css))"', page)
    return sum(len(gzip.compress(static.joinpath(name).read_bytes(), 9)) for name in files) / 1000


@contextmanager
def _fleet(server: Server, agents: int, context: Context) -> Iterator[None]:
    """A simulated fleet that lives until the end, once nearly all of it is known."""
    context.say(f"{agents:,} agents come to life")
    command = [sys.executable, "-m", "swarmscope", "simulate", "--agents", str(agents), "--duration", "7d", "--quiet"]
    child = subprocess.Popen([*command, "--url", server.otlp, "--seed", str(context.seed), "--scenario", "demo"])
    try:
        server.until(lambda: server.get("/fleet")["agents"] >= 0.9 * agents, FILL_MAX_S, "know the fleet", 0.5)
        yield
    finally:
        child.kill()
        child.wait()


def _pages(server: Server, browser: Browser, context: Context) -> Iterator[Figure]:
    """First paint and data of every page over the demo, each in a profile of its own: nothing is cached."""
    paints, waits = [], {}
    for path in PAGES:
        looks = []
        for _ in range(LOOKS):
            page = browser.open(WATCH)
            page.go(server.url + path)
            page.until("window.settled")
            browser.rest(0.5)
            paint, settled = page.ask(PAINT), page.until("window.settled")
            if wrong := page.ask(FAILURE):
                raise RuntimeError(f"{path} shows a failure, not its data: {wrong[:300]}")
            paints.append(paint)
            looks.append(max(0.0, settled - paint))
            page.close()
        waits[path] = statistics.median(looks)
        context.say(f"{path}: data {waits[path]:.0f} ms after the first paint")
    note = f"{DEMO_AGENTS} agents, nothing cached; worst {max(paints):.0f} ms"
    yield Figure("first contentful paint, median", statistics.median(paints), "ms", 1000, "lower", note)
    worst = max(waits, key=lambda path: waits[path])
    listed = ", ".join(f"{path} {wait:.0f}" for path, wait in waits.items())
    yield Figure("data after the first paint, slowest page", waits[worst], "ms", 500, "lower", f"median ms: {listed}")


def _map(server: Server, browser: Browser, context: Context, agents: int) -> Iterator[Figure]:
    """The fleet map that stays open: script per frame, then memory."""
    page = browser.open(WATCH)
    page.go(server.url + "/")
    page.until(f"Number(({CANVAS} ?? '0').replace(',', '')) >= {int(0.9 * agents)}", FILL_MAX_S)
    browser.rest(SETTLE_S)
    page.ask(LOOP)
    seconds = min(context.seconds, FRAMES_S_MAX)
    context.say(f"{seconds:.0f} s of frames")
    found = frames(page.trace(seconds))
    note = f"{page.ask(CANVAS)} agents, {len(found.script_ms) / found.seconds:.0f} frames a second"
    yield Figure("script per frame, mean", float(found.script_ms.mean()), "ms", 10, "lower", note)
    p95 = float(np.percentile(found.script_ms, 95))
    yield Figure("script per frame, p95", p95, "ms", 10, "lower")
    taking = found.script_ms[found.updated]
    note = f"{len(taking)} updates; longest of all frames {float(found.script_ms.max()):.1f} ms"
    median = float(np.median(taking)) if len(taking) else None
    yield Figure("frame that takes an update in, median", median, "ms", 10, "lower", note)
    yield from _memory(browser, page, context)


def _memory(browser: Browser, page: Page, context: Context) -> Iterator[Figure]:
    seconds = context.seconds * 3
    context.say(f"{FULL_S:.0f} s until the page holds all that it keeps")
    browser.rest(FULL_S)
    context.say(f"memory over {seconds:.0f} s of live updates")
    held = [page.heap_mb()]
    for _ in range(MEMORY_LOOKS):
        browser.rest(seconds / MEMORY_LOOKS)
        held.append(page.heap_mb())
        context.say(f"{held[-1]:.1f} MB")
    listed = ", ".join(f"{size:.1f}" for size in held)
    note = f"MB over {seconds / 60:.1f} min: {listed}; page and workers, garbage collected"
    yield Figure("growth of memory", held[-1] - held[0], "MB", GROWTH_MB_MAX, "lower", note)
