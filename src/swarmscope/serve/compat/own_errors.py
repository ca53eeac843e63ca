"""Refusals in the words of the program whose doors these are: one route class, told by each how to say it."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from swarmscope.errors import OverloadError, SwarmscopeError


class OwnErrors(APIRoute, ABC):
    """A route whose refusals, those of a credential too, are told as its neighbour tells them."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        answer = super().get_route_handler()

        @functools.wraps(answer)
        async def told(request: Request) -> Response:
            try:
                return await answer(request)
            except SwarmscopeError as error:
                return self.refused(request, error)
            except RequestValidationError as error:
                if (response := self.misread(request, error)) is None:
                    raise
                return response

        return told

    @staticmethod
    @abstractmethod
    def refused(request: Request, error: SwarmscopeError) -> Response:
        """What the caller is answered."""

    @staticmethod
    def misread(request: Request, error: RequestValidationError) -> Response | None:
        """The same for a parameter of the wrong type or size; None: as everywhere else here."""
        return None


def when_again(error: SwarmscopeError) -> dict[str, str]:
    """The header that says when to try again, where waiting helps."""
    return {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, OverloadError) else {}


def status_with_503(error: SwarmscopeError) -> int:
    """The status where clients know an overload as 503, not as 429."""
    return 503 if isinstance(error, OverloadError) else error.status
