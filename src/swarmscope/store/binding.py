"""Values for `{name:Type}` parameters and for settings, as the text that ClickHouse parses.

A parameter travels as text beside the query and is parsed by its declared type, so a value can never become SQL. At the
top level the text is in the escaped form (tab-separated values); inside arrays and maps strings are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from swarmscope.errors import QueryError

_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]*$")
_SPECIAL = re.compile(r"[\\\t\n\r\0\x08\f']")
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\b": "\\b", "\f": "\\f", "'": "\\'"}
)


def parameter(value: object) -> str:
    """The escaped text of one parameter.

    str, int, float, bool, None, datetime (UTC; microseconds), list/tuple/set of these, dict; bytes must be UTF-8 (pass raw
    ids as hex and `unhex` them in the query). Raises QueryError for anything else.
    """
    if isinstance(value, list | tuple | set | frozenset | dict):
        return _literal(value)
    return _escaped(_scalar(value)) if value is not None else "\\N"


def parameters(values: Mapping[str, object]) -> dict[str, str]:
    """All parameters of a query; names are checked."""
    for name in values:
        if not _NAME.match(name):
            raise QueryError(f"parameter name {name!r} must be letters, digits and _")
    return {name: parameter(value) for name, value in values.items()}


def setting_name(name: str) -> str:
    """The name, checked."""
    if not _NAME.match(name):
        raise QueryError(f"setting name {name!r} must be letters, digits and _")
    return name


def setting(name: str, value: object) -> str:
    """`name = 'value'` for SET and SETTINGS clauses."""
    return f"{setting_name(name)} = {quote(setting_text(value))}"


def setting_text(value: object) -> str:
    """The text of a setting's value; a mapping becomes a map literal."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return _literal(value) if isinstance(value, Mapping) else str(value)


def quote(text: str) -> str:
    """A string literal."""
    return f"'{_escaped(text)}'"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES) if _SPECIAL.search(text) else text  # a look costs a twentieth of it


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as e:
            raise QueryError(
                "a bytes parameter must be UTF-8; pass raw ids as hex and unhex() them in the query"
            ) from e
    if isinstance(value, str):
        return value
    raise QueryError(f"a parameter cannot be a {type(value).__name__}")


def _literal(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_literal(k)}:{_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        if value and set(map(type, value)) == {str} and not _SPECIAL.search("".join(value)):
            return "['" + "','".join(value) + "']"
        return "[" + ",".join(map(_literal, value)) + "]"
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return _scalar(value)
    return quote(_scalar(value))
