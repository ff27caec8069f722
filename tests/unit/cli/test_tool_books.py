"""`sightline tool import|export|show|shipped`, as a QA lead at a terminal meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.cli import show, tool_books
from infra.cli.main import outcome
from services.audit.app.tools.xlsform.reading import read_workbook
from services.audit.domain.tools.document import read_tool
from tests.unit.audit.test_shipped_tools import FILES, NAMES
from tests.unit.audit.xlsform_books import book, with_cell

Asked = tuple[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "postgresql://elsewhere")  # not the settings of a running stack
    monkeypatch.setattr(show.console, "width", 200)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """The requests a command makes, answered as the service answers them."""
    requests: list[Asked] = []
    document = json.loads(FILES["dip-sample"].read_text(encoding="utf-8"))

    def post(path: str, authority: str, **request: Any) -> dict[str, Any]:
        requests.append((path, request["params"]))
        if path == "tools":
            return {"tool": request["json"]["tool"], "version": 1}
        draft = request["params"]["draft"]
        return {"document": document, "draft": draft, "faults": [], "notes": []}

    monkeypatch.setattr(tool_books, "post", post)
    monkeypatch.setattr(tool_books, "get", lambda *_, **__: {**document, "version": 3})
    monkeypatch.setattr(tool_books, "download", lambda path, *_, **__: path.encode())
    return requests


def file(folder: Path, content: bytes) -> str:
    path = folder / "tool.xlsx"
    path.write_bytes(content)
    return str(path)


def test_each_shipped_tool_is_named_in_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "shipped"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in NAMES if name not in shown] == []


def test_a_shipped_tool_is_shown_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "shipped", "dip-sample"]) == 0
    assert capsys.readouterr().out.startswith("Dip sample\ndip-sample, not published yet\n")


def test_a_shipped_tool_is_written_as_workbook_and_json(tmp_path: Path) -> None:
    xlsx, written = tmp_path / "a.xlsx", tmp_path / "a.json"
    assert outcome(["tool", "shipped", "re-audit", "--xlsx", str(xlsx), "--json", str(written)]) == 0
    assert json.loads(written.read_text(encoding="utf-8")) == json.loads(FILES["re-audit"].read_text(encoding="utf-8"))
    assert read_workbook(xlsx.read_bytes()).tool.needs_earlier_audit


def test_an_unknown_shipped_tool_is_told_what_may_have_been_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "shipped", "dip-sampel"]) == 2
    assert "Did you mean dip-sample?" in capsys.readouterr().err


def test_a_shipped_tool_is_published(asked: list[Asked], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "shipped", "dip-sample", "--publish", "northmoor"]) == 0
    assert asked == [("tools", {"authority": "northmoor"})]
    assert "dip-sample is published as version 1." in capsys.readouterr().out


def test_a_workbook_is_checked_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "import", file(tmp_path, book()), "--check"]) == 0
    assert "Seeing children (seeing-children) is sound." in capsys.readouterr().out


def test_a_faulty_workbook_ends_with_1_and_every_fault_at_its_cell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = with_cell(with_cell(book(), "survey", "A4", "geopoint"), "choices", "B5", "one")
    assert outcome(["tool", "import", file(tmp_path, content), "--check"]) == 1
    shown = capsys.readouterr().out
    assert "A4" in shown
    assert "B5" in shown
    assert "no audit tool yet" in shown


def test_brackets_in_a_fault_are_shown_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = with_cell(book(), "survey", "A4", "[bold]text")
    assert outcome(["tool", "import", file(tmp_path, content), "--check"]) == 1
    assert "[bold]text" in capsys.readouterr().out


def test_the_names_of_tools_are_shown_whole_in_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(show.console, "width", 80)
    assert outcome(["tool", "shipped"]) == 0
    shown = capsys.readouterr().out
    assert [name for name in NAMES if name not in shown] == []


def test_a_workbook_is_first_checked_and_then_saved_as_a_draft(
    tmp_path: Path, asked: list[Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["tool", "import", file(tmp_path, book()), "--authority", "northmoor"]) == 0
    assert [params["draft"] for _, params in asked] == [False, True]
    assert "is saved as a draft" in capsys.readouterr().out


def test_a_draft_needs_to_know_whose_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "import", file(tmp_path, book())]) == 2
    assert "--authority KEY" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "import", str(tmp_path / "none.xlsx"), "--check"]) == 2
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.usefixtures("asked")
def test_a_version_is_written_as_a_workbook(tmp_path: Path) -> None:
    target = tmp_path / "out.xlsx"
    assert outcome(["tool", "export", "dip-sample", "--authority", "northmoor", "--xlsx", str(target)]) == 0
    assert target.read_bytes() == b"tools/dip-sample/versions/3.xlsx"


@pytest.mark.usefixtures("asked")
def test_a_version_is_written_as_json_that_publishes_again(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    assert outcome(["tool", "export", "dip-sample", "--authority", "northmoor", "--json", str(target)]) == 0
    assert read_tool(json.loads(target.read_text(encoding="utf-8"))).version == 3


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("more", [[], ["--draft"], ["--version", "3"]])
def test_a_version_or_the_draft_is_shown_as_text(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "show", "dip-sample", "--authority", "northmoor", *more]) == 0
    assert capsys.readouterr().out.startswith("Dip sample\ndip-sample, version 3\n")


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("more", [[], ["--draft"]])
def test_a_version_or_the_draft_is_shown_as_json(more: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["tool", "show", "dip-sample", "--authority", "northmoor", "--json", *more]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["tool"], shown["version"]) == ("dip-sample", 3)
    assert "weight" not in json.dumps(shown)  # what is its default stays out, as in an export


@pytest.mark.usefixtures("asked")
def test_a_draft_has_no_version_to_show(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["tool", "show", "dip-sample", "--authority", "northmoor", "--draft", "--version", "2"]
    assert outcome(arguments) == 2
    assert "no version yet" in capsys.readouterr().err


WRITING = {
    "export as a workbook": ["export", "dip-sample", "--authority", "northmoor", "--xlsx"],
    "export as JSON": ["export", "dip-sample", "--authority", "northmoor", "--json"],
    "shipped as a workbook": ["shipped", "dip-sample", "--xlsx"],
    "shipped as JSON, and published": ["shipped", "dip-sample", "--publish", "northmoor", "--json"],
    "imported": ["import", "WORKBOOK", "--authority", "northmoor", "--json"],
}


@pytest.mark.parametrize("way", WRITING)
def test_a_file_that_is_there_is_written_over_only_by_force(
    way: str, tmp_path: Path, asked: list[Asked], capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "mine"
    there.write_text("my own work", encoding="utf-8")
    workbook = file(tmp_path, book())
    arguments = ["tool", *(workbook if each == "WORKBOOK" else each for each in WRITING[way]), str(there)]
    assert outcome(arguments) == 2
    assert capsys.readouterr().err.endswith("is there already: name another file, or add --force to write over it.\n")
    assert (there.read_text(encoding="utf-8"), asked) == ("my own work", [])
    assert outcome([*arguments, "--force"]) == 0
    assert b"my own work" not in there.read_bytes()
