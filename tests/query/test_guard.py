"""SQL of strangers: what is let through, what is refused, and that no query sees another tenant."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from swarmscope.errors import QueryError
from swarmscope.query import sql
from swarmscope.query.functions import FUNCTIONS
from swarmscope.query.guard import guarded
from swarmscope.query.reader import TABLES

ATTACKS = [
    # other statements
    "DROP TABLE spans",
    "INSERT INTO spans SELECT * FROM spans",
    "ALTER TABLE spans DELETE WHERE 1",
    "TRUNCATE TABLE spans",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "ATTACH TABLE x",
    "RENAME TABLE spans TO x",
    "OPTIMIZE TABLE spans",
    "SYSTEM SHUTDOWN",
    "KILL QUERY WHERE 1",
    "SET readonly = 0",
    "USE system",
    "SHOW TABLES",
    "DESCRIBE spans",
    "EXPLAIN SELECT 1",
    "EXISTS TABLE spans",
    "GRANT ALL ON *.* TO x",
    "SELECT 1; DROP TABLE spans",
    "SELECT 1; SELECT 2",
    "",
    "   ",
    ";",
    "-- SELECT 1",
    "not sql at all (",
    # output and settings
    "SELECT * FROM spans INTO OUTFILE '/tmp/x'",
    "SELECT * FROM spans FORMAT CSV",
    "SELECT * FROM spans SETTINGS readonly = 0",
    "SELECT * FROM spans SETTINGS additional_table_filters = {}",
    "SELECT * FROM (SELECT * FROM spans SETTINGS max_threads = 1)",
    # tables that are none
    "SELECT * FROM system.tables",
    "SELECT * FROM system.processes",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM swarmscope.spans",
    "SELECT * FROM `swarmscope`.`spans`",
    "SELECT * FROM schema_version",
    "SELECT * FROM agents_seen",
    "SELECT * FROM edges_parent",
    "SELECT * FROM erasures",
    'SELECT * FROM ".inner.spans"',
    "SELECT * FROM a.b.c",
    "SELECT * FROM {t:Identifier}",
    "SELECT {tenant:String}",
    # table functions
    *(
        f"SELECT * FROM {call}"
        for call in (
            "url('http://x', CSV)", "file('/etc/passwd')", "remote('h', 'd', 't')", "remoteSecure('h', 'd', 't')",
            "cluster('c', d, t)", "merge('swarmscope', '.*')", "merge(currentDatabase(), 'spans')", "s3('x')", "hdfs('x')",
            "mysql('h', 'd', 't', 'u', 'p')", "postgresql('h', 'd', 't', 'u', 'p')", "sqlite('f', 't')", "jdbc('x', 'y')",
            "odbc('x', 'y')", "executable('x', 'CSV', 'a Int8')", "input('a Int8')", "dictionary('d')", "view(SELECT 1)",
            "numbers(10)", "zeros(1)", "generateRandom('a Int8')", "null('a Int8')", "loop(spans)",
            "mergeTreeIndex(currentDatabase(), spans)", "viewIfPermitted(SELECT 1 ELSE null('a Int8'))", "format(CSV, '1')",
            "Python(x)", "fileCluster('c', 'x')", "urlCluster('c', 'x')", "deltaLake('x')", "iceberg('x')",
            "redis('h', 'k', 'a Int8')",
        )
    ),
    # functions that reach out
    *(
        f"SELECT {call}"
        for call in (
            "file('/etc/passwd')", "dictGet('d', 'a', 1)", "dictGetOrDefault('d', 'a', 1, 2)", "dictHas('d', 1)",
            "joinGet('t', 'c', 1)", "joinGetOrNull('t', 'c', 1)", "hasColumnInTable('system', 'tables', 'name')",
            "getSetting('readonly')", "getMacro('x')", "hostName()", "fqdn()", "currentUser()", "currentDatabase()",
            "version()",
            "sleep(3)", "sleepEachRow(1)", "throwIf(1)", "serverUUID()", "tcpPort()", "buildId()", "uptime()",
            "getServerPort('x')",
            "filesystemAvailable()", "displayName()", "addressToLine(1)", "demangle('x')", "addressToSymbol(1)",
            "catboostEvaluate('x', 1)", "initializeAggregation('count')", "queryID()", "initialQueryID()", "connectionId()",
            "getSizeOfEnumType(1)", "evalMLMethod(1)", "showCertificate()", "encrypt('aes-128-ecb', 'x', 'k')",
            "in(1, spans)",
            "globalIn(1, spans)", "notIn(1, spans)", "nullIn(1, spans)", "`sleep`(1)", '"sleep"(1)', "SLEEP(1)",
            "sleep /* x */ (1)", "structureToProtobufSchema('x')",
            "generateSerialID('x')", "blockNumber()", "rowNumberInBlock()",
            "partitionId(1)", "shardNum()", "aes_decrypt_mysql('x', 'y', 'z')", "getOSKernelVersion()",
            "arrayReduce('sumState', [1])",
        )
    ),
    # ways around the table check
    "SELECT * FROM spans WHERE agent IN logs",
    "SELECT * FROM spans WHERE agent IN (logs)",
    "SELECT * FROM spans WHERE agent IN ((logs))",
    "SELECT * FROM spans WHERE agent NOT IN schema_version",
    "SELECT * FROM spans WHERE agent GLOBAL IN schema_version",
    "SELECT * FROM spans WHERE agent IN system.tables",
    "SELECT * FROM spans WHERE agent IN `system`.`tables`",
    "SELECT 1 FROM spans JOIN system.tables ON 1",
    "SELECT 1 FROM spans, system.tables",
    "SELECT (SELECT count() FROM system.tables)",
    "SELECT 1 UNION ALL SELECT count() FROM system.tables",
    "SELECT 1 EXCEPT SELECT version FROM schema_version",
    "WITH x AS (SELECT * FROM system.tables) SELECT * FROM x",
    "WITH schema_version AS (SELECT 1 AS version) SELECT * FROM (SELECT * FROM system.tables)",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM schema_version))",
    "SELECT * FROM spans PREWHERE agent IN (SELECT name FROM system.tables)",
    "SELECT * FROM spans ORDER BY (SELECT 1 FROM system.one)",
    "SELECT arrayMap(x -> (SELECT count() FROM system.tables), [1])",
    "SELECT count() FROM spans HAVING (SELECT count() FROM schema_version) > 0",
    "SELECT * FROM spans SAMPLE 0.1",
    "SELECT _table FROM spans",
    "SELECT _part FROM spans",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r",
    "SELECT '\x00'",
    # what a parser takes for something else than a table or a call
    "SELECT b FROM spans ARRAY JOIN [1] AS a, (SELECT [toString(count())] FROM system.tables) AS b",
    "SELECT b FROM spans ARRAY JOIN (SELECT groupArray(tenant) FROM schema_version) AS b",
    "SELECT b FROM spans LEFT ARRAY JOIN [1] AS a, (SELECT [max(tenant)] FROM messages) AS b",
    "SELECT b FROM spans ARRAY JOIN arrayMap(x -> (SELECT max(tenant) FROM messages), [1]) AS b",
    "SELECT COLUMNS('x') APPLY(file) FROM (SELECT '/etc/passwd' AS x)",
    "SELECT COLUMNS('^agent$') APPLY(file) FROM spans",
    "SELECT * APPLY(sleep) FROM spans",
    "SELECT * APPLY(getSetting('x')) FROM spans",
    "SELECT * EXCEPT (agent) APPLY(hostName) FROM spans",
    "SELECT * APPLY(toString) APPLY(file) FROM spans",
    "SELECT " + "(" * 3000 + "1" + ")" * 3000,
    "SELECT " + "-" * 1 + "(" * 90 + "SELECT 1",
    "SELECT " + "1+" * 20_000 + "1",
    "SELECT '" + "x" * 200_000 + "'",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a[:60])
def test_given_an_attack_when_run_then_it_is_refused(world, attack: str) -> None:
    with pytest.raises(QueryError):
        sql.run(world.reader(), attack, 10)


SEEING = [
    "SELECT tenant FROM spans",
    "SELECT tenant FROM spans FINAL",
    "SELECT * FROM (SELECT tenant FROM spans)",
    "WITH x AS (SELECT tenant FROM spans) SELECT tenant FROM x",
    "WITH 'a' AS tenant SELECT spans.tenant FROM spans",
    "WITH 'b' AS tenant SELECT s.tenant FROM spans AS s",
    "WITH tuple('b') AS spans SELECT x.tenant FROM spans AS x",
    "WITH CAST(tuple('b'), 'Tuple(tenant String)') AS spans SELECT x.tenant FROM spans AS x",
    "WITH (SELECT groupUniqArray(tenant) FROM spans) AS t SELECT arrayJoin(t)",
    "WITH spans AS (SELECT tenant FROM messages) SELECT tenant FROM spans",
    "SELECT a.tenant FROM spans a JOIN messages b ON a.session = b.session",
    "SELECT b.tenant FROM spans a RIGHT JOIN messages b ON a.session = b.session",
    "SELECT b.tenant FROM spans a FULL JOIN resources b ON a.resource_id = b.resource_id WHERE b.tenant != ''",
    "SELECT b.tenant FROM spans a, resources b",
    "SELECT tenant FROM spans UNION ALL SELECT tenant FROM messages UNION DISTINCT SELECT tenant FROM resources",
    "SELECT tenant FROM spans WHERE 1 OR tenant = 'b'",
    "SELECT tenant FROM spans WHERE tenant IN ('a', 'b') OR 1",
    "SELECT arrayJoin(groupUniqArray(tenant)) FROM spans GROUP BY ALL",
    "SELECT tenant FROM agents",
    "SELECT tenant FROM edges",
    "SELECT tenant FROM agent_10s",
    "SELECT tenant FROM spans ORDER BY tenant DESC",
    "SELECT tenant FROM spans AS logs",
    "SELECT logs.tenant FROM spans AS logs",
    "SELECT tenant FROM spans WHERE (trace_id, span_id) NOT IN (SELECT trace_id, span_id FROM logs)",
    "SELECT tenant /* WHERE tenant = 'b' */ FROM spans -- x",
    "SELECT anyLast(tenant) OVER (ORDER BY start_time) FROM spans",
]


@pytest.mark.parametrize("query", SEEING, ids=lambda q: q[:60])
@pytest.mark.parametrize("tenant", ["a", "b"])
def test_given_any_way_to_ask_when_run_then_only_the_own_tenant_is_seen(world, query: str, tenant: str) -> None:
    rows = sql.run(world.reader(tenant), query, 100_000).table
    assert rows.num_rows > 0
    assert set(rows.column(0).to_pylist()) == {tenant}


def test_given_a_count_when_compared_then_it_is_that_of_the_own_rows(world) -> None:
    for tenant in ("a", "b"):
        found = sql.run(world.reader(tenant), "SELECT count() AS n FROM spans", 1).json()
        assert found["rows"] == [(len(world.of("spans", tenant)),)]


@pytest.mark.parametrize("tenant", ["x' OR '1'='1", "a\\", "a' --", "{tenant:String}", ""])
def test_given_a_hostile_tenant_name_when_asked_then_nothing_is_seen(world, tenant: str) -> None:
    assert sql.run(world.reader(tenant), "SELECT count() FROM spans", 1).json()["rows"] == [(0,)]


def test_given_a_cte_out_of_its_scope_when_run_then_it_names_no_real_table(world) -> None:
    query = (
        "SELECT version FROM (WITH schema_version AS (SELECT 1 AS version) SELECT version FROM schema_version) "
        "UNION ALL SELECT version FROM schema_version"
    )
    with pytest.raises(QueryError, match="cte_schema_version"):
        sql.run(world.reader(), query, 10)


LEGITIMATE = [
    "SELECT agent, count() AS n, countIf(status_code = 2), quantile(0.95)(duration_ns) FROM spans GROUP BY agent ORDER BY n",
    "SELECT toStartOfInterval(start_time, INTERVAL 5 MINUTE) AS t, sum(cost_nano_usd) / 1e9 FROM spans GROUP BY t ORDER BY t",
    "SELECT s.agent, m.text FROM spans AS s JOIN messages AS m ON s.session = m.session LIMIT 3",
    "SELECT attributes['http.route'] AS r, uniq(agent) FROM spans GROUP BY r HAVING r != ''",
    "SELECT k, count() FROM spans ARRAY JOIN message_key AS k GROUP BY k",
    "SELECT agent, row_number() OVER (PARTITION BY agent ORDER BY start_time) AS i FROM spans QUALIFY i = 1",
    "SELECT name, if(status_code = 2, 'bad', 'good') AS q, CASE WHEN kind = 1 THEN 'a' ELSE 'b' END FROM spans LIMIT 2",
    "SELECT lower(hex(trace_id)), JSONExtractString(text, 'role') FROM spans, messages LIMIT 1",
    "WITH 1000 AS k SELECT duration_ns / k FROM spans LIMIT 1",
    "SELECT * FROM spans LIMIT 2 OFFSET 1",
    "SELECT * EXCEPT (attributes) FROM spans LIMIT 1",
    "SELECT DISTINCT model FROM spans WHERE model LIKE 'gpt%' AND agent NOT IN ('x', 'y')",
    "SELECT agent FROM spans WHERE session IN (SELECT session FROM messages)",
    "SELECT 1",
    "SELECT count() FROM spans -- how many",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "SELECT arrayFilter((h, k) -> k LIKE 'gen%', message_hash, message_key) FROM spans LIMIT 1",
    "SELECT CAST(duration_ns AS Float64), duration_ns::String, toTypeName(now()) FROM spans LIMIT 1",
    "SELECT agent, sumMap(duration_histogram) FROM agent_10s GROUP BY agent",
    "SELECT COLUMNS('tokens$') APPLY(sum) FROM spans",
    "SELECT k, v FROM spans ARRAY JOIN mapKeys(attributes) AS k, mapValues(attributes) AS v",
    "SELECT EXTRACT(HOUR FROM start_time), trim(BOTH 'x' FROM name) FROM spans LIMIT 1",
    "SELECT agent IS DISTINCT FROM name FROM spans LIMIT 1",
    "WITH x AS (SELECT agent FROM spans) SELECT a.agent FROM x AS a JOIN x AS b ON a.agent = b.agent LIMIT 1",
    "SELECT count() FROM (SELECT agent FROM spans INTERSECT SELECT agent FROM messages AS m JOIN spans AS s ON 1)",
]


@pytest.mark.parametrize("query", LEGITIMATE, ids=lambda q: q[:60])
def test_given_an_honest_question_when_run_then_it_is_answered(world, query: str) -> None:
    found = sql.run(world.reader(), query, 1000).json()
    assert len(found["columns"]) == len(found["rows"][0])


def test_given_more_rows_than_the_limit_when_run_then_they_are_cut_and_it_says_so(world) -> None:
    found = sql.run(world.reader(), "SELECT agent FROM spans ORDER BY start_time", 5)
    assert (found.table.num_rows, found.truncated) == (5, True)
    assert not sql.run(world.reader(), "SELECT agent FROM spans LIMIT 5", 5).truncated


def test_given_a_result_when_encoded_then_every_format_holds_the_same_rows(world) -> None:
    columns = "agent, duration_ns, trace_id, start_time, attributes, message_key"
    query = f"SELECT {columns} FROM spans ORDER BY start_time, span_id LIMIT 9"
    found = sql.run(world.reader(), query, 10)
    with pa.ipc.open_stream(found.encode("arrow")) as stream:
        assert stream.read_all().equals(found.table)
    assert parquet.read_table(io.BytesIO(found.encode("parquet"))).num_rows == 9
    lines = found.encode("csv").decode().splitlines()
    assert lines[0] == columns.replace(" ", "")
    first = sorted(world.of("spans"), key=lambda r: (r["start_time"], r["span_id"]))[0]
    row = found.json()["rows"][0]
    assert row[:3] == (first["agent"], first["duration_ns"], first["trace_id"].hex())
    assert row[4:] == (first["attributes"], first["message_key"])
    assert lines[1].startswith(f"{first['agent']},{first['duration_ns']},{first['trace_id'].hex()},20")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_given_text_like_a_formula_when_encoded_as_csv_then_a_spreadsheet_takes_it_for_text(world, sign: str) -> None:
    query = f"SELECT '{sign}1+1' AS a, -1 AS number, 'a{sign}b' AS c, ['{sign}1'] AS d"
    found = sql.run(world.reader(), query, 1)
    with io.StringIO(found.encode("csv").decode(), newline="") as text:
        _, cells = csv.reader(text)
    assert cells[:3] == [f"'{sign}1+1", "-1", f"a{sign}b"]
    assert cells[3].startswith("[")
    table = parquet.read_table(io.BytesIO(found.encode("parquet")))
    assert table["a"].to_pylist() == [f"{sign}1+1"]


def test_given_text_that_is_no_text_when_encoded_then_every_format_can_be_read(world) -> None:
    result = sql.run(
        world.reader(), "SELECT substring('é', 1, 1) AS a, 'é' AS b, [unhex('ff')] AS c, map('k', unhex('ff')) AS d", 1
    )
    assert result.json()["rows"] == [("\ufffd", "é", ["\ufffd"], {"k": "\ufffd"})]
    assert "\ufffd,é" in result.encode("csv").decode()
    for table in (
        pa.ipc.open_stream(result.encode("arrow")).read_all(),
        parquet.read_table(io.BytesIO(result.encode("parquet"))),
    ):
        assert table["a"].to_pylist() == [b"\xc3"]
        assert table["b"].to_pylist() == ["é"]


def test_given_seconds_when_encoded_then_they_are_moments(world) -> None:
    found = sql.run(
        world.reader(), "SELECT min(bucket) AS b, toDateTime(0) AS z, toUInt32(7) AS n FROM agent_10s", 1
    ).json()
    assert found["rows"][0][1:] == ("1970-01-01T00:00:00.000000000Z", 7)
    assert found["rows"][0][0].endswith("Z")


def test_given_two_columns_of_one_name_when_asked_for_parquet_then_it_says_why_not(world) -> None:
    with pytest.raises(QueryError, match="one name"):
        sql.run(world.reader(), "SELECT agent, agent FROM spans", 1).encode("parquet")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="SELECT FROM spans(),*'\"`;-/{}=.IN WHERE", max_size=80))
def test_given_any_text_when_guarded_then_it_is_refused_or_scoped(text: str) -> None:
    try:
        final = guarded(text)
    except QueryError:
        return
    for table in TABLES:
        assert final.count(f"FROM {table} ") <= final.count(".tenant = {tenant: String}")


def test_no_function_of_the_list_reaches_out() -> None:
    dangerous = {
        "file",
        "url",
        "sleep",
        "dictget",
        "joinget",
        "getsetting",
        "hostname",
        "currentuser",
        "in",
        "catboostevaluate",
    }
    assert not FUNCTIONS & dangerous


def test_given_the_schema_when_listed_then_every_table_has_a_text_and_columns(world) -> None:
    found = sql.schema(world.store)
    assert {t["name"] for t in found["tables"]} == TABLES
    assert all(t["doc"] and t["columns"] for t in found["tables"])
