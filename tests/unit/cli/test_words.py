"""What commands say to a person: unknown commands and authorities, folded faults, when something was, long lines."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.cli.importing import folded
from infra.cli.main import COMMANDS, outcome
from infra.cli.show import LongLines, moment_in_words

NOW = datetime(2026, 6, 10, 8, 30, tzinfo=UTC)  # 09:30 in London, in summer time


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    monkeypatch.delenv("SIGHTLINE_AUTHORITIES", raising=False)
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "postgresql://elsewhere")  # not the settings of a running stack
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["statuss"], "Did you mean status?"),
        (["--home", "demo", "rebuilt"], "Did you mean rebuild?"),  # the option's value is no command
        (["frobnicate", "status"], ""),
    ],
)
def test_an_unknown_command_is_told_what_may_have_been_meant_and_what_there_is(
    arguments: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(arguments) == 2
    said = capsys.readouterr().err
    assert ("Did you mean" in said) is bool(meant)
    assert meant in said
    assert all(entry.name in said for entry in COMMANDS)


def test_a_token_for_an_unknown_authority_is_refused_with_the_known_ones(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["token", "--role", "auditor", "--authority", "atlantis"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "northmoor, saltmere" in shown.err
    (home / "authorities").mkdir()
    sample = Path(__file__).parents[3] / "infra" / "sample" / "authorities" / "saltmere-2.yaml"
    (home / "authorities" / "saltmere.yaml").write_bytes(sample.read_bytes())
    assert outcome(["token", "--role", "auditor", "--authority", "northmoor"]) == 2
    assert "known are saltmere." in capsys.readouterr().err


def test_a_child_s_reference_that_is_none_is_said_without_repeating_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["child", "erase", "CASE-4711", "--authority", "northmoor", "--yes"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("That is no child's reference: it looks like ")
    assert "4711" not in said


def test_equal_faults_are_one_line() -> None:
    header = [(1, f"column {number}", "the column is missing", "Add it.") for number in range(3)]
    cells = [(row, "team", "the team is not known", "Check it.") for row in (2, 3, 4, 9, 7, 8)]
    alone = [(5, "team", "the cell is empty", "Fill it.")]
    assert folded([*header, *cells, *alone]) == [
        ("1", "column 0, column 1, column 2", "the column is missing", "Add it."),
        ("2 to 4, 7 to 9", "team", "the team is not known", "Check it."),
        ("5", "team", "the cell is empty", "Fill it."),
    ]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 6, 10, 8, 16, tzinfo=UTC), "today 09:16"),
        (datetime(2026, 6, 9, 23, 30, tzinfo=UTC), "today 00:30"),
        (datetime(2026, 6, 9, 16, 40, tzinfo=UTC), "yesterday 17:40"),
        (datetime(2026, 2, 3, 8, 5, tzinfo=UTC), "3 February 2026, 08:05"),
    ],
)
def test_when_something_was_in_england_s_words(moment: datetime, words: str) -> None:
    assert moment_in_words(moment, NOW) == words


def test_lines_stay_whole_where_the_output_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    sentence = "word " * 60
    LongLines().print(sentence)
    assert capsys.readouterr().out == f"{sentence}\n"
    LongLines(width=40).print(sentence)
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40
