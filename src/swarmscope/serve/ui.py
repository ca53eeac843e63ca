"""The built web UI: files under a strict content-security policy, deep links fall back to the page."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_CALLS = (
    "api/", "v1/", "elasticsearch/", "influx/", "jaeger/", "loki/", "prometheus/", "pushgateway/", "tempo/", "zipkin/",
)  # fmt: skip
_PACKED = {".js": "text/javascript", ".css": "text/css"}  # what is worth packing among the assets, with its type
_NOT_BUILT = (
    "<!doctype html><html lang='en'><title>Swarmscope</title><h1>The web UI is not built here</h1>"
    "<p>The API is at <a href='/docs'>/docs</a>. Run <code>make ui</code> in a checkout, or install the wheel.</p></html>"
)


class Ui(StaticFiles):
    """Hashed assets are cached for ever, the page itself never. Scripts and styles are packed once and kept.

    methods: what other routes answer at a path; a call by another method is told which, one for no route at all that there
    is none.
    """

    def __init__(
        self, directory: Path = STATIC, methods: Callable[[str], frozenset[str]] = lambda _: frozenset()
    ) -> None:
        super().__init__(directory=directory, html=True, check_dir=False)
        self._methods = methods
        self.config_checked = True  # a checkout without a built UI still serves the API
        self._page = directory / "index.html"
        self._packed: dict[str, bytes] = {}  # by path; a name holds the hash of what is in it

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path.startswith(_CALLS) or scope["method"] not in ("GET", "HEAD"):
            allowed = sorted(self._methods(f"/{path}"))
            if allowed:
                told = ", ".join(allowed)
                detail = f"{scope['method']} is not answered at /{path}; it takes {told}"
                raise HTTPException(405, detail, {"Allow": told})
            if path.startswith(_CALLS):
                raise HTTPException(404)
        try:
            response = await self._asset(path, scope) or await super().get_response(path, scope)
        except HTTPException as e:
            if e.status_code != 404 or path.startswith("assets/"):
                raise
            response = self._fallback()
        immutable = path.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if immutable else "no-cache"
        response.headers.update(HEADERS)
        return response

    async def _asset(self, path: str, scope: Scope) -> Response | None:
        """A script or style of the build, packed; None where it is none, or the reader cannot unpack it."""
        kind = _PACKED.get(Path(path).suffix)
        if not kind or not path.startswith("assets/") or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            return None
        if path not in self._packed:
            file, _ = await asyncio.to_thread(self.lookup_path, path)
            if not file:
                return None
            self._packed[path] = await asyncio.to_thread(_pack, Path(file))
        body = self._packed[path]
        return Response(body, media_type=kind, headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})

    def _fallback(self) -> Response:
        if self._page.exists():
            return HTMLResponse(self._page.read_text(encoding="utf-8"))
        return HTMLResponse(_NOT_BUILT)


def _pack(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)
