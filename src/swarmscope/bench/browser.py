"""A headless Chromium over its DevTools protocol: pages that are opened, asked and traced. Needs the browser, no driver."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from websockets.sync.client import ClientConnection, connect

from swarmscope.errors import ConfigError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
START_MAX_S = 60.0
ANSWER_MAX_S = 120.0
# A new window first loads pages of the browser itself, its address bar among them: they are nobody's page.
WINDOW_S = 2.0
MESSAGE_MAX_BYTES = 512 * 1024 * 1024  # a trace comes in large pieces
Event = dict[str, Any]


def chromium() -> str:
    """Path of the browser. ConfigError: there is none; says how to get one."""
    wanted = os.environ.get("SWARMSCOPE_CHROMIUM", "")
    found = wanted if wanted and Path(wanted).exists() else next((p for n in NAMES if (p := shutil.which(n))), "")
    if not found:
        raise ConfigError(
            "`bench ui` drives a headless Chromium, and none was found; install chromium, or name one in SWARMSCOPE_CHROMIUM"
        )
    return found


class Browser:
    """One Chromium with a profile of its own, as a context manager; gone at the end."""

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(prefix="swarmscope-browser-", ignore_cleanup_errors=True)
        options = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--remote-debugging-port=0"]
        options += ["--window-size=1440,900", "--no-first-run", "--disable-extensions", "--mute-audio"]
        command = [chromium(), *options, f"--user-data-dir={self._profile.name}", "about:blank"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self._socket = connect(self._address(), max_size=MESSAGE_MAX_BYTES, compression=None, proxy=None)
        self._number = 0
        self._listeners: list[Callable[[Event], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._profile.cleanup()

    def _address(self) -> str:
        port = Path(self._profile.name) / "DevToolsActivePort"
        end = time.monotonic() + START_MAX_S
        while time.monotonic() < end and self._process.poll() is None:
            if port.exists() and len(lines := port.read_text().split()) == 2:
                return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
            time.sleep(0.05)
        self._process.kill()
        said = (self._process.stderr.read() if self._process.stderr else "")[-800:]
        raise ConfigError(f"Chromium did not start within {START_MAX_S:.0f} s: {said}")

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Hear every event that comes while something is asked."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[Event], None]) -> None:
        """Hear no more."""
        self._listeners.remove(listener)

    def call(self, method: str, session: str = "", **params: Any) -> Any:
        """The answer to a command. RuntimeError: it was refused or did not come in time."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        self._socket.send(orjson.dumps(message | ({"sessionId": session} if session else {})), text=True)
        return self._until(lambda m: m.get("id") == self._number, ANSWER_MAX_S, method).get("result")

    def wait(self, event: str, seconds: float = ANSWER_MAX_S) -> Event:
        """The next event of a name."""
        return self._until(lambda m: m.get("method") == event, seconds, event)

    def rest(self, seconds: float) -> None:
        """Let time pass, hearing events."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = _received(self._socket, left)
            if message is not None:
                self._tell(message)

    def _until(self, wanted: Callable[[Event], bool], seconds: float, what: str) -> Event:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = _received(self._socket, left)
            if message is None:
                continue
            self._tell(message)
            if wanted(message):
                if "error" in message:
                    raise RuntimeError(f"{what}: {message['error'].get('message')}")
                return message
        raise RuntimeError(f"{what}: no answer within {seconds:.0f} s")

    def _tell(self, message: Event) -> None:
        for listener in self._listeners:
            listener(message)

    def open(self, script: str = "") -> Page:
        """A new page with a profile of its own; `script` runs in it before everything else."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context, width=1440, height=900)
        session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        page = Page(self, session, context)
        if script:
            page.call("Page.addScriptToEvaluateOnNewDocument", source=script)
        self.rest(WINDOW_S)
        return page


def _received(socket: ClientConnection, seconds: float) -> Event | None:
    try:
        message: Event = orjson.loads(socket.recv(seconds))
    except TimeoutError:
        return None
    return message


class Page:
    """One page of a browser."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self.browser = browser
        self.session = session
        self._context = context
        self._workers: dict[str, str] = {}  # session → address
        browser.listen(self._hear)
        for domain in ("Page", "Runtime", "Performance"):
            self.call(f"{domain}.enable")
        self.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)

    def _hear(self, event: Event) -> None:
        if event.get("sessionId") != self.session:
            return
        if event.get("method") == "Target.attachedToTarget" and event["params"]["targetInfo"]["type"] == "worker":
            self._workers[event["params"]["sessionId"]] = event["params"]["targetInfo"]["url"]
        elif event.get("method") == "Target.detachedFromTarget":
            self._workers.pop(event["params"]["sessionId"], None)

    def call(self, method: str, **params: Any) -> Any:
        """The answer to a command of the protocol, for this page."""
        return self.browser.call(method, self.session, **params)

    def go(self, address: str) -> None:
        """Open an address. RuntimeError: it cannot be reached."""
        answer = self.call("Page.navigate", url=address)
        if answer.get("errorText"):
            raise RuntimeError(f"{address}: {answer['errorText']}")

    def ask(self, expression: str) -> Any:
        """The value of an expression. RuntimeError: it threw."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression[:80]}: {answer['exceptionDetails'].get('text')}")
        return answer["result"].get("value")

    def until(self, expression: str, seconds: float = 60.0) -> Any:
        """The first true value of an expression. RuntimeError: none in time."""
        end = time.monotonic() + seconds
        while not (value := self.ask(expression)):
            if time.monotonic() > end:
                raise RuntimeError(f"not so within {seconds:.0f} s: {' '.join(expression.split())[:120]}")
            self.browser.rest(0.1)
        return value

    def heap_mb(self) -> float:
        """What scripts hold after a garbage collection, in the page and its workers."""
        total = 0.0
        for session in (self.session, *self._workers):
            self.browser.call("HeapProfiler.collectGarbage", session)
            usage = self.browser.call("Runtime.getHeapUsage", session)
            total += usage["usedSize"] + usage.get("backingStorageSize", 0)
        return total / 1e6

    @contextmanager
    def tracing(self) -> Iterator[list[Event]]:
        """What the browser's threads do within the block, as trace events; complete after it."""
        events: list[Event] = []

        def collect(event: Event) -> None:
            if event.get("method") == "Tracing.dataCollected":
                events.extend(event["params"]["value"])

        self.browser.listen(collect)
        categories = ["toplevel", "devtools.timeline", "v8", "disabled-by-default-v8.gc", "__metadata"]
        self.browser.call("Tracing.start", transferMode="ReportEvents", traceConfig={"includedCategories": categories})
        yield events
        self.browser.call("Tracing.end")
        self.browser.wait("Tracing.tracingComplete")
        self.browser.forget(collect)

    def trace(self, seconds: float) -> list[Event]:
        """What the browser's threads do for so long, as trace events."""
        with self.tracing() as events:
            self.browser.rest(seconds)
        return events

    def close(self) -> None:
        """Close it, with all that it kept."""
        self.browser.call("Target.disposeBrowserContext", browserContextId=self._context)
