"""The REST client of the commands: JSON in and out, refusals as one clear line."""

from __future__ import annotations

import ssl
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import orjson

from swarmscope.cli.failures import EXIT_AWAY, EXIT_FAILED, EXIT_NOT_FOUND, EXIT_REFUSED, EXIT_USAGE, CommandError

TIMEOUT_S = 60.0
API = "/api/v1"


class Api:
    """One server. Raises CommandError with the remedy when it is away or refuses."""

    def __init__(self, url: str, key: str = "", timeout_s: float = TIMEOUT_S) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise CommandError(f"--url {url!r} is not an address; give http://host:port", EXIT_USAGE)
        self.url = url.rstrip("/")
        key = key.strip()  # files of secrets end with a line break
        if not (key.isascii() and key.isprintable()):
            raise CommandError("--key has line breaks or other characters that no key has; copy it again", EXIT_USAGE)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        # what OpenSSL trusts here, SSL_CERT_FILE included; proxies of the environment are not used
        trusted: ssl.SSLContext | bool = ssl.create_default_context() if urlsplit(url).scheme == "https" else True
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False, verify=trusted
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Any:
        """The decoded JSON answer of GET `path`; None and "" parameters are left out."""
        return self._decoded(self.request("GET", path, params=_said(params)))

    def post(self, path: str, body: Any) -> Any:
        """The decoded JSON answer of POST `path`."""
        return self._decoded(self.request("POST", path, json=body))

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer of any request; a `path` that does not start with /api or /metrics is under /api/v1."""
        full = path if path.startswith(("/api/", "/metrics")) else API + path
        answer = self.send(method, full, **more)
        if answer.is_error:
            raise refusal(answer, full)
        return answer

    def send(self, method: str, full: str, **more: Any) -> httpx.Response:
        """The answer of any request to a whole path, refusals too."""
        try:
            return self._http.request(method, full, **more)
        except httpx.ConnectError as e:
            if "CERTIFICATE_VERIFY_FAILED" in str(e):
                raise CommandError(
                    f"the certificate of {self.url} is not trusted here: {_why(e)}; "
                    "name the file of the authority that signed it with SSL_CERT_FILE",
                    EXIT_AWAY,
                ) from e
            raise CommandError(
                f"no server answers at {self.url}; start one with `swarmscope up`, or point --url or SWARMSCOPE_URL at it",
                EXIT_AWAY,
            ) from e
        except httpx.HTTPError as e:
            raise CommandError(f"{self.url} did not answer {method} {full}: {e or type(e).__name__}", EXIT_AWAY) from e

    @staticmethod
    def _decoded(answer: httpx.Response) -> Any:
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError as e:
            raise CommandError(f"{answer.url} answered something that is not JSON; is this a Swarmscope server?") from e


def _why(error: Exception) -> str:
    """What OpenSSL has against a certificate, without its own codes."""
    return str(error).partition("certificate verify failed:")[2].rpartition(" (_ssl")[0].strip() or str(error)


def _said(params: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in params.items() if v not in (None, "", [])}


def refusal(answer: httpx.Response, path: str) -> CommandError:
    """What an error answer means to the user: its message, the remedy and the exit code."""
    detail = _detail(answer)
    if answer.status_code in (401, 403):
        return CommandError(f"{detail}; give a key with --key or SWARMSCOPE_KEY", EXIT_REFUSED)
    if answer.status_code == 404:
        return CommandError(detail or f"{path} was not found", EXIT_NOT_FOUND)
    if answer.status_code in (400, 422):
        return CommandError(detail, EXIT_USAGE)
    return CommandError(f"the server answered {answer.status_code}: {detail}", EXIT_FAILED)


def _detail(answer: httpx.Response) -> str:
    """The message of an error answer, whichever of the usual shapes it has."""
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return answer.text[:300] or answer.reason_phrase
    detail = body.get("detail", body.get("message", body.get("error", body))) if isinstance(body, dict) else body
    if isinstance(detail, dict):
        detail = detail.get("message", detail)
    if isinstance(detail, list):
        return "; ".join(
            f"{'.'.join(map(str, d.get('loc', ())))}: {d.get('msg', d)}" if isinstance(d, dict) else str(d)
            for d in detail
        )
    return str(detail)
