"""`sightline token`, `calendar due` and `child erase`, as a person at a terminal meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute

from infra.cli.main import outcome
from services.audit.adapters.http_tools import children_router
from services.audit.app.forms import ErasureForm
from shared.web.principal import Role
from shared.web.settings import local_issuer

if TYPE_CHECKING:
    from services.audit.adapters.http_asking import Asking
    from services.audit.app.audits.handlers import Audits

CHILD = "0b0d6fd8-7a4c-4b0f-9a53-2f4f7a1f6d10"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGHTLINE_HOME", str(tmp_path))
    for name in (
        "SIGHTLINE_AUTHORITIES",
        "SIGHTLINE_TOKEN",
        "SIGHTLINE_HOST",
        "SIGHTLINE_AUDIT_PORT",
        "SIGHTLINE_AUDIT_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIGHTLINE_AUDIT_DATABASE", "postgresql://elsewhere")  # not the settings of a running stack
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


async def test_a_token_is_what_its_options_say(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    person = uuid4()
    arguments = ["token", "--role", "service-manager", "--authority", "northmoor", "--person", str(person)]
    assert outcome([*arguments, "--scope", "north/riverside", "--scope", "south"]) == 0
    principal = await local_issuer(home).verifier().verify(capsys.readouterr().out.strip())
    assert principal.person == person
    assert principal.roles == {Role.SERVICE_MANAGER}
    assert principal.authority == "northmoor"
    assert principal.scope == ("north/riverside", "south")


async def test_an_operator_s_token_stands_for_every_authority(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["token", "--role", "operator"]) == 0
    assert (await local_issuer(home).verifier().verify(capsys.readouterr().out.strip())).authority == "*"


@pytest.mark.parametrize("arguments", [["--role", "auditor"], ["--role", "auditor", "--authority", "*"]])
def test_a_token_without_its_authority_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["token", *arguments]) == 2
    assert "--authority KEY" in capsys.readouterr().err


def test_a_deadline_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["calendar", "due", "2026-12-23T16:40", "5", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["due"] == "2027-01-04T23:59:59.999999+00:00"
    assert answer["due_on"] == "2027-01-04"
    assert answer["counted"] == ["2026-12-24", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-04"]
    assert answer["left_out"][0] == {"date": "2026-12-25", "why": "Christmas Day"}
    assert len(answer["left_out"]) == 7


def test_a_deadline_in_words_with_the_authority_s_closures(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["calendar", "due", "2026-12-23T16:40", "1", "--authority", "saltmere"]) == 0
    shown = capsys.readouterr().out
    assert "Due by the end of Tuesday 29 December 2026 (London time)." in shown
    assert "left out: Thursday 24 December 2026, Christmas Eve closure" in shown


def test_a_deadline_as_the_authority_s_settings_of_that_day_reckon_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = (Path(__file__).parents[3] / "infra/sample/authorities/saltmere-2.yaml").read_text(encoding="utf-8")
    (tmp_path / "1.yaml").write_text(usual.replace("version: 2", "version: 1").replace("2026-04-01", "2024-01-01"))
    changed = usual.replace("escalation:\n", "escalation:\n  clock_ends: working-hours\n")
    (tmp_path / "2.yaml").write_text(changed.replace("2026-04-01", "2026-12-01"))
    monkeypatch.setenv("SIGHTLINE_AUTHORITIES", str(tmp_path))
    for raised, shown in (("2026-11-24T16:40", "by the end of"), ("2026-12-01T16:40", "at 16:40 on")):
        assert outcome(["calendar", "due", raised, "1", "--authority", "saltmere"]) == 0
        assert f"Due {shown} Wednesday" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2030-01-02T10:00", "1"], "2028-12-31"),
        (["tomorrow", "1"], "2026-12-23T16:40"),
        (["2026-12-23T16:40", "1", "--authority", "elsewhere"], "northmoor, saltmere"),
    ],
)
def test_a_deadline_that_cannot_be_reckoned(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["calendar", "due", *arguments]) == 2
    assert sentence in capsys.readouterr().err


class _Audit(BaseHTTPRequestHandler):
    """The audit service's erasure route, as far as the command sees it."""

    seen: ClassVar[list[tuple[str, dict[str, str], Any]]]
    status = 200
    answer: ClassVar[dict[str, Any]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append((self.path, dict(self.headers), body))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(json.dumps(self.answer).encode())

    def log_message(self, *_arguments: Any) -> None:
        return None


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Audit]]:
    class Handler(_Audit):
        """One test's own."""

    Handler.seen = []
    Handler.answer = {"case_reference": CHILD, "erased_now": True}

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("SIGHTLINE_AUDIT_PORT", str(server.server_port))
        yield Handler
        server.shutdown()
        thread.join()


async def test_a_child_is_erased_through_the_audit_service(
    home: Path, audit: type[_Audit], capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcome(["child", "erase", CHILD, "--authority", "northmoor", "--yes"]) == 0
    assert outcome(["child", "erase", CHILD, "--authority", "northmoor", "--yes", "--json"]) == 0
    [(path, headers, body), (_, repeated, _)] = audit.seen
    assert path == f"/v1/children/{CHILD}/erasure"
    assert body == {"reason": "right-to-erasure"}
    assert headers["Idempotency-Key"] == repeated["Idempotency-Key"]
    principal = await local_issuer(home).verifier().verify(headers["Authorization"].removeprefix("Bearer "))
    assert principal.roles == {Role.QA_MANAGER}
    assert principal.authority == "northmoor"
    shown = capsys.readouterr().out
    assert f"The child {CHILD} is erased" in shown
    assert json.loads(shown[shown.index("{") :]) == {"case_reference": CHILD, "erased_now": True}


def test_the_audit_service_has_the_route_the_command_asks() -> None:
    router = children_router(cast("Audits", None), cast("Asking", None))  # nothing is called
    routes = {
        (route.path, method) for route in router.routes if isinstance(route, APIRoute) for method in route.methods or ()
    }
    assert ("/v1/children/{reference}/erasure", "POST") in routes
    assert ErasureForm(reason="right-to-erasure").reason == "right-to-erasure"


def test_the_service_s_refusal_is_passed_on(audit: type[_Audit], capsys: pytest.CaptureFixture[str]) -> None:
    audit.status, audit.answer = 404, {"detail": "No child of the authority has this reference."}
    assert outcome(["child", "erase", CHILD, "--authority", "northmoor", "--yes"]) == 2
    assert capsys.readouterr().err == "No child of the authority has this reference.\n"


def test_erasing_asks_first(audit: type[_Audit], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda _question: False)
    assert outcome(["child", "erase", CHILD, "--authority", "northmoor"]) == 1
    assert audit.seen == []


def test_a_service_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGHTLINE_AUDIT_PORT", "1")
    assert outcome(["child", "erase", CHILD, "--authority", "northmoor", "--yes"]) == 2
    assert "does not answer" in capsys.readouterr().err
