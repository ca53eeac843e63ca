"""Every error that Swarmscope raises on purpose.

SwarmscopeError
├── ConfigError            a setting is unknown, malformed or contradicts another
├── InputError             a client sent something that can never be accepted (HTTP 400, INVALID_ARGUMENT)
│   ├── DecodeError        bytes that do not follow the protocol; carries the position
│   ├── LimitError         larger than a limit allows (HTTP 413)
│   └── QueryError         a query or filter that cannot be understood; carries the position
├── AuthError              no credential, or one that is not known (HTTP 401, UNAUTHENTICATED)
│   └── ForbiddenError     a known credential without the role that the call needs (HTTP 403)
├── NotFoundError          the named thing does not exist for this tenant (HTTP 404)
├── ChangedError           somebody else changed it since the caller read it (HTTP 412)
├── OverloadError          retry later: the journal is full, memory is short (HTTP 429, RESOURCE_EXHAUSTED)
├── StoreError             the store answered with an error
│   ├── StoreAwayError     the store cannot be reached; a retry helps
│   ├── StoreContentError  the store refuses these rows for their content; a retry never helps
│   └── SchemaError        the data directory is newer than this program, or damaged
├── JournalError           the journal cannot be written or read
└── PluginError            a plug-in cannot be loaded, or failed

A message names the thing, the value and the remedy. `retryable` says whether the same call can succeed later.
"""

from __future__ import annotations

from typing import ClassVar


class SwarmscopeError(Exception):
    """Base of all errors of this program."""

    retryable: ClassVar[bool] = False
    status: ClassVar[int] = 500


class ConfigError(SwarmscopeError):
    """A setting is unknown, malformed or contradicts another."""


class InputError(SwarmscopeError):
    """A client sent something that can never be accepted."""

    status = 400


class DecodeError(InputError):
    """Bytes that do not follow the protocol.

    position: offset in bytes of the first byte that could not be understood, -1 where unknown.
    """

    def __init__(self, message: str, position: int = -1) -> None:
        super().__init__(message if position < 0 else f"{message} (at byte {position})")
        self.position = position


class LimitError(InputError):
    """Larger than a limit allows."""

    status = 413


class QueryError(InputError):
    """A query or filter that cannot be understood.

    position: offset in characters of where it stops making sense, -1 where no place is to blame.
    """

    def __init__(self, message: str, position: int = -1) -> None:
        super().__init__(message if position < 0 else f"{message} (at character {position + 1})")
        self.position = position


class AuthError(SwarmscopeError):
    """No credential, or one that is not known."""

    status = 401


class ForbiddenError(AuthError):
    """A known credential without the role that the call needs."""

    status = 403


class NotFoundError(SwarmscopeError):
    """The named thing does not exist for this tenant."""

    status = 404


class ChangedError(SwarmscopeError):
    """Somebody else changed it since the caller read it; reading it anew helps, the same call does not."""

    status = 412


class OverloadError(SwarmscopeError):
    """Nothing was accepted; the sender keeps the data and tries again after `retry_after_s`."""

    retryable = True
    status = 429

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class StoreError(SwarmscopeError):
    """The store answered with an error."""

    status = 503


class StoreAwayError(StoreError):
    """The store cannot be reached."""

    retryable = True


class StoreContentError(StoreError):
    """The store refuses these rows for their content: until its tables are changed, the same call does not help."""

    status = 409


class SchemaError(StoreError):
    """The data directory is newer than this program, or damaged."""


class JournalError(SwarmscopeError):
    """The journal cannot be written or read."""

    status = 503


class PluginError(SwarmscopeError):
    """A plug-in cannot be loaded, or failed."""
