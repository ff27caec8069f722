"""The `sightline` command: which command is found, and how faults end."""

from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from infra.cli import main
from infra.errors import SightlineError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    monkeypatch.delenv("SIGHTLINE_DEBUG", raising=False)
    return tmp_path


def raising(error: BaseException) -> Any:
    def application(_: list[str]) -> Any:
        def run(*_: Any, **__: Any) -> None:
            raise error

        return run

    return application


def test_every_listed_command_can_be_built_and_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    for entry in main.COMMANDS:
        assert main.outcome([entry.name, "--help"]) == 0
        assert entry.name in capsys.readouterr().out


def test_the_help_page_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.outcome(["--help"]) == 0
    page = capsys.readouterr().out
    assert all(entry.name in page for entry in main.COMMANDS)


def test_a_known_fault_is_its_sentence_and_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "application", raising(SightlineError("The disk is full: make room.")))
    assert main.outcome(["up"]) == 2
    assert capsys.readouterr().err == "The disk is full: make room.\n"


def test_a_fault_of_ours_names_its_kind_and_the_log_but_never_its_message(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "application", raising(LookupError("Kim Doe, case 4711")))
    assert main.outcome(["status"]) == main.FAULT
    said = capsys.readouterr().err
    log = home / "logs" / "command.log"
    assert "LookupError" in said
    assert str(log) in said
    assert "Kim" not in said + log.read_text(encoding="utf-8")


def test_a_setting_that_does_not_hold_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Settings(BaseModel):
        port: int

    with pytest.raises(ValueError, match="port") as refused:
        Settings.model_validate({"port": "secret"})
    monkeypatch.setattr(main, "application", raising(refused.value))
    assert main.outcome(["up"]) == 2
    said = capsys.readouterr().err
    assert "port" in said
    assert "secret" not in said


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "application", raising(KeyboardInterrupt()))
    assert main.outcome(["up"]) == 130


def test_a_command_reaches_what_the_home_folder_runs_unless_the_settings_name_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os  # noqa: PLC0415

    for name in [name for name in os.environ if name.startswith("SIGHTLINE_") and name != "SIGHTLINE_HOME"]:
        monkeypatch.delenv(name)
    seen: dict[str, str] = {}
    app = typer.Typer()
    app.callback()(main._home_option)
    app.command("status")(lambda: seen.update(os.environ))
    app.command("up")(lambda: seen.update(os.environ))
    (home / "environment.json").write_text('{"SIGHTLINE_AUDIT_DATABASE": "postgresql://here"}', encoding="utf-8")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    for command, expected in (("up", None), ("status", "postgresql://here")):
        seen.clear()
        with pytest.raises(SystemExit):
            app([command])
        assert seen.get("SIGHTLINE_AUDIT_DATABASE") == expected
