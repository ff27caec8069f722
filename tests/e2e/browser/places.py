"""Every page that people see, one line each: who opens it, and where. A new page joins the table.

A path names examples of the made-up world in braces (world.py): `/audits/{told}`.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.sample.demonstration import LARGE, SMALL
from shared.web.principal import WHOLE, Role


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opens a page: `person` is a name among the world's people, nobody in particular if empty."""

    role: Role
    authority: str = LARGE
    scope: tuple[str, ...] = (WHOLE,)
    person: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A page: its name in the tests, its service, its reader (nobody signed in if None), its path and its status."""

    name: str
    service: str
    reader: Reader | None
    path: str
    status: int = 200


QA = Reader(Role.QA_MANAGER)
QA_SMALL = Reader(Role.QA_MANAGER, SMALL)
DIRECTOR = Reader(Role.DIRECTOR)
AUDITOR = Reader(Role.AUDITOR, person="auditor")
PRACTITIONER = Reader(Role.PRACTITIONER, person="practitioner")
BLIND_MODERATOR = Reader(Role.MODERATOR, SMALL, person="blind-moderator")
DISTRICT_MANAGER = Reader(Role.SERVICE_MANAGER, scope=("north/riverside",), person="district-manager")
LIVE = "authority=northmoor&window=2026-06"

PLACES = (
    # audit
    Place("audits-to-be-done", "audit", AUDITOR, "/"),
    Place("audits-that-are-done", "audit", QA, "/?status=completed"),
    Place("audits-of-ones-own-work", "audit", PRACTITIONER, "/"),
    Place("audit-to-its-auditor", "audit", AUDITOR, "/audits/{told}"),
    Place("audit-to-a-blind-moderator", "audit", BLIND_MODERATOR, "/audits/{blind}"),
    Place("audit-to-its-practitioner", "audit", PRACTITIONER, "/audits/{told}"),
    Place("audit-to-the-qa-unit", "audit", QA, "/audits/{told}"),
    Place("audit-of-the-standard-tool", "audit", QA, "/audits/{done}"),
    Place("audit-not-done-yet", "audit", QA, "/audits/{allocated}"),
    Place("audit-not-found", "audit", QA, "/audits/00000000-0000-4000-8000-000000000000", status=404),
    Place("audit-not-signed-in", "audit", None, "/", status=401),
    # escalation
    Place("escalations-of-the-qa-unit", "escalation", QA, "/"),
    Place("escalations-of-a-district-manager", "escalation", DISTRICT_MANAGER, "/"),
    Place("escalations-an-auditor-raised", "escalation", AUDITOR, "/"),
    Place("district-board", "escalation", QA, "/districts/north/riverside"),
    Place("escalations-listed", "escalation", QA, "/escalations"),
    Place("escalations-none-found", "escalation", QA, "/escalations?status=withdrawn&category=practice"),
    Place("escalation-considered", "escalation", QA, "/escalations/{considered}"),
    Place("escalation-raised", "escalation", QA, "/escalations/{raised}"),
    Place("escalation-closed", "escalation", QA, "/escalations/{closed}"),
    Place("escalation-to-its-auditor", "escalation", AUDITOR, "/escalations/{considered}"),
    Place("escalation-not-found", "escalation", QA, "/escalations/00000000-0000-4000-8000-000000000000", status=404),
    # reporting
    Place("reports-of-the-qa-unit", "reporting", QA, "/"),
    Place("reports-of-a-director", "reporting", DIRECTOR, "/"),
    Place("reports-to-an-auditor", "reporting", AUDITOR, "/"),
    Place("triannual-live", "reporting", QA, f"/reports/triannual?{LIVE}"),
    Place("triannual-published", "reporting", DIRECTOR, f"/reports/triannual?{LIVE}"),
    Place("triannual-of-a-small-authority", "reporting", QA_SMALL, "/reports/triannual?authority=saltmere"),
    Place("quality-board", "reporting", QA, f"/boards/quality?{LIVE}"),
    Place("one-area-alone", "reporting", QA, f"/reports/triannual?{LIVE}&area=east"),
    Place("corporate-parenting", "reporting", QA, f"/boards/corporate-parenting?{LIVE}"),
    Place("triannual-as-it-was-known", "reporting", QA, f"/reports/triannual?{LIVE}&known_at=2026-10-15"),
    Place("triannual-known-otherwise-now", "reporting", QA, f"/reports/triannual/changes?{LIVE}&known_at=2026-10-15"),
    Place("published-versions", "reporting", DIRECTOR, "/publications"),
    Place("measures", "reporting", DIRECTOR, "/measures"),
    Place("consistency", "reporting", QA, f"/reports/consistency?{LIVE}"),
    Place("audits-behind-a-figure", "reporting", QA, f"/reports/evidence?{LIVE}&count=good"),
    Place("report-not-published", "reporting", DIRECTOR, "/reports/triannual?window=2022-02", status=404),
)
