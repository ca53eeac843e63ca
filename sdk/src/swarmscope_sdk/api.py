"""Calls of the REST API under `/api/v1`, on the standard library."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

Json = dict[str, Any]
_ANSWER_MAX_BYTES = 256 * 1024 * 1024
_RETRY_STATUS = frozenset({408, 429, 502, 503, 504})


class ClientError(Exception):
    """The platform refused a call or is away.

    status: of HTTP, 0 where it could not be reached. retryable: whether the same call can succeed later.
    """

    def __init__(self, message: str, status: int, retryable: bool) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows within the platform only: a redirect takes the credential along."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """As the standard library, or ClientError where scheme, host or port change."""
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if (here.scheme, here.netloc) == (there.scheme, there.netloc):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        fp.close()
        target = f"{there.scheme}://{there.netloc}"
        raise ClientError(
            f"{here.scheme}://{here.netloc} sends on to {target}; give that address if it is yours",
            code,
            retryable=False,
        )


_OPENER = urllib.request.build_opener(_Redirects)


@dataclass(frozen=True, slots=True)
class Api:
    """Calls with address and credential. Raises ClientError with the platform's own words."""

    url: str
    key: str
    timeout_s: float

    def get(self, path: str, **query: str | float | None) -> Any:
        """The decoded answer of GET `/api/v1/<path>`; parameters that are None are left out."""
        given = {key: value for key, value in query.items() if value is not None}
        return self._call("GET", path + ("?" + urllib.parse.urlencode(given) if given else ""), None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The decoded answer of POST `/api/v1/<path>`."""
        return self._call("POST", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"accept": "application/json", "user-agent": "swarmscope-sdk"}
        if body is not None:
            headers["content-type"] = "application/json"
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        url = f"{self.url}/api/v1/{path}"
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 – Settings admits http and https only
        try:
            with _OPENER.open(request, timeout=self.timeout_s) as response:
                return json.loads(response.read(_ANSWER_MAX_BYTES))
        except urllib.error.HTTPError as e:
            with e:
                raise ClientError(_detail(e), e.code, e.code in _RETRY_STATUS) from None
        except (http.client.HTTPException, OSError) as e:
            reason = getattr(e, "reason", e)
            raise ClientError(f"{self.url} cannot be reached: {reason}", 0, retryable=True) from e
        except ValueError as e:
            raise ClientError(f"{url} answered with something that is not JSON", 0, retryable=False) from e


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        problem = json.loads(error.read(65_536))
        return f"{error.code} {problem['title']}: {problem['detail']}"
    except (ValueError, KeyError, TypeError, OSError):
        return f"{error.code} {error.reason}"


def quoted(id: str) -> str:  # noqa: A002 – the public word
    """An id as one part of a path."""
    return urllib.parse.quote(id, safe="")
