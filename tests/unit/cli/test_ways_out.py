"""What the audit service refuses, as it is told at the keyboard: commands in place of addresses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.cli.main import outcome
from infra.cli.show import console

KNOWN_FAULT, SAYS_NO = 2, 1
KEY = ["--authority", "nowhere"]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SIGHTLINE_AUDIT_URL", raising=False)
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "named by hand")
    monkeypatch.setenv("SIGHTLINE_TOKEN", "a token")
    monkeypatch.setattr(console, "width", 200)


def refusing(monkeypatch: pytest.MonkeyPatch, status: int, kind: str, detail: str, *problems: dict[str, str]) -> None:
    """Stand in for the audit service, which refuses whatever is asked."""
    body: dict[str, Any] = {"type": f"urn:sightline:problem:{kind}", "detail": detail, "problems": problems}
    monkeypatch.setattr(httpx, "request", lambda *_, **__: httpx.Response(status, json=body))


def test_an_unknown_authority_is_refused_with_those_that_are_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusing(monkeypatch, 422, "authority-unknown", "This installation has no settings for that authority.")
    assert outcome(["tool", "list", *KEY]) == KNOWN_FAULT
    told = capsys.readouterr().err
    assert (
        told == "The audit service has no settings for an authority called 'nowhere': known are northmoor, saltmere.\n"
    )
    # Of an installation elsewhere the settings here say nothing.
    monkeypatch.setenv("SIGHTLINE_AUDIT_URL", "http://elsewhere")
    assert outcome(["tool", "list", *KEY]) == KNOWN_FAULT
    assert "northmoor" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "dip-sample"],
        ["show", "dip-sample", "--json"],
        ["export", "dip-sample", "--xlsx", "out.xlsx"],
        ["retire", "dip-sample", "1"],
        ["compare", "1", "2", "--tool", "dip-sample"],
    ],
)
def test_a_tool_that_is_not_there_leads_to_the_list(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusing(
        monkeypatch, 404, "tool-not-found", "There is none. Publish it first; `GET /v1/tools` lists what there is."
    )
    assert outcome(["tool", *arguments, *KEY]) == KNOWN_FAULT
    told = capsys.readouterr().err
    assert "`sightline tool list --authority nowhere`" in told
    assert "/v1/" not in told


@pytest.mark.parametrize("arguments", [["show", "dip-sample", "--draft"], ["publish", "--drafted", "dip-sample"]])
def test_a_draft_that_is_not_there_leads_to_the_command_that_saves_one(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refusing(monkeypatch, 404, "tool-not-drafted", "The tool has no draft. Save a draft first.")
    assert outcome(["tool", *arguments, *KEY]) == KNOWN_FAULT
    assert "`sightline tool draft FILE --authority nowhere`" in capsys.readouterr().err


def test_addresses_in_the_ways_out_of_faults_become_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    way_out = "Name one of `GET /v1/tools/{tool}/versions`."
    fault = {"place": "body/version", "message": "It is not there.", "way_out": way_out}
    refusing(monkeypatch, 422, "tool-invalid", "The tool document cannot be published.", fault)
    document = tmp_path / "tool.json"
    document.write_text("{}", encoding="utf-8")
    assert outcome(["tool", "publish", str(document), *KEY]) == SAYS_NO
    shown = capsys.readouterr().out
    assert shown.endswith("version: It is not there. Name one of `sightline tool list --authority nowhere`.\n")
