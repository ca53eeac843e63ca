"""Logs are structured, and no secret stands in them."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from swarmscope import telemetry


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_given_json_when_logged_then_each_line_is_an_object_with_room_level_and_context(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure("info", "json")
    with structlog.contextvars.bound_contextvars(correlation_id="c1"):
        telemetry.logger("store").info("opened", rows=3)
    telemetry.logger("store").debug("hidden")
    (line,) = lines(capsys)
    assert (line["event"], line["room"], line["rows"], line["level"]) == ("opened", "store", 3, "info")
    assert line["correlation_id"] == "c1"
    assert str(line["timestamp"]).endswith("Z")


@pytest.mark.parametrize("key", ["api_key", "token", "client_secret", "password", "Authorization", "set_cookie"])
def test_given_a_secret_when_logged_by_name_then_its_value_is_masked(
    key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure("info", "json")
    telemetry.logger("x").info("e", **{key: "hunter2"})
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize("form", ["json", "console"])
def test_given_an_exception_when_logged_then_no_local_variable_is_shown(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure("info", form)
    try:
        hidden = "hun" + "ter2"
        raise ValueError(len(hidden))
    except ValueError:
        telemetry.logger("x").exception("failed")
    err = capsys.readouterr().err
    assert "ValueError" in err
    assert "hunter2" not in err


def test_given_a_library_that_logs_when_configured_then_its_warnings_take_the_same_shape(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure("info", "json")
    logging.getLogger("elsewhere").warning("look %d", 7)
    logging.getLogger("elsewhere").info("chatter")
    (line,) = lines(capsys)
    assert (line["event"], line["level"]) == ("look 7", "warning")


def test_given_a_limit_when_memory_is_above_it_then_the_watch_says_so_and_stops_when_it_is_below() -> None:
    assert "server.memory_max_bytes" in telemetry.MemoryWatch(1, every_s=0)()
    assert telemetry.MemoryWatch(telemetry.resident_bytes() * 10, every_s=0)() == ""
    assert telemetry.MemoryWatch(0, every_s=0)() == ""


def test_given_memory_above_the_limit_when_relief_helps_then_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    used, reliefs = [200 << 20], []

    def relieve() -> None:
        reliefs.append(1)
        used[0] = 50 << 20

    monkeypatch.setattr(telemetry, "resident_bytes", lambda: used[0])
    watch = telemetry.MemoryWatch(100 << 20, every_s=0, relieve=relieve)
    assert watch() == ""
    used[0] = 200 << 20
    assert "200 MiB" in watch()  # not again at once: it takes locks of the whole heap
    assert reliefs == [1]


def test_given_standard_error_was_replaced_when_logged_then_the_line_goes_to_the_new_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as closed:
        gone = io.StringIO()
        closed.setattr("sys.stderr", gone)
        telemetry.configure("info", "json")
        gone.close()
    telemetry.logger("x").info("ours")
    logging.getLogger("elsewhere").warning("theirs")
    assert [line["event"] for line in lines(capsys)] == ["ours", "theirs"]


@pytest.mark.parametrize("error", [BrokenPipeError("gone"), ValueError("closed"), OSError(28, "full")])
def test_given_standard_error_cannot_be_written_when_logged_then_the_thread_lives(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise error

    telemetry.configure("info", "json")
    monkeypatch.setattr("sys.stderr", Broken())
    telemetry.logger("x").error("lost")
    logging.getLogger("elsewhere").warning("lost too")
