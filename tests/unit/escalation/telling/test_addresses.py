"""Where people are reached: the nearest address wins, every fault is said at once, and no address is ever said."""

from __future__ import annotations

import io
import os
from pathlib import Path
from uuid import uuid4

import pytest

from services.escalation.adapters.notifying.addresses import AddressBook, AddressesInvalid, Book, read_book
from services.escalation.app.sending import Route
from shared.telemetry import logs
from tests.unit.escalation.rig import authorities
from tests.unit.escalation.telling.made import COLLEAGUE, DSM, notice

DOCUMENT = f"""
northmoor:
  - {{person: {DSM}, mail: dsm@northmoor.example}}
  - {{role: service-manager, unit: north/riverside, mail: riverside@northmoor.example}}
  - {{role: service-manager, mail: all@northmoor.example}}
  - {{role: qa-manager, webhook: "https://hooks.northmoor.example/qa"}}
"""


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is logged, line by line."""
    stream = io.StringIO()
    monkeypatch.setattr(logs._output, "stream", stream)
    return stream


def book(text: str = DOCUMENT, *, local: bool = False) -> Book:
    return read_book(text, "addresses.yaml", authorities(), local=local)


def test_a_persons_own_address_goes_before_the_roles() -> None:
    assert book().route(notice()) == Route("mail", "dsm@northmoor.example")


def test_without_one_the_nearest_address_of_the_role_is_used_and_is_shared() -> None:
    assert book().route(notice(person=COLLEAGUE)) == Route("mail", "riverside@northmoor.example", shared=True)
    elsewhere = notice(person=COLLEAGUE, unit="south/harbour/harbour-early-help")
    assert book().route(elsewhere) == Route("mail", "all@northmoor.example", shared=True)


def test_a_webhooks_host_is_a_lane_of_its_own() -> None:
    route = book().route(notice(role="qa-manager", person=None))
    assert route == Route("webhook", "https://hooks.northmoor.example/qa", shared=True, lane="hooks.northmoor.example")


def test_nobody_said_where() -> None:
    assert book().route(notice(role="director", person=uuid4())) is None


def test_every_fault_is_said_at_its_place_and_no_address_with_it() -> None:
    document = f"""
southmoor: []
saltmere: {{role: auditor}}
northmoor:
  - {{person: {DSM}, role: auditor, mail: one@northmoor.example}}
  - {{role: qa-manager}}
  - {{role: qa-manager, mail: secret-not-an-address}}
  - {{role: qa-manager, webhook: "http://secret.northmoor.example/"}}
  - {{role: king, mail: secret@northmoor.example}}
  - {{role: qa-manager, unit: north/nowhere, mail: secret@northmoor.example}}
  - {{role: director, mail: secret@northmoor.example}}
  - {{role: director, mail: secret2@northmoor.example}}
  - {{person: {DSM}, unit: north, mail: secret@northmoor.example}}
  - {{role: director, fax: "secret"}}
  - secret
"""
    with pytest.raises(AddressesInvalid) as refused:
        book(document)
    lines = str(refused.value).splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "addresses.yaml, southmoor",
        "addresses.yaml, saltmere",
        "addresses.yaml, northmoor/1",
        "addresses.yaml, northmoor/2",
        "addresses.yaml, northmoor/3/mail",
        "addresses.yaml, northmoor/4",
        "addresses.yaml, northmoor/5/role",
        "addresses.yaml, northmoor/6",
        "addresses.yaml, northmoor/8",
        "addresses.yaml, northmoor/9",
        "addresses.yaml, northmoor/10/fax",
        "addresses.yaml, northmoor/11",
    ]
    assert "secret" not in str(refused.value)


def test_http_is_for_this_machine_in_local_use_alone() -> None:
    document = "northmoor: [{role: auditor, webhook: 'http://127.0.0.1:8099/'}]"
    assert book(document, local=True).channels == {"webhook"}
    with pytest.raises(AddressesInvalid, match="https"):
        book(document)
    with pytest.raises(AddressesInvalid, match="https"):
        book("northmoor: [{role: auditor, webhook: 'http://hooks.example/'}]", local=True)


@pytest.mark.parametrize(
    "address", ["https://u:p@hooks.example/", "https://hooks.example:x/", "https://", "mailto:a@b"]
)
def test_a_webhook_is_a_whole_address_and_holds_no_password(address: str) -> None:
    with pytest.raises(AddressesInvalid):
        book(f"northmoor: [{{role: auditor, webhook: '{address}'}}]")


@pytest.mark.parametrize("text", ["northmoor: [", "- northmoor", "northmoor: []\nnorthmoor: []"])
def test_what_is_no_such_document_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(AddressesInvalid):
        book(text)


def test_it_is_read_again_when_it_changes_and_a_broken_change_is_said_and_not_taken(
    tmp_path: Path, lines: io.StringIO
) -> None:
    path = tmp_path / "addresses.yaml"
    path.write_text(DOCUMENT)
    kept = AddressBook(path, authorities(), fallback=Route("file", ""))
    assert kept.route(notice()) == Route("mail", "dsm@northmoor.example")
    path.write_text(DOCUMENT.replace("dsm@", "new-address@"))
    os.utime(path, ns=(1, 1))
    assert kept.route(notice()) == Route("mail", "new-address@northmoor.example")
    path.write_text("northmoor: [")
    for _ in range(2):
        assert kept.route(notice()) == Route("mail", "new-address@northmoor.example")
    path.unlink()
    for _ in range(2):
        assert kept.route(notice()) == Route("mail", "new-address@northmoor.example")
    path.write_text("northmoor: []")
    assert kept.route(notice()) == Route("file", "")
    said = lines.getvalue()
    assert said.count("notice_addresses_invalid") == 2
    assert "northmoor.example" not in said


def test_a_document_that_is_not_there_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(AddressesInvalid, match="SIGHTLINE_ESCALATION_ADDRESSES"):
        AddressBook(tmp_path / "none.yaml", authorities())
