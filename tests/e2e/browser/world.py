"""What the pages show: the demonstration, and one audit with all that can be said of an audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx

from infra.sample.demonstration import LARGE, SMALL
from services.escalation.app.policies import escalation_of
from shared.web.principal import WHOLE, Role
from shared.web.settings import local_issuer, local_sign_in
from tests.e2e.browser.places import Place
from tests.integration.audit.support import allocation, completion
from tests.support.installation import Installation, eventually, installation
from tests.unit.audit.builders import TOOL_JSON

AUDITOR, PRACTITIONER, MODERATOR = UUID(int=0xA1), UUID(int=0xA2), UUID(int=0xA3)
TEXT = "Nia says that she was asked, twice.\n\nThe plan of March names who does what by when; nobody told the school."
LONG = "Visits are written down within two days. " * 12
TEAM = {"area": "north", "district": "riverside", "team": "riverside-assessment"}


class World:
    """An installation that runs, with examples by name: `people` who sign in, and `named` for paths."""

    def __init__(self, home: Installation) -> None:
        self._home = home.home.root
        self.addresses = {name: str(part.address) for name, part in home.state().parts.items()}
        self.people: dict[str, UUID] = {}
        self.named: dict[str, str] = {}

    def address(self, place: Place) -> str:
        """Give the link that opens a page, signed in as its reader."""
        path = place.path.format(**self.named)
        own, reader = self.addresses[place.service], place.reader
        if reader is None:
            return own + path
        person = self.people[reader.person] if reader.person else None
        sign_in = local_sign_in(self._home)
        return sign_in.link(own, reader.role, reader.authority, path, scope=reader.scope, person=person)

    def ask(
        self, service: str, method: str, path: str, role: Role, body: Any = None, *, authority: str = LARGE,
        person: UUID | None = None,
    ) -> Any:  # fmt: skip
        """Ask a service; what it answers has to be good."""
        token = local_issuer(self._home).issue(role, authority, (WHOLE,), person or uuid4(), hours=1)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
        address = self.addresses[service] + path
        answer = httpx.request(method, address, json=body, headers=headers, timeout=30, trust_env=False)
        assert answer.is_success, f"{method} {path}: {answer.text}"
        return answer.json()


@contextmanager
def world() -> Iterator[World]:
    """Give the world, running; it is stopped and removed afterwards."""
    with installation() as home:
        home.up(only="")
        said = home.run("demo", "--once", "--audits", "60", "--seed", "5", "--as-of", "2026-11-20", within=170)
        assert said.returncode == 0, said.stderr
        made = World(home)
        _name_examples(made)
        _tell_of_an_audit(made)
        yield made


def _name_examples(made: World) -> None:
    """Find examples of each kind among what the demonstration brought."""

    def audits(status: str, authority: str = LARGE) -> list[dict[str, Any]]:
        path = f"/v1/audits?status={status}"
        found: list[dict[str, Any]] = made.ask("audit", "GET", path, Role.QA_MANAGER, authority=authority)["audits"]
        return found

    waiting = next(
        one for one in audits("completed", SMALL) if one["moderation"] == "requested" and one["moderator"] is not None
    )
    escalations = made.ask("escalation", "GET", "/v1/escalations", Role.QA_MANAGER)["escalations"]
    standing = {one["status"]: one["escalation_id"] for one in escalations}
    manager = made.ask("audit", "GET", "/v1/audits?limit=1", Role.QA_MANAGER)
    assert manager["audits"]
    made.people |= {
        "auditor": AUDITOR,
        "practitioner": PRACTITIONER,
        "blind-moderator": UUID(waiting["moderator"]),
        "district-manager": uuid4(),
    }
    made.named |= {
        "blind": waiting["audit_id"],
        "done": next(one["audit_id"] for one in audits("completed") if one["moderation"] == "done"),
        "allocated": audits("allocated")[0]["audit_id"],
        "raised": standing["raised"],
        "closed": standing["closed"],
    }


def _tell_of_an_audit(made: World) -> None:
    """One audit with an answer of each scale, long texts, feedback, a concern, an amendment, a moderation and a dispute."""

    def send(path: str, role: Role, body: Any, person: UUID | None = None) -> Any:
        return made.ask("audit", "POST", path, role, body, person=person)

    send("/v1/tools", Role.QA_MANAGER, TOOL_JSON)
    about = {"organisation": TEAM, "auditor": str(AUDITOR), "practitioner": str(PRACTITIONER)}
    told = send("/v1/audits", Role.QA_OFFICER, allocation(**about))["audit_id"]
    path = f"/v1/audits/{told}"
    send("/v1/audits", Role.QA_OFFICER, allocation(**about, case_number="RS-000124"))
    concern = {"concern": "safeguarding", "text": TEXT, "happened_at": "2025-11-10T09:00:00Z"}
    send(f"{path}/concern", Role.AUDITOR, concern, AUDITOR)
    feedback = {"score": 2, "text": LONG, "happened_at": "2025-11-12T09:00:00Z"}
    send(f"{path}/practitioner-feedback", Role.PRACTITIONER, feedback, PRACTITIONER)
    outcome = completion(
        overall_rationale=LONG,
        concern="safeguarding",  # so that it is moderated, whatever the sample draws
        concern_text=TEXT,
        sections={"planning": {"grade": "good", "rationale": TEXT}},
        recommendations=[{"category": "recording", "text": TEXT}],
        findings=[{"section": "planning", "theme": "drift-and-delay", "polarity": "development", "text": TEXT}],
    )
    outcome["answers"]["own-words"] = {"text": TEXT}
    send(f"{path}/completion", Role.AUDITOR, outcome, AUDITOR)
    answer = {"agrees": "partly", "text": TEXT}
    send(f"{path}/practitioner-response", Role.PRACTITIONER, answer, PRACTITIONER)
    moderation = {
        "overall_grade": "requires-improvement",
        "sections": {"planning": "requires-improvement"},
        "section_reasons": {"planning": TEXT},
        "quality": {"thorough": "yes", "evidenced": "partly", "actions_right": "yes"},
        "met_team_manager": True,
        "rationale": LONG,
        "feedback": TEXT,
    }
    send(f"{path}/moderation", Role.MODERATOR, moderation, MODERATOR)
    send(f"{path}/reflective-note", Role.TEAM_MANAGER, {"text": TEXT})
    send(f"{path}/dispute", Role.TEAM_MANAGER, {"reason": "grade", "text": TEXT})
    made.named |= {"told": told, "considered": str(escalation_of(UUID(told)))}
    eventually(lambda: _knows(made, made.named["considered"]), "escalation knows of the concern")


def _knows(made: World, escalation: str) -> bool:
    found = made.ask("escalation", "GET", "/v1/escalations", Role.QA_MANAGER)["escalations"]
    return escalation in {one["escalation_id"] for one in found}
