"""From the store's error numbers to our error tree: one table for both backends.

The numbers are ClickHouse's own (`ErrorCodes.cpp`). Only codes that are known to come from the rows themselves become
StoreContentError, because such rows are set aside for good; whatever is unknown counts as "away" and is tried again.
"""

from __future__ import annotations

import re

from swarmscope.errors import OverloadError, QueryError, SchemaError, StoreAwayError, StoreContentError, SwarmscopeError

_CODE = re.compile(r"Code: (\d+)")

CONTENT = frozenset(
    {
        6,  # CANNOT_PARSE_TEXT
        25,  # CANNOT_PARSE_ESCAPE_SEQUENCE
        26,  # CANNOT_PARSE_QUOTED_STRING
        27,  # CANNOT_PARSE_INPUT_ASSERTION_FAILED
        32,  # ATTEMPT_TO_READ_AFTER_EOF
        33,  # CANNOT_READ_ALL_DATA
        38,  # CANNOT_PARSE_DATE
        41,  # CANNOT_PARSE_DATETIME
        53,  # TYPE_MISMATCH
        69,  # ARGUMENT_OUT_OF_BOUND
        70,  # CANNOT_CONVERT_TYPE
        72,  # CANNOT_PARSE_NUMBER
        117,  # INCORRECT_DATA
        131,  # TOO_LARGE_STRING_SIZE
        128,  # TOO_LARGE_ARRAY_SIZE
        190,  # SIZES_OF_ARRAYS_DONT_MATCH
        321,  # VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
        349,  # CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
        407,  # DECIMAL_OVERFLOW
        469,  # VIOLATED_CONSTRAINT
        636,  # CANNOT_EXTRACT_TABLE_STRUCTURE
        685,  # INVALID_SHARD_ID
    }
)
SCHEMA = frozenset(
    {
        8,  # THERE_IS_NO_COLUMN
        10,  # NOT_FOUND_COLUMN_IN_BLOCK
        16,  # NO_SUCH_COLUMN_IN_TABLE
        60,  # UNKNOWN_TABLE
        81,  # UNKNOWN_DATABASE
    }
)
AWAY = frozenset(
    {
        3,  # UNEXPECTED_END_OF_FILE
        74,  # CANNOT_READ_FROM_FILE_DESCRIPTOR
        75,  # CANNOT_WRITE_TO_FILE_DESCRIPTOR
        76,  # CANNOT_OPEN_FILE
        164,  # READONLY: the server was set read-only
        209,  # SOCKET_TIMEOUT
        210,  # NETWORK_ERROR
        225,  # NO_ZOOKEEPER
        242,  # TABLE_IS_READ_ONLY
        243,  # NOT_ENOUGH_SPACE
        252,  # TOO_MANY_PARTS
        279,  # ALL_CONNECTION_TRIES_FAILED
        999,  # KEEPER_EXCEPTION
    }
)
MEMORY = 241
TIMEOUT = 159
TOO_SLOW = 160
CANCELLED = 394
TOO_MANY_QUERIES = 202


def code_of(message: str) -> int:
    """The error number in a message of the store, 0 when it has none."""
    found = _CODE.search(message)
    return int(found.group(1)) if found else 0


def _brief(message: str) -> str:
    """The message from its number on, without the version trailer, at most 600 characters."""
    start = message.find("Code: ")
    text = message[max(start, 0) :].split(" (version ")[0].strip()
    return text if len(text) <= 600 else text[:600] + "…"


def insert_error(table: str, message: str, code: int = 0) -> SwarmscopeError:
    """The error of a failed insert into `table`."""
    code = code or code_of(message)
    if code in CONTENT:
        return StoreContentError(f"the store refuses rows of {table}: {_brief(message)}")
    if code in SCHEMA:
        return SchemaError(f"table {table} does not fit this program; run its migrations: {_brief(message)}")
    return StoreAwayError(f"the store cannot take rows of {table} now: {_brief(message)}")


def query_error(message: str, code: int = 0) -> SwarmscopeError:
    """The error of a failed query: whose fault it is and what to do."""
    code = code or code_of(message)
    if code in (TIMEOUT, TOO_SLOW):
        return QueryError(f"the query ran past its time limit; narrow its time range or filters: {_brief(message)}")
    if code == CANCELLED:
        return QueryError(f"the query was cancelled: {_brief(message)}")
    if code == MEMORY:
        if "total" in message.lower() or "server" in message.lower():
            return OverloadError(f"the store is short of memory: {_brief(message)}")
        return QueryError(f"the query needs more memory than it may use; narrow it: {_brief(message)}")
    if code == TOO_MANY_QUERIES:
        return OverloadError(f"too many queries at once: {_brief(message)}")
    if code in AWAY - {164} or code == 0:
        return StoreAwayError(f"the store cannot answer: {_brief(message)}")
    return QueryError(_brief(message))
