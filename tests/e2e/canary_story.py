"""What is done on a platform so that every free-text box has a text of its own (test_canaries.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from shared.web.principal import Role
from tests.integration.audit import sheets
from tests.integration.audit.support import allocation, completion
from tests.support.canaries import Canaries
from tests.support.platform import Platform
from tests.unit.audit.builders import TOOL_JSON

AUTHORITY = "northmoor"
LIMIT = {
    "id": "planning-first",
    "message": "Not good while planning is inadequate",
    "effect": "warn",
    "when": [{"section": "planning", "at_most": "inadequate"}],
    "overall_at_most": "requires-improvement",
}
RESPONDENTS = ("practitioner", "moderator")
MODERATOR, CALIBRATED = UUID(int=0xB0), UUID(int=0xC0)


def own_section(whose: str) -> dict[str, Any]:
    """Questions of a practitioner's or a moderator's own."""
    thinks = {"id": f"{whose}-thinks", "text": f"What does the {whose} think?", "scale": "yes-no"}
    words = {"id": f"{whose}-words", "text": f"What does the {whose} say?", "scale": "text"}
    questions = [{**thinks, "evidence": "optional", "impact": "optional"}, words]
    return {"id": whose, "title": whose, "judgement": "none", "answered_by": whose, "questions": questions}


@dataclass
class Story:
    """What was done on the platform, and all that was said back."""

    running: Platform
    plant: Canaries = field(default_factory=Canaries)
    refusals: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    child: UUID = field(default_factory=uuid4)

    async def send(self, method: str, path: str, role: Role, body: Any = None, **options: Any) -> dict[str, Any]:
        """Send a command that has to work."""
        answer = await self.ask(method, path, role, body, **options)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ask(
        self,
        method: str,
        path: str,
        role: Role,
        body: Any = None,
        *,
        person: UUID | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        given = {
            **self.running.token(role, AUTHORITY, person=person or uuid4()),
            "Idempotency-Key": uuid4().hex,
            **(headers or {}),
        }
        content: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {"json": body}
        address = f"http://127.0.0.1:{self.running.ports['audit']}{path}"
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            answer = await client.request(method, address, headers=given, **({} if body is None else content))
        self.headers.append(str(answer.headers))
        if answer.is_error:
            self.refusals.append(answer.text)
        return answer

    def outcome(self, form: str) -> dict[str, Any]:
        """An outcome with a text in every box of it."""
        plant = self.plant
        body = completion(
            overall_rationale=plant(f"{form}.overall_rationale"),
            concern="safeguarding",
            concern_text=plant(f"{form}.concern_text"),
            overridden_limits={"planning-first": plant(f"{form}.overridden_limits")},
            sections={"planning": {"grade": "inadequate", "rationale": plant(f"{form}.sections.rationale")}},
            findings=[
                {
                    "section": "planning",
                    "theme": "drift-and-delay",
                    "polarity": "development",
                    "text": plant(f"{form}.findings.text"),
                }
            ],
            recommendations=[{"category": "supervision", "text": plant(f"{form}.recommendations.text")}],
        )
        body["answers"]["plan-smart"] |= {
            "evidence": plant(f"{form}.answers.evidence"),
            "impact": plant(f"{form}.answers.impact"),
        }
        body["answers"]["own-words"] = {"text": plant(f"{form}.answers.text")}
        return body

    def own_answers(self, form: str, whose: str) -> dict[str, Any]:
        """Answers to the questions of the practitioner or of the moderator, with a text in every box."""
        boxes = {name: self.plant(f"{form}.answers.{name}") for name in ("evidence", "impact")}
        words = {"text": self.plant(f"{form}.answers.text")}
        return {f"{whose}-thinks": {"value": True, **boxes}, f"{whose}-words": words}


async def tell(story: Story) -> None:
    """Plant a text in every box, each by the route that takes it."""
    tool = {**TOOL_JSON, "limits": [LIMIT], "sections": [*TOOL_JSON["sections"], *map(own_section, RESPONDENTS)]}
    await story.send("POST", "/v1/tools", Role.QA_MANAGER, tool)
    exercise = {**TOOL_JSON, "tool": "exercise", "kinds": ["calibration"], "limits": [LIMIT]}
    await story.send("POST", "/v1/tools", Role.QA_MANAGER, exercise)
    number = story.plant.secret("the case number", f"CASE-CANARY-{uuid4().hex}")
    body = allocation(
        case_number=number,
        auditor=None,
        auditor_staff_number=story.plant.secret("an auditor's staff number", f"STAFF-CANARY-{uuid4().hex}"),
        practitioner_staff_number=story.plant.secret("a practitioner's staff number", f"STAFF-CANARY-{uuid4().hex}"),
    )
    path = f"/v1/audits/{(await story.send('POST', '/v1/audits', Role.QA_OFFICER, body))['audit_id']}"
    story.child = UUID((await story.send("GET", path, Role.QA_OFFICER))["case_reference"])
    await tell_of_the_audit(story, path)
    await tell_of_moderation(story, path)
    await tell_of_a_calibration(story, number)
    await import_a_file(story)
    body = allocation(case_number=number, auditor_staff_number=None)
    drafted = (await story.send("POST", "/v1/audits", Role.QA_OFFICER, body))["audit_id"]
    await story.send("PATCH", f"/v1/audits/{drafted}/draft", Role.QA_OFFICER, draft(story))
    await ask_what_is_refused(story, path)


def draft(story: Story) -> dict[str, Any]:
    body = story.outcome("DraftForm")
    body["answers"]["heard"] = {"value": story.plant("a coded box of a draft")}  # a draft takes what is half written
    del body["happened_at"]
    return body


async def tell_of_the_audit(story: Story, path: str) -> None:
    plant = story.plant
    feedback: dict[str, Any] = {
        "score": 1,
        "text": plant("PractitionerFeedbackForm.text"),
        "happened_at": "2025-11-12T09:00:00Z",
    }
    concern = {"concern": "practice", "text": plant("ConcernForm.text"), "happened_at": "2025-11-10T09:00:00Z"}
    feedback["answers"] = story.own_answers("PractitionerFeedbackForm", "practitioner")
    await story.send("POST", f"{path}/practitioner-feedback", Role.QA_OFFICER, feedback)
    await story.send("POST", f"{path}/concern", Role.QA_OFFICER, concern)
    await story.send("PATCH", f"{path}/draft", Role.QA_OFFICER, draft(story))
    done = await story.send("POST", f"{path}/completion", Role.QA_OFFICER, story.outcome("CompletionForm"))
    amendment = {**story.outcome("AmendmentForm"), "reason": "mistyped"}
    del amendment["recommendations"], amendment["happened_at"]
    await story.send("POST", f"{path}/amendment", Role.QA_OFFICER, amendment)
    text = plant("NewRecommendationForm.recommendation.text")
    new = {"recommendation": {"category": "supervision", "text": text}}
    await story.send("POST", f"{path}/recommendations", Role.QA_OFFICER, new)
    follow_up = {"done": True, "text": plant("FollowUpForm.text")}
    await story.send(
        "POST", f"{path}/recommendations/{done['recommendations'][0]}/follow-up", Role.TEAM_MANAGER, follow_up
    )
    response = {"agrees": "partly", "text": plant("PractitionerResponseForm.text")}
    await story.send("POST", f"{path}/practitioner-response", Role.QA_OFFICER, response)


async def tell_of_moderation(story: Story, path: str) -> None:
    plant = story.plant
    blind = {
        "overall_grade": "good",
        "sections": {"planning": "inadequate"},
        "section_reasons": {"planning": plant("BlindGradesForm.section_reasons")},
        "answers": story.own_answers("BlindGradesForm", "moderator"),
        "overridden_limits": {"planning-first": plant("BlindGradesForm.overridden_limits")},
        "quality": {"thorough": "yes", "evidenced": "partly", "actions_right": "no"},
        "rationale": plant("BlindGradesForm.rationale"),
    }
    await story.send("POST", f"{path}/moderation/blind-grades", Role.MODERATOR, blind, person=MODERATOR)
    moderation = {
        "sections": {"planning": "inadequate"},
        "section_reasons": {"planning": plant("ModerationForm.section_reasons")},
        "answers": story.own_answers("ModerationForm", "moderator"),
        "overridden_limits": {"planning-first": plant("ModerationForm.overridden_limits")},
        "rationale": plant("ModerationForm.rationale"),
        "feedback": plant("ModerationForm.feedback"),
        "concern": "practice",
        "concern_text": plant("ModerationForm.concern_text"),
    }
    await story.send("POST", f"{path}/moderation", Role.MODERATOR, moderation, person=MODERATOR)
    note = {"text": plant("ReflectiveNoteForm.text")}
    await story.send("POST", f"{path}/reflective-note", Role.TEAM_MANAGER, note)
    await story.send(
        "POST", f"{path}/dispute", Role.TEAM_MANAGER, {"reason": "grade", "text": plant("DisputeForm.text")}
    )
    seen = await story.send("GET", path, Role.QA_OFFICER)
    [dispute] = seen["disputes"]
    settlement = {
        "outcome": "changed",
        "standing_grade": "outstanding",
        "panel": [str(UUID(int=0xD1)), str(UUID(int=0xD2))],
        "overridden_limits": {"planning-first": plant("SettlementForm.overridden_limits")},
        "text": plant("SettlementForm.text"),
    }
    await story.send("POST", f"{path}/disputes/{dispute['dispute_id']}/settlement", Role.QA_MANAGER, settlement)


async def tell_of_a_calibration(story: Story, number: str) -> None:
    opening = {
        "cycle": "2026-03",
        "tool": "exercise",
        "case_number": number,
        "child_status": "in-need",
        "auditors": [str(CALIBRATED), str(MODERATOR)],
        "due_on": (datetime.now(UTC).date() + timedelta(days=30)).isoformat(),
    }
    path = (
        f"/v1/calibrations/{(await story.send('POST', '/v1/calibrations', Role.QA_OFFICER, opening))['calibration_id']}"
    )
    for person in (CALIBRATED, MODERATOR):
        grades = {
            "overall_grade": "good",
            "sections": {"planning": "inadequate"},
            "overridden_limits": {"planning-first": story.plant("GradingForm.overridden_limits")},
            "rationale": story.plant("GradingForm.rationale"),
            "answers": answers(story, "GradingForm"),
        }
        await story.send("POST", f"{path}/grades", Role.AUDITOR, grades, person=person)
    closing = {
        "overall_grade": "good",
        "sections": {"planning": "inadequate"},
        "overridden_limits": {"planning-first": story.plant("ClosingForm.overridden_limits")},
        "reasons": story.plant("ClosingForm.reasons"),
        "answers": answers(story, "ClosingForm"),
    }
    await story.send("POST", f"{path}/closure", Role.QA_OFFICER, closing)


def answers(story: Story, form: str) -> dict[str, Any]:
    """Answers of an exercise, with a text in every box of them."""
    plant = story.plant
    told: dict[str, Any] = {**completion()["answers"], "own-words": {"text": plant(f"{form}.answers.text")}}
    told["plan-smart"] |= {name: plant(f"{form}.answers.{name}") for name in ("evidence", "impact")}
    return told


async def import_a_file(story: Story) -> None:
    """Texts and numbers of an import file, one of a good row and one of a row with faults."""
    plant = story.plant
    good = sheets.row(**{
        "Case number": plant.secret("an imported case number", f"CASE-CANARY-{uuid4().hex}"),
        "Auditor": plant.secret("an imported staff number", f"STAFF-CANARY-{uuid4().hex}"),
        "Overall rationale": plant("import.overall_rationale"),
        "Answer: plan-smart: evidence": plant("import.evidence"),
        "Recommendation: 1: text": plant("import.recommendation"),
    })  # fmt: skip
    bad = {**good, "Kind": plant("import.kind"), "Completed on": plant("import.completed_on"), "Audit number": "2"}
    for content in (sheets.csv_of(good), sheets.csv_of(good, bad), sheets.csv_of({plant("import.column"): "x"})):
        await story.ask("POST", "/v1/imports", Role.QA_OFFICER, content, headers={"Content-Type": "text/csv"})


async def ask_what_is_refused(story: Story, path: str) -> None:
    """Texts where none belong: each is refused, and none is repeated in the refusal or written to a log."""
    plant = story.plant
    wrong: list[tuple[str, str, Any]] = [
        ("POST", f"{path}/completion", {plant("an unknown field"): 1}),
        ("POST", f"{path}/completion", {**completion(), "took_part": plant("a code")}),
        ("POST", f"{path}/concern", {"concern": "practice", "text": plant("a text too long") * 400}),
        ("POST", f"{path}/concern", {"concern": "practice", "text": plant("a control character") + "\0"}),
        ("POST", f"{path}/withdrawal", {"reason": plant("a reason")}),
        ("POST", "/v1/audits", {**allocation(), "due_on": plant("a date")}),
        ("POST", "/v1/audits", {**allocation(), "tool": plant("a tool").lower().replace(" ", "-")[:80]}),
        ("POST", "/v1/children/reference", {"case_number": plant("an unknown case number")[:60]}),
        ("GET", f"/v1/audits/{plant('an address')}", None),
        ("GET", f"/v1/audits?cycle={plant('a parameter')}&authority=northmoor", None),
        ("GET", f"/{plant('no address')}", None),
    ]
    for method, address, body in wrong:
        answer = await story.ask(method, address, Role.QA_MANAGER, body)
        assert answer.is_client_error, f"{method} {address}: {answer.status_code}"
    odd = {"X-Correlation-Id": plant("a correlation id"), "Idempotency-Key": plant("a key with spaces")}
    assert (await story.ask("POST", f"{path}/withdrawal", Role.QA_MANAGER, {"reason": "x"}, headers=odd)).is_error
    not_json = f'{{"text": "{plant("no JSON")}"'.encode()
    headers = {"Content-Type": "application/json"}
    assert (await story.ask("POST", f"{path}/concern", Role.QA_MANAGER, not_json, headers=headers)).is_error
