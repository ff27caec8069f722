"""`sightline report` writes what the service gives, and a page that needs nothing beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from infra.cli import report as module
from infra.cli.main import outcome

PAGE = (
    '<!doctype html><head><link rel="icon" href="/static/sightline.svg" type="image/svg+xml">\n'
    '<link rel="stylesheet" href="/static/pages.css">\n</head>'
    '<a href="#grades">Grades</a><a href="/measures">Measures</a><form action="/reports/triannual">'
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, str]]]:
    """What the command asks the service for."""
    found: list[tuple[str, dict[str, str]]] = []

    def download(path: str, authority: str, **request: Any) -> bytes:
        found.append((path, request["params"]))
        assert request["params"]["authority"] == authority
        assert request["service"] == "reporting"
        return PAGE.encode() if "." not in path else b"{}"

    monkeypatch.setattr(module, "download", download)
    monkeypatch.setenv("SIGHTLINE_REPORTING_URL", "http://reports.example")
    return found


def test_a_page_is_one_file_whose_links_lead_to_the_service(asked: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    assert outcome(["report", "triannual", "--authority", "northmoor", "--window", "2026-06", "-o", str(file)]) == 0
    assert asked == [("/reports/triannual", {"authority": "northmoor", "window": "2026-06"})]
    text = file.read_text("utf-8")
    assert "<link" not in text
    assert not re.search(r'url\("(?!data:)', text), "every asset is within"
    assert 'href="#grades"' in text
    assert 'href="http://reports.example/measures"' in text
    assert 'action="http://reports.example/reports/triannual"' in text


def test_other_formats_are_written_as_they_come(asked: list[Any], tmp_path: Path) -> None:
    file = tmp_path / "board.json"
    call = ["report", "quality-board", "--authority", "northmoor", "--format", "json", "--known-at", "2026-07-10"]
    assert outcome([*call, "-o", str(file)]) == 0
    assert asked == [("/boards/quality.json", {"authority": "northmoor", "known_at": "2026-07-10"})]
    assert file.read_bytes() == b"{}"


def test_a_file_that_is_there_is_written_over_by_force_only(
    asked: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.csv"
    file.write_text("mine")
    call = ["report", "triannual", "--authority", "northmoor", "--format", "csv", "-o", str(file)]
    assert outcome(call) == 2
    assert "--force" in capsys.readouterr().err
    assert (file.read_text(), asked) == ("mine", [])
    assert outcome([*call, "--force"]) == 0
    assert file.read_text() == "{}"
