"""Makes an SQL text of a stranger safe to run: one SELECT over known tables and functions, that sees one tenant.

The text is parsed, checked, rewritten and written anew from its tree, so that what runs is what was checked:
- every table must be one of TABLES and is replaced by a subquery with its tenant's rows, under an alias that cannot be guessed
  (a `WITH … AS tenant` must not be able to stand in for the column);
- names of common table expressions get a prefix that no table has, so that one used out of its scope names nothing;
- whatever stands before a parenthesis in the final text must be a known function, type or keyword, and so must a function
  that is named without one (APPLY);
- whatever stands behind FROM and JOIN, in the tree and in the words of the final text, must be such a subquery or name: a
  parser that reads a table as something else must not let it through;
- SETTINGS, FORMAT, INTO, placeholders, table functions and every other kind of statement are refused.
"""

from __future__ import annotations

import itertools
import re
import secrets
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.clickhouse import ClickHouse
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from swarmscope.errors import QueryError
from swarmscope.query.functions import FUNCTIONS, KEYWORDS, TYPES
from swarmscope.query.reader import REPEATED, TABLES

LENGTH_MAX = 100_000
TOKENS_MAX = 10_000
NESTING_MAX = 100
_PREFIX = "cte_"
_SELECT_PARTS = frozenset(
    {
        "with_", "kind", "distinct", "expressions", "from_", "joins", "where", "prewhere", "group", "having", "qualify",
        "windows", "order", "limit", "offset",
    }
)  # fmt: skip
_TABLE_PARTS = frozenset({"this", "alias"})
_TAKE_FROM = frozenset({"EXTRACT", "TRIM", "SUBSTRING"})  # FROM stands between their arguments
_KNOWN = FUNCTIONS | TYPES | KEYWORDS
_REFUSED = (
    exp.Command, exp.DDL, exp.DML, exp.Into, exp.Placeholder, exp.Parameter, exp.SessionParameter, exp.TableSample,
    exp.Drop, exp.Alter, exp.Set, exp.Use, exp.Describe, exp.Show, exp.Kill, exp.Pragma, exp.Transaction, exp.Commit,
    exp.Rollback, exp.Attach, exp.Detach, exp.TruncateTable, exp.Grant, exp.Copy, exp.Analyze, exp.Cache,
)  # fmt: skip


def guarded(text: str) -> str:
    """The text to run, with `{tenant:String}` to be bound. QueryError says what is refused and what to write instead."""
    if len(text) > LENGTH_MAX:
        raise QueryError(f"a query of {len(text)} characters; at most {LENGTH_MAX} are read")
    if "\x00" in text:
        raise QueryError("a query cannot hold the character NUL", text.index("\x00"))
    try:
        root = _parsed(text)
        _refuse(root)
        rewritten = _scoped(root)
        final = rewritten.sql("clickhouse", comments=False, normalize_functions=False)
        _check_calls(final)
        _check_words(final)
    except RecursionError as e:
        raise QueryError("the query is nested too deeply; write it flatter") from e
    return final


def _parsed(text: str) -> exp.Expr:
    try:
        tokens = ClickHouse().tokenize(text)
    except SqlglotError as e:
        raise QueryError(f"this is not SQL: {_brief(e)}") from e
    if len(tokens) > TOKENS_MAX:
        raise QueryError(f"a query of {len(tokens)} words; at most {TOKENS_MAX} are read")
    depth = 0
    for token in tokens:
        depth += (token.token_type in _OPEN) - (token.token_type in _CLOSE)
        if depth > NESTING_MAX:
            raise QueryError(
                f"more than {NESTING_MAX} brackets within each other; write the query flatter", token.start
            )
    try:
        statements = [s for s in sqlglot.parse(text, read="clickhouse") if s is not None]
    except SqlglotError as e:
        raise QueryError(f"this is not SQL that can be read here: {_brief(e)}", _place(e, text)) from e
    if len(statements) != 1:
        raise QueryError(f"{len(statements)} statements; send exactly one SELECT")
    if not isinstance(statements[0], exp.Query):
        raise QueryError("only SELECT may be run here; the store is read-only")
    return statements[0]


_OPEN = (TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE)
_CLOSE = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE)


def _brief(error: SqlglotError) -> str:
    found: list[dict[str, Any]] = getattr(error, "errors", [])
    if found:
        first = found[0]
        return f"{first.get('description')} at line {first.get('line')}, column {first.get('col')}"
    return str(error).split("\n", 1)[0][:300]


def _place(error: SqlglotError, text: str) -> int:
    """Offset of the word that the parser stumbled over, -1 where it names none."""
    found: list[dict[str, Any]] = getattr(error, "errors", [])
    first = found[0] if found else {}
    line, column, word = first.get("line"), first.get("col"), str(first.get("highlight") or "")
    if not line or not column:
        return -1
    before = sum(len(part) + 1 for part in text.split("\n")[: line - 1])
    return max(0, before + int(column) - len(word))


def _refuse(root: exp.Expr) -> None:
    for node in root.walk():
        if isinstance(node, _REFUSED):
            raise QueryError(
                f"{node.key.upper()} is not allowed here: {node.sql('clickhouse')[:80]!r}; use a plain SELECT"
            )
        if isinstance(node, exp.Select):
            _only(node, _SELECT_PARTS, "SELECT")
        if isinstance(node, exp.With) and node.args.get("recursive"):
            raise QueryError("WITH RECURSIVE is not allowed here")
        if isinstance(node, exp.In):
            _check_in(node)
        if isinstance(node, exp.From | exp.Join):
            _check_source(node)
        if isinstance(node, exp.Apply) and not (
            isinstance(node.expression, exp.Var) and _is_known(node.expression.name)
        ):
            raise QueryError(f"{node.sql('clickhouse')[:80]!r}: APPLY takes the name of a known function here")
        if isinstance(node, exp.Identifier) and node.name.startswith("_"):
            raise QueryError(f"names that begin with _ are the store's own: {node.name!r}")


def _only(node: exp.Expr, parts: frozenset[str], what: str) -> None:
    for part, value in node.args.items():
        if value and part not in parts:
            raise QueryError(f"{part.strip('_').upper()} is not allowed in {what}; leave it out")


def _check_source(node: exp.From | exp.Join) -> None:
    """What is read must be a table, a subquery or values; ARRAY JOIN takes arrays, and no query hides in them."""
    if isinstance(node, exp.Join) and node.kind == "ARRAY":
        if node.find(exp.Query, exp.Table):
            raise QueryError("ARRAY JOIN takes arrays here, not a query; put the query into a WITH … AS (…) before")
        return
    source = node.this.this if isinstance(node.this, exp.Final) else node.this
    if not isinstance(source, exp.Table | exp.Subquery | exp.Values):
        raise QueryError(f"{node.sql('clickhouse')[:80]!r} may not be read; there are {', '.join(sorted(TABLES))}")


def _check_in(node: exp.In) -> None:
    """`x IN name` reads a table of that name: only lists, subqueries and calls may stand there."""
    right = [node.args.get("field"), *node.expressions]
    for value in right:
        while isinstance(value, exp.Paren):
            value = value.this
        if isinstance(value, exp.Column | exp.Identifier | exp.Table | exp.Dot):
            raise QueryError(
                f"IN {value.sql('clickhouse')} could name a table; write = {value.sql('clickhouse')} or has(…)"
            )


def _scoped(root: exp.Expr) -> exp.Expr:
    ctes = {cte.alias: _PREFIX + cte.alias for cte in root.find_all(exp.CTE) if not cte.args.get("scalar")}
    for cte in list(root.find_all(exp.CTE)):
        if not cte.args.get("scalar"):
            cte.args["alias"].set("this", exp.to_identifier(ctes[cte.alias], quoted=True))
    for final in list(root.find_all(exp.Final)):
        final.replace(final.this)
    for table in list(root.find_all(exp.Table)):
        _only(table, _TABLE_PARTS | {"db", "catalog"}, "a table")
        table.replace(_source(table, ctes))
    return root


def _source(table: exp.Table, ctes: dict[str, str]) -> exp.Expr:
    name = table.name
    if not isinstance(table.this, exp.Identifier) or table.args.get("db") or table.args.get("catalog"):
        raise QueryError(f"{table.sql('clickhouse')[:80]!r} may not be read; there are {', '.join(sorted(TABLES))}")
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    if name in ctes:
        return exp.Table(this=exp.to_identifier(ctes[name], quoted=True), alias=alias)
    if name not in TABLES:
        raise QueryError(f"there is no table {name!r} here; there are {', '.join(sorted(TABLES))}")
    hidden = f"t{secrets.token_hex(8)}"
    rows = f"SELECT * FROM {name} AS {hidden}{' FINAL' if name in REPEATED else ''} WHERE {hidden}.tenant = {{tenant:String}}"
    inner = sqlglot.parse_one(rows, read="clickhouse")
    return exp.Subquery(this=inner, alias=alias)


def _check_words(text: str) -> None:
    """FROM and JOIN stand before a parenthesis, a name of ours or values, wherever they are no part of a function."""
    tokens = ClickHouse().tokenize(text)
    openers: list[str] = []
    for at, token in enumerate(tokens):
        if token.token_type is TokenType.L_PAREN:
            openers.append(tokens[at - 1].text.upper() if at else "")
        elif token.token_type is TokenType.R_PAREN:
            openers = openers[:-1]
        elif token.token_type in (TokenType.FROM, TokenType.JOIN):
            words = [t.text for t in tokens[at + 1 : at + 4]]
            before = [t.text.upper() for t in tokens[max(0, at - 2) : at]]
            inside_call = token.token_type is TokenType.FROM and openers[-1:] and openers[-1] in _TAKE_FROM
            is_array = token.token_type is TokenType.JOIN and before[-1:] == ["ARRAY"]
            if inside_call or is_array or before in (["IS", "DISTINCT"], ["NOT", "DISTINCT"]):
                continue
            if not words or not (words[0] in ("(", "VALUES") or words[0].startswith(_PREFIX) or _is_hidden(words)):
                raise QueryError(f"{token.text} {words[0] if words else ''} may not be read here")


def _is_hidden(words: list[str]) -> bool:
    """`spans AS t<16 digits>`: what `_source` wrote."""
    return len(words) == 3 and words[0] in TABLES and re.fullmatch(r"t[0-9a-f]{16}", words[2]) is not None


def _is_known(name: str) -> bool:
    return name.lower() in _KNOWN


def _check_calls(text: str) -> None:
    """Whatever stands before a parenthesis must be known."""
    tokens = ClickHouse().tokenize(text)
    for token, following in itertools.pairwise(tokens):
        if following.token_type is not TokenType.L_PAREN:
            continue
        word = token.text
        if not (word[:1].isalpha() or word[:1] == "_" or token.token_type is TokenType.IDENTIFIER):
            continue
        if token.token_type is TokenType.STRING or _is_known(word):
            continue
        raise QueryError(f"function {word!r} may not be called here; GET /api/v1/sql/schema lists those that may")
