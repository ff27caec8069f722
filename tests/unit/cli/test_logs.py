"""Reading logs forward."""

from pathlib import Path

import pytest

from infra.cli.logs import Tail
from infra.cli.main import outcome


def test_the_last_lines_then_new_whole_lines_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "audit.log"
    log.write_text("one\ntwo\nthree\n", encoding="utf-8")
    tail = Tail(log, "audit: ")
    tail.print_last(2)
    assert capsys.readouterr().out == "audit: two\naudit: three\n"
    with log.open("a", encoding="utf-8") as file:
        file.write("four\nfi")
    tail.print_new()
    assert capsys.readouterr().out == "audit: four\n"
    with log.open("a", encoding="utf-8") as file:
        file.write("ve\n")
    tail.print_new()
    assert capsys.readouterr().out == "audit: five\n"


def test_a_log_that_was_set_aside_is_read_from_its_new_beginning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("old\n", encoding="utf-8")
    tail = Tail(log, "")
    tail.print_last(0)
    log.rename(tmp_path / "kafka.log.1")
    log.write_text("new beginning\n", encoding="utf-8")
    tail.print_new()
    assert capsys.readouterr().out == "new beginning\n"


def test_an_unknown_part_is_refused_with_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "audit.log").write_text("x\n", encoding="utf-8")
    assert outcome(["logs", "coa"]) == 2
    assert "there are audit" in capsys.readouterr().err
