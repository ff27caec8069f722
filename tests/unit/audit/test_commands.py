"""`sightline import` and `sightline tool publish`: what people read, and the exit codes scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.cli.main import outcome

OK, SAYS_NO, KNOWN_FAULT = 0, 1, 2


class Answers:
    """Stands in for the audit service and remembers what it was asked."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.body = body
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, _method: str, url: str, **request: Any) -> httpx.Response:
        self.asked.append((url, request))
        return httpx.Response(self.status, json=self.body)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[int, Any], Answers]:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "named by hand")
    monkeypatch.setenv("SIGHTLINE_AUDIT_PORT", "8101")
    monkeypatch.setenv("SIGHTLINE_HOST", "127.0.0.1")
    monkeypatch.delenv("SIGHTLINE_TOKEN", raising=False)
    monkeypatch.delenv("SIGHTLINE_AUDIT_URL", raising=False)

    def make(status: int, body: Any) -> Answers:
        made = Answers(status, body)
        monkeypatch.setattr(httpx, "request", made)
        return made

    return make


def report(**changes: Any) -> dict[str, Any]:
    given = {"dry_run": False, "all_or_nothing": False, "rows": 3, "good": 3, "taken_in": 2, "already_there": 1}
    return {**given, "problems": [], "audits": [], **changes}


FAULT = {"row": 3, "column": "overall_grade", "problem": "the overall grade is missing", "way_out": "Give it."}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "audits.csv"
    path.write_bytes(b"case_number\n1\n")
    return path


def test_an_import_says_what_came_in(
    answers: Callable[[int, Any], Answers], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = answers(200, report())
    assert outcome(["import", str(file), "--authority", "northmoor"]) == OK
    assert "2 audits came in, 1 already there, 0 stayed out." in capsys.readouterr().out
    [(url, request)] = service.asked
    assert url == "http://127.0.0.1:8101/v1/imports"
    assert request["params"] == {"authority": "northmoor", "dry_run": False, "all_or_nothing": False}
    assert request["content"] == b"case_number\n1\n"
    assert request["headers"]["Content-Type"] == "text/csv"


def test_faults_are_shown_by_row_and_column_and_end_with_1(
    answers: Callable[[int, Any], Answers], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(200, report(dry_run=True, good=2, taken_in=0, already_there=0, problems=[FAULT]))
    assert outcome(["import", str(file), "--authority", "northmoor", "--dry-run"]) == SAYS_NO
    shown = capsys.readouterr().out
    assert "overall_grade" in shown
    assert "Dry run: 2 of 3 rows can come in. Nothing was changed." in shown


def test_all_or_nothing_says_that_nothing_came_in(
    answers: Callable[[int, Any], Answers], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(200, report(all_or_nothing=True, good=2, taken_in=0, already_there=0, problems=[FAULT]))
    assert outcome(["import", str(file), "--authority", "northmoor", "--all-or-nothing"]) == SAYS_NO
    assert "Nothing came in: 1 of 3 rows have a fault." in capsys.readouterr().out


def test_json_is_one_document(
    answers: Callable[[int, Any], Answers], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(200, report())
    assert outcome(["import", str(file), "--authority", "northmoor", "--json"]) == OK
    assert json.loads(capsys.readouterr().out) == report()


def test_a_refused_file_names_its_faults(
    answers: Callable[[int, Any], Answers], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"field": "cycle", "place": "body/cycle", "message": "the column is missing", "way_out": "Add it."}
    answers(
        422, {"type": "urn:sightline:problem:file-refused", "detail": "It cannot be imported.", "problems": [problem]}
    )
    assert outcome(["import", str(file), "--authority", "northmoor"]) == SAYS_NO
    shown = capsys.readouterr().out
    assert "It cannot be imported." in shown
    assert "the column is missing" in shown


def test_a_workbook_is_sent_as_one(answers: Callable[[int, Any], Answers], tmp_path: Path) -> None:
    service = answers(200, report())
    path = tmp_path / "audits.xlsx"
    path.write_bytes(b"PK\x03\x04rest")
    assert outcome(["import", str(path), "--authority", "northmoor"]) == OK
    assert "spreadsheetml" in service.asked[0][1]["headers"]["Content-Type"]


@pytest.mark.parametrize("command", [["import"], ["tool", "publish"]])
def test_a_file_that_is_not_there_is_one_sentence(
    answers: Callable[[int, Any], Answers], capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    service = answers(200, {})
    assert outcome([*command, "/nowhere/at-all.csv", "--authority", "northmoor"]) == KNOWN_FAULT
    assert capsys.readouterr().err.count("\n") == 1
    assert service.asked == []


def test_a_service_that_is_away_is_one_sentence(
    answers: Callable[[int, Any], Answers],
    monkeypatch: pytest.MonkeyPatch,
    file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    answers(200, {})

    def away(*_: Any, **__: Any) -> httpx.Response:
        raise httpx.ConnectError("refused")

    monkeypatch.setattr(httpx, "request", away)
    assert outcome(["import", str(file), "--authority", "northmoor"]) == KNOWN_FAULT
    assert "`sightline up`" in capsys.readouterr().err


def test_a_tool_is_published(
    answers: Callable[[int, Any], Answers], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service = answers(201, {"tool": "check", "version": 2, "free_text_boxes": 3})
    path = tmp_path / "tool.json"
    path.write_text('{"tool": "check"}')
    assert outcome(["tool", "publish", str(path), "--authority", "northmoor"]) == OK
    assert capsys.readouterr().out == "check is published as version 2.\n"
    assert service.asked[0][1]["json"] == {"tool": "check"}


def test_a_tool_with_faults_names_each(
    answers: Callable[[int, Any], Answers], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = {"field": "kinds", "place": "body/kinds", "message": "Field required", "way_out": "See the schema."}
    answers(422, {"type": "urn:sightline:problem:tool-invalid", "detail": "It cannot.", "problems": [problem]})
    path = tmp_path / "tool.json"
    path.write_text("{}")
    assert outcome(["tool", "publish", str(path), "--authority", "northmoor"]) == SAYS_NO
    assert "kinds: Field required. See the schema." in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe"])
def test_a_tool_that_is_no_json_is_one_sentence(
    answers: Callable[[int, Any], Answers], tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    answers(201, {})
    path = tmp_path / "tool.json"
    path.write_bytes(content)
    assert outcome(["tool", "publish", str(path), "--authority", "northmoor"]) == KNOWN_FAULT
    assert capsys.readouterr().err.count("\n") == 1


def test_a_token_that_is_not_taken_is_one_sentence(
    answers: Callable[[int, Any], Answers], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(403, {"detail": "This is for the roles qa-manager."})
    assert outcome(["import", str(file), "--authority", "northmoor"]) == KNOWN_FAULT
    assert capsys.readouterr().err == "This is for the roles qa-manager.\n"
