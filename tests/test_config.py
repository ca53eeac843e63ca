"""Settings: file, environment, overrides; unknown keys are refused with the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from swarmscope import config
from swarmscope.errors import ConfigError


def load(text: str, tmp_path: Path, **environ: str) -> config.Config:
    path = tmp_path / "swarmscope.toml"
    path.write_text(text)
    return config.load(path, environ)


def test_given_nothing_when_loaded_then_defaults_hold() -> None:
    assert config.load(environ={}) == config.Config()


def test_given_file_and_environment_when_loaded_then_the_environment_wins(tmp_path: Path) -> None:
    got = load("[server]\nport = 1\nhost = 'a'", tmp_path, SWARMSCOPE_SERVER_PORT="2", PATH="/bin")
    assert (got.server.port, got.server.host) == (2, "a")


def test_given_nested_and_typed_variables_when_loaded_then_they_are_converted(tmp_path: Path) -> None:
    got = load(
        "",
        tmp_path,
        SWARMSCOPE_INGEST_REDACTION_ENABLED="false",
        SWARMSCOPE_INGEST_REDACTION_RULES="email, card",
        SWARMSCOPE_INGEST_REDACTION_CUSTOM='{"x": "a+"}',
        SWARMSCOPE_JOURNAL_GROUP_WAIT_MS="3.5",
    )
    redaction = got.ingest.redaction
    assert (redaction.enabled, redaction.rules, redaction.custom) == (False, ("email", "card"), {"x": "a+"})
    assert got.journal.group_wait_ms == 3.5


@pytest.mark.parametrize(
    ("text", "environ", "message"),
    [
        ("[server]\nprot = 1", {}, r"unknown setting server\.prot in \S+\.toml, line 2; did you mean server\.port\?"),
        ("[sever]\n", {}, r"unknown setting sever in \S+\.toml, line 1; did you mean server\?"),
        ("zzz = 1", {}, r"unknown setting zzz in \S+\.toml, line 1; known here: server"),
        ("epoch = 3", {}, "unknown setting epoch"),
        ("[server]\nport = 'x'", {}, r"server\.port='x' in \S+\.toml, line 2: expected `int`, got `str`"),
        ("# a\n[server]\n\nhost = 'a'\nport = 'x'\n", {}, r"server\.port='x' in \S+\.toml, line 5: expected"),
        ("server.port = 'x'", {}, r"server\.port='x' in \S+\.toml, line 1: expected"),
        (
            "[log]\n[server]\nmore_ports = [\n  1,\n  'x',\n]\n",
            {},
            r"more_ports\[1\]='x' in \S+\.toml, line 3: expected",
        ),
        ("server = 3", {}, r"^server=3 in \S+\.toml, line 1: expected `object`"),
        ("[server]\nport = 1", {"SWARMSCOPE_SERVER_PORT": "70000"}, r"^server\.port=70000: expected `int` <= 65535"),
        ("[ingest.redaction.custom]\nx = 3", {}, r"^ingest\.redaction\.custom in \S+\.toml, line 1: expected `str`"),
        ("[server\n", {}, "is not valid TOML"),
        ("[states]\nwedged_s = 1", {}, r"states\.wedged_s=1 in \S+\.toml, line 2: expected `float` >= 5\.0"),
        ("[states]\nloop_share = 0", {}, r"states\.loop_share=0 in \S+\.toml, line 2: expected `float` > 0"),
        (
            "[states]\nabandoned_s = 20",
            {},
            r"states in \S+\.toml, line 1: abandoned_s=20 must be more than working_s=20",
        ),
        ("", {"SWARMSCOPE_STATES_LOOP_CALLS": "1"}, r"states\.loop_calls=1: expected `int` >= 2"),
        ("[ingest]\nsample_ratio = nan", {}, r"ingest\.sample_ratio=nan in \S+\.toml, line 2: a number is needed"),
        ("", {"SWARMSCOPE_JOURNAL_INSERT_WAIT_S": "inf"}, r"journal\.insert_wait_s=inf: a number is needed"),
        (
            "[log]\nlevel = 'loud'",
            {},
            r"log\.level='loud' in \S+\.toml, line 2: it is one of debug, info, warning, error",
        ),
        ("[auth]\nadmin_key = 12345", {}, r"auth\.admin_key in \S+\.toml, line 2: expected `str`, got `int`"),
        ("[rules]\nfiles = ['a', 3]", {}, r"rules\.files\[1\]=3 in \S+\.toml, line 2: expected `str`"),
        ("", {"SWARMSCOPE_SERVER_PROT": "1"}, "did you mean SWARMSCOPE_SERVER_PORT"),
        ("", {"SWARMSCOPE_SERVER_PORT": "x"}, "SWARMSCOPE_SERVER_PORT='x' cannot be read as int"),
        ("", {"SWARMSCOPE_INGEST_REDACTION_ENABLED": "perhaps"}, "cannot be read as bool"),
    ],
)
def test_given_a_wrong_setting_when_loaded_then_the_error_names_it(
    text: str, environ: dict[str, str], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=message):
        load(text, tmp_path, **environ)


def test_given_no_file_at_the_path_when_loaded_then_the_error_names_the_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the configuration file .*none\.toml"):
        config.load(tmp_path / "none.toml", {})


def test_the_reference_in_the_docs_is_current() -> None:
    page = Path(__file__).parents[1] / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == config.reference(), (
        "run: python -m swarmscope.config > docs/configuration.md"
    )


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("server", "port", 70_000),
        ("retention", "spans_days", 0),
        ("ingest", "sample_ratio", 1.5),
        ("log", "level", "loud"),
    ],
)
def test_given_a_value_out_of_range_when_loaded_then_the_error_names_the_setting(
    section: str, key: str, value: object
) -> None:
    with pytest.raises(ConfigError, match=rf"^{section}\.{key}={value!r}: "):
        config.load(None, {}, {section: {key: value}})
