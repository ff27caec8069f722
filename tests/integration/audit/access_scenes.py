"""The things that the access table is tried on: audits, disputes and exercises, made anew once one was used up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from services.audit.app.queue.service import ModerationQueues
from services.audit.app.tools.xlsform.workbook import write_workbook
from services.audit.domain.tools.document import read_tool
from shared.web.principal import WHOLE, Role
from tests.integration.audit import sheets
from tests.integration.audit.support import Service, allocation, completion, moderation, publish_tool
from tests.unit.audit.builders import (
    AUDITOR,
    MODERATOR,
    OTHER_MODERATOR,
    TOOL_JSON,
    settings_text,
)

TEAM = "north/riverside/riverside-1"
PLACES: dict[str, tuple[str, ...]] = {
    "own": (),
    "nothing": (),
    "team": (TEAM,),
    "district": ("north/riverside",),
    "area": ("north",),
    "authority": (WHOLE,),
    "another team": ("north/riverside/riverside-2",),
    "another authority": (WHOLE,),
}
OWN = {Role.AUDITOR: AUDITOR, Role.MODERATOR: MODERATOR}
OTHER_AUDITOR = UUID("a0000000-0000-4000-8000-000000000077")
TEXT = "Canary: seen on the third visit"
ON_BEHALF = {Role.QA_OFFICER, Role.QA_MANAGER, Role.SERVICE}
CALIBRATION_TOOL = {**TOOL_JSON, "tool": "riverside-calibration", "kinds": ["calibration"]}


def documents() -> tuple[str, str]:
    """The authority whose things they are, with two moderators, and another one."""
    people = "".join(f"  - {{role: moderator, person: {one}}}\n" for one in (MODERATOR, OTHER_MODERATOR))
    told = settings_text("northmoor", blind=True, share="rules", more="rules: [every-inadequate], capacity: 1000,")
    told = told.replace("people:\n", f"people:\n{people}")
    return told, settings_text("saltmere")


@dataclass
class Scene:
    """What a request is about: names of its address, and what shows it in an answer."""

    names: dict[str, str] = field(default_factory=dict)
    query: str = ""
    shows: str = ""


Make = Callable[[Service], Awaitable[Scene]]


def own_person(role: Role, scene: Scene) -> UUID:
    """Whose the scene is, of a role: its auditor, its moderator, its practitioner; of other roles nobody it names."""
    if role is Role.PRACTITIONER and "practitioner" in scene.names:
        return UUID(scene.names["practitioner"])
    return OWN.get(role, UUID(int=7))


async def _done(service: Service, path: str, body: Any, role: Role, **who: Any) -> dict[str, Any]:
    answer = await service.post(path, body, role, **who)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def nothing(_service: Service) -> Scene:
    return Scene()


async def allocated(service: Service) -> Scene:
    cycle, number = f"2025-{uuid4().hex[:8]}", f"RS-{uuid4().hex[:8]}"
    practitioner = str(uuid4())
    body = allocation(cycle=cycle, case_number=number, practitioner=practitioner)
    audit_id = (await _done(service, "/audits", body, Role.QA_OFFICER))["audit_id"]
    names = {"audit_id": audit_id, "cycle": cycle, "case_number": number, "practitioner": practitioner}
    return Scene(names, f"cycle={cycle}", audit_id)


async def drafted(service: Service) -> Scene:
    scene = await allocated(service)
    path = f"/v1/audits/{scene.names['audit_id']}/draft"
    headers = service.headers(Role.AUDITOR, person=AUDITOR)
    answer = await service.http.patch(path, json={"overall_rationale": TEXT}, headers=headers)
    assert answer.is_success, answer.text
    return scene


async def completed(service: Service) -> Scene:
    """A completed audit, no queue, whose moderation was asked of `MODERATOR`, blind."""
    scene = await _completed(service, completion())
    audit_id = scene.names["audit_id"]
    asked = {"moderator": str(MODERATOR), "blind": True}
    done = await _done(service, f"/audits/{audit_id}/moderation-request", asked, Role.QA_OFFICER)
    scene.names["moderation_id"] = done["open_moderation"]
    return scene


async def graded_outstanding(service: Service) -> Scene:
    """A completed audit that its auditor found outstanding, which nobody has moderated yet: asked of `MODERATOR`."""
    body = completion(overall_grade="outstanding", sections={"planning": {"grade": "outstanding"}})
    body["answers"]["plan-grade"]["value"] = "outstanding"
    scene = await _completed(service, body)
    concern = {"concern": "practice", "inadequate_likely": True, "text": "It may be inadequate."}
    await _done(service, f"/audits/{scene.names['audit_id']}/concern", concern, Role.AUDITOR, person=AUDITOR)
    asked = {"moderator": str(MODERATOR), "blind": True}
    await _done(service, f"/audits/{scene.names['audit_id']}/moderation-request", asked, Role.QA_OFFICER)
    return scene


async def in_queue(service: Service) -> Scene:
    """A completed audit that is moderated by rule: the queue gave it to `MODERATOR`."""
    scene = await _completed(service, completion(overall_grade="inadequate", inadequate_likely=True))
    await ModerationQueues(service.parts).run_for("northmoor")
    seen = await service.get(f"/audits/{scene.names['audit_id']}", Role.QA_OFFICER)
    [waiting] = seen.json()["moderations"]
    moderation_id = waiting["moderation_id"]
    if waiting["moderator"] != str(MODERATOR):
        path, body = f"/moderation-queue/{moderation_id}/moderator", {"moderator": str(MODERATOR)}
        await _done(service, path, body, Role.QA_MANAGER, key=uuid4().hex)
    scene.names["moderation_id"] = scene.shows = moderation_id
    scene.query += "&standing=assigned"
    return scene


async def _completed(service: Service, body: dict[str, Any]) -> Scene:
    scene = await allocated(service)
    scene.names["number"] = "1"
    body["answers"]["plan-smart"]["evidence"] = TEXT
    body["concern_text"] = "It stood still since spring."
    found = {"section": "planning", "theme": "drift-and-delay", "polarity": "development", "text": "No dates."}
    body["findings"] = [found]
    path = f"/audits/{scene.names['audit_id']}/completion"
    done = await _done(service, path, body, Role.AUDITOR, person=AUDITOR)
    scene.names["recommendation_id"] = done["recommendations"][0]
    return scene


async def moderated(service: Service) -> Scene:
    scene = await completed(service)
    body = moderation(overall_grade="requires-improvement", sections={}, concern="none", inadequate_likely=False)
    path = f"/audits/{scene.names['audit_id']}/moderation"
    await _done(service, path, {**body, "happened_at": None}, Role.MODERATOR, person=MODERATOR)
    return scene


async def disputed(service: Service) -> Scene:
    scene = await moderated(service)
    body = {"reason": "grade", "text": "We see it otherwise."}
    await _done(service, f"/audits/{scene.names['audit_id']}/dispute", body, Role.TEAM_MANAGER)
    seen = await service.get(f"/audits/{scene.names['audit_id']}", Role.QA_OFFICER)
    scene.names["dispute_id"] = seen.json()["disputes"][0]["dispute_id"]
    return scene


async def calibration(service: Service) -> Scene:
    """An exercise in which one auditor has graded and the others have not."""
    cycle = f"2025-{uuid4().hex[:8]}"
    opened = await _done(service, "/calibrations", opening(cycle=cycle), Role.QA_OFFICER)
    calibration_id = opened["calibration_id"]
    for person in (OTHER_AUDITOR, OTHER_MODERATOR):
        graded = grading(rationale=TEXT)
        await _done(service, f"/calibrations/{calibration_id}/grades", graded, Role.AUDITOR, person=person)
    return Scene({"calibration_id": calibration_id}, f"cycle={cycle}", calibration_id)


async def child(service: Service) -> Scene:
    scene = await _completed(service, completion())
    seen = await service.get(f"/audits/{scene.names['audit_id']}", Role.QA_OFFICER)
    scene.names["reference"] = seen.json()["case_reference"]
    return scene


async def tool(service: Service) -> Scene:
    await publish_tool(service)
    return Scene({"tool": "riverside-check"}, shows="riverside-check")


async def spare_tool(service: Service) -> Scene:
    """A published tool that nothing uses."""
    name = f"spare-{uuid4().hex[:8]}"
    await publish_tool(service, spare(name))
    return Scene({"tool": name, "version": "1"})


async def drafted_tool(service: Service) -> Scene:
    """A published tool whose next version is drafted."""
    scene = await spare_tool(service)
    path, body = f"/v1/tools/{scene.names['tool']}/draft", spare(scene.names["tool"], title="New")
    answer = await service.http.put(path, json=body, headers=service.headers(Role.QA_MANAGER))
    assert answer.is_success, answer.text
    return scene


def spare(name: str, **changes: Any) -> dict[str, Any]:
    document = {**TOOL_JSON, "tool": name, **changes}
    del document["version"]
    return document


def workbook() -> bytes:
    """A tool as a workbook, as the service writes one."""
    return write_workbook(read_tool(TOOL_JSON))


def opening(**changes: Any) -> dict[str, Any]:
    auditors = [str(one) for one in (AUDITOR, MODERATOR, OTHER_AUDITOR, OTHER_MODERATOR)]
    given = {
        "cycle": "2026-03",
        "tool": "riverside-calibration",
        "case_number": "RS-000777",
        "child_status": "in-need",
        "auditors": auditors,
        "due_on": "2026-06-30",
        "grades_only": True,
    }
    return {**given, **changes}


def grading(**changes: Any) -> dict[str, Any]:
    return {"overall_grade": "good", "sections": {"planning": "good"}, "rationale": "Mine.", **changes}


def amendment() -> dict[str, Any]:
    body = completion(overall_grade="outstanding", reason="mistyped")
    del body["recommendations"], body["happened_at"]
    return body


def by_moderator(role: Role, **body: Any) -> dict[str, Any]:
    """What a moderator gives, or the QA unit in their name."""
    return {**body, "moderator": str(MODERATOR)} if role in ON_BEHALF else body


def import_file() -> bytes:
    return sheets.csv_of(sheets.row())
