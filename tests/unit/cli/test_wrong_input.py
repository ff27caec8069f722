"""Wrong input to commands: the sentence names what was wrong and the way out, and nothing is asked of a service."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from infra.cli.main import outcome

CHILD = str(uuid4())


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The audit service refuses everything with this problem; the services are this computer's."""
    problem: dict[str, Any] = {
        "status": 404,
        "type": "urn:sightline:problem:child-unknown",
        "detail": "No. Give a number.",
    }
    monkeypatch.delenv("SIGHTLINE_AUDIT_URL", raising=False)
    monkeypatch.setenv("SIGHTLINE_TOKEN", "a.token.of-this-test")

    def request(*_: Any, **__: Any) -> httpx.Response:
        return httpx.Response(problem["status"], json=problem)

    monkeypatch.setattr(httpx, "request", request)
    return problem


@pytest.mark.parametrize("command", [("export", CHILD), ("erase", CHILD, "--yes")])
def test_an_unknown_child_is_looked_for_where_a_person_at_a_keyboard_can(
    refusing: dict[str, Any], capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    """Never by case number, which is not given on a command line; and a mistyped authority is told from a child."""
    assert outcome(["child", *command, "--authority", "northmoor"]) == 2
    said = capsys.readouterr().err
    assert refusing["detail"] not in said
    assert "`sightline audit show AUDIT_ID --authority northmoor --json`" in said
    assert outcome(["child", *command, "--authority", "northmor"]) == 2
    assert capsys.readouterr().err == "No authority here is called 'northmor': known are northmoor, saltmere.\n"


def test_an_unusable_reason_is_told_with_its_rule(refusing: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    refusing |= {
        "status": 422,
        "type": "urn:sightline:problem:invalid",
        "detail": "1 problem found; each is listed.",
        "problems": [{"field": "reason", "place": "body/reason", "message": "It is no code.", "way_out": "Write a-b."}],
    }
    assert outcome(["child", "erase", CHILD, "--yes", "--authority", "northmoor", "--reason", "A b"]) == 2
    assert capsys.readouterr().err == "1 problem found; each is listed. reason: It is no code. Write a-b.\n"


def test_a_part_that_does_not_exist_is_refused_whether_or_not_something_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert outcome(["up", "--only", "kafka,postgress"]) == 2
    assert "There is no part named postgress: the parts are postgres, kafka" in capsys.readouterr().err


@pytest.mark.parametrize(("scope", "code"), [("north", 0), ("*", 0), ("nort", 2), ("north/nowhere", 2)])
def test_a_token_is_for_parts_that_the_authority_has(
    capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: pytest.MonkeyPatch, scope: str, code: int
) -> None:
    """A token for a part that is mistyped would see nothing, and nobody would know why."""
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    assert outcome(["token", "--role", "auditor", "--authority", "northmoor", "--scope", scope]) == code
    if code:
        assert f"northmoor has no part '{scope}'" in capsys.readouterr().err
