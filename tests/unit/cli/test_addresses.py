"""Where commands find the services, what they show of it, and that they start nothing where services run elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.cli.addresses import address_of, named_elsewhere, refuse_elsewhere, shown_address_of
from infra.cli.main import outcome


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("AUDIT", "ESCALATION", "REPORTING"):
        monkeypatch.setenv(f"SIGHTLINE_{service}_URL", f"http://{service.lower()}:8000/")


@pytest.mark.usefixtures("elsewhere")
def test_links_are_shown_as_a_browser_reaches_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert address_of("reporting") == "http://reporting:8000"
    assert shown_address_of("reporting") == "http://reporting:8000"
    monkeypatch.setenv("SIGHTLINE_REPORTING_PUBLIC_URL", "https://quality.example/")
    assert shown_address_of("reporting") == "https://quality.example"
    assert address_of("reporting") == "http://reporting:8000"


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("command", ["up", "down"])
def test_nothing_is_started_or_stopped_where_services_run_elsewhere(
    command: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SIGHTLINE_HOME", str(home))
    assert outcome([command]) == 2
    assert capsys.readouterr().err.startswith("The services run elsewhere (SIGHTLINE_AUDIT_URL")
    assert not list(home.iterdir())


def test_two_of_three_named_is_not_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("AUDIT", "REPORTING"):
        monkeypatch.setenv(f"SIGHTLINE_{service}_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("SIGHTLINE_ESCALATION_URL", raising=False)
    assert not named_elsewhere()
    refuse_elsewhere()
