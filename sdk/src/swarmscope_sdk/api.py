"""Calls of the REST API under `/api/v1`, on the standard library."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
            with urllib.request.urlopen(request, timeout=self.timeout_s) as response:  # noqa: S310 – Settings admits http and https only
                return json.loads(response.read(_ANSWER_MAX_BYTES))
        except urllib.error.HTTPError as e:
            with e:
                raise ClientError(_detail(e), e.code, e.code in _RETRY_STATUS) from None
        except (urllib.error.URLError, OSError) as e:
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
