"""`sightline demo` beside what a home folder holds already: nothing is mixed, and an empty folder is no data."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from infra.cli import demo
from infra.cli.main import outcome
from infra.sample.demonstration import LARGE, Wanted
from infra.stack.home import Home
from shared.web.principal import Role
from shared.web.settings import local_sign_in


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """A home folder that was started and is running; gives the years loaded into it."""
    years: list[Wanted] = []
    (tmp_path / "postgres").mkdir()
    for name in ("SIGHTLINE_AUDIT_URL", "SIGHTLINE_ESCALATION_URL", "SIGHTLINE_REPORTING_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "postgresql://elsewhere")
    monkeypatch.setattr(demo, "running", lambda _: object())
    monkeypatch.setattr(demo, "environment", lambda _: {"SIGHTLINE_AUDIT_DATABASE": "postgresql://here"})
    monkeypatch.setattr(demo, "_load", lambda _home, wanted, _told: years.append(wanted))
    monkeypatch.setattr(demo, "_show", lambda *_: None)
    return years


@pytest.mark.parametrize("holds", [True, False])
def test_it_loads_into_a_folder_that_was_only_started(
    holds: bool, loaded: list[Wanted], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def holds_events(dsn: str) -> bool:
        assert dsn == "postgresql://here"
        return holds

    monkeypatch.setattr(demo, "_holds_events", holds_events)
    code = outcome(["demo", "--once", "--audits", "60"])
    if holds:
        assert code != 0
        assert not loaded
        assert "holds data that is not the demonstration's" in " ".join(capsys.readouterr().err.split())
    else:
        assert code == 0
        assert [year.audits for year in loaded] == [60]


def test_into_services_elsewhere_it_does_not_load_beside_data_it_cannot_ask_about(
    loaded: list[Wanted], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("SIGHTLINE_AUDIT_URL", "SIGHTLINE_ESCALATION_URL", "SIGHTLINE_REPORTING_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert outcome(["demo", "--once"]) != 0
    assert not loaded
    assert "holds data" in capsys.readouterr().err


def test_it_links_to_the_audits_that_are_done_where_a_browser_reaches_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGHTLINE_AUDIT_PUBLIC_URL", "https://audits.example")
    link = urlsplit(demo._links(Home(tmp_path))["Audits, as the QA manager"])
    assert (link.netloc, link.path) == ("audits.example", "/sign-in")
    [code] = parse_qs(link.query)["code"]
    grant = local_sign_in(tmp_path).codes.find(code)
    assert grant is not None
    assert (grant.role, grant.authority, grant.first_page) == (Role.QA_MANAGER, LARGE, "/?status=completed")
