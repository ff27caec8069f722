"""Audits with memorable particulars: a small graded tool, a child of Riverside, an auditor and a moderator."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.audit.domain.audits.commands import (
    AllocateAudit,
    AmendAudit,
    CompleteAudit,
    FlagConcern,
    FollowUpRecommendation,
    ImportCompletedAudit,
    MakeRecommendation,
    WithdrawAudit,
)
from services.audit.domain.audits.outcome import Answer, Feedback, Outcome, Recommendation, SectionJudgement
from services.audit.domain.audits.practitioner import GivePractitionerFeedback, RespondToOutcome
from services.audit.domain.moderation.commands import ModerationSelection, RecordModeration, RequestModeration
from services.audit.domain.moderation.words import QualityOfAudit
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.words import (
    Actor,
    ChildStatus,
    Concern,
    Difference,
    Extent,
    Grade,
    OrganisationPath,
    Place,
    SealedText,
    TookPart,
)

AUDIT_ID = UUID("01930000-0000-7000-8000-000000000001")
CHILD = UUID("c0000000-0000-4000-8000-000000000001")
AUDITOR = UUID("a0000000-0000-4000-8000-000000000001")
MODERATOR = UUID("b0000000-0000-4000-8000-000000000001")
OTHER_MODERATOR = UUID("b0000000-0000-4000-8000-000000000002")
MANAGER_OF_RIVERSIDE_2 = UUID("c0000000-0000-4000-8000-000000000002")
MODERATION_ID = UUID("d0000000-0000-4000-8000-000000000001")
RECOMMENDATION_ID = UUID("e0000000-0000-4000-8000-000000000001")

ALLOCATED_AT = datetime(2025, 11, 3, 9, 0, tzinfo=UTC)
COMPLETED_AT = datetime(2025, 11, 20, 15, 0, tzinfo=UTC)
MODERATED_AT = datetime(2025, 12, 4, 10, 0, tzinfo=UTC)
DUE_ON = date(2025, 11, 30)

BY_AUDITOR = Actor(role="auditor", reference=AUDITOR)
PRACTITIONER = UUID("a0000000-0000-4000-8000-000000000009")
BY_PRACTITIONER = Actor(role="practitioner", reference=PRACTITIONER)
BY_MODERATOR = Actor(role="moderator", reference=MODERATOR)
BY_QA = Actor(role="qa-officer", reference=UUID("f0000000-0000-4000-8000-000000000001"))
SEEN = SealedText("s1.sealed-evidence")
QUALITY = QualityOfAudit(thorough=Extent.YES, evidenced=Extent.PARTLY, actions_right=Extent.NO)
TEAM = "north/riverside/riverside-1"

TOOL_JSON: dict[str, Any] = {
    "tool": "riverside-check",
    "version": 1,
    "title": "Riverside check",
    "kinds": ["case-file"],
    "feedback_points": [{"value": 1, "name": "Little"}, {"value": 2, "name": "Much"}],
    "themes": [
        {"code": "drift-and-delay", "label": "Drift and delay", "component": "resources"},
        {"code": "voice-of-the-child", "label": "Voice of the child", "component": "participation"},
    ],
    "sections": [
        {
            "id": "planning",
            "title": "Planning",
            "rationale": "optional",
            "questions": [
                {"id": "plan-grade", "text": "How good is the plan?", "scale": "grade"},
                {
                    "id": "plan-smart",
                    "text": "Is the plan specific?",
                    "scale": "yes-no",
                    "compliance": True,
                    "may_be_not_applicable": True,
                    "evidence": "required",
                    "impact": "optional",
                },
                {
                    "id": "plan-shared",
                    "text": "With whom was it shared?",
                    "scale": "choices",
                    "choices": [{"code": "family", "label": "Family"}, {"code": "school", "label": "School"}],
                    "may_be_not_seen": True,
                },
                {"id": "plan-reviewed-on", "text": "When was it reviewed?", "scale": "date", "required": False},
                {"id": "plan-visits", "text": "How many visits?", "scale": "number", "minimum": 0, "maximum": 20},
            ],
        },
        {
            "id": "permanence",
            "title": "Permanence",
            "applies_to": ["in-care"],
            "questions": [
                {
                    "id": "stability",
                    "text": "How stable is the home?",
                    "scale": "scale",
                    "points": [{"value": 0, "name": "Not"}, {"value": 5, "name": "Fully"}],
                }
            ],
        },
        {
            "id": "reflection",
            "title": "Reflection",
            "judgement": "none",
            "questions": [
                {
                    "id": "heard",
                    "text": "Was the family heard?",
                    "scale": "choice",
                    "choices": [{"code": "yes", "label": "Yes"}, {"code": "in-part", "label": "In part"}],
                },
                {"id": "own-words", "text": "In their own words", "scale": "text", "required": False},
                {
                    "id": "areas-to-develop",
                    "text": "Areas to develop",
                    "scale": "themes",
                    "polarity": "development",
                    "required": False,
                },
            ],
        },
    ],
}


def tool() -> ToolDocument:
    return read_tool(TOOL_JSON)


def place(**changes: Any) -> Place:
    given: dict[str, Any] = {
        "kind": "case-file",
        "cycle": "2025-11",
        "organisation": OrganisationPath(area="north", district="riverside", team="riverside-1"),
        "service": "childrens-social-work",
        "case_reference": CHILD,
        "child_status": ChildStatus.IN_NEED,
    }
    return Place(**{**given, **changes})


def answers() -> dict[str, Answer]:
    return {
        "plan-grade": Answer(value="good"),
        "plan-smart": Answer(value=True, evidence=SEEN),
        "plan-shared": Answer(value=("family", "school")),
        "plan-visits": Answer(value=4),
        "heard": Answer(value="in-part"),
        "areas-to-develop": Answer(value=("drift-and-delay",)),
    }


def outcome(**changes: Any) -> Outcome:
    given: dict[str, Any] = {
        "took_part": TookPart.BOTH,
        "reflective_discussion": True,
        "overall_grade": Grade.GOOD,
        "overall_rationale": SealedText("s1.sealed-why"),
        "inadequate_likely": False,
        "concern": Concern.NONE,
        "sections": {"planning": SectionJudgement(grade=Grade.GOOD)},
        "answers": answers(),
        "child_feedback": Feedback(obtained=False, why_not="too-young"),
        "parent_feedback": Feedback(obtained=True, score=2),
        "practitioner_feedback": Feedback(obtained=True),
    }
    return Outcome(**{**given, **changes})


def recommendation(**changes: Any) -> Recommendation:
    given: dict[str, Any] = {
        "id": RECOMMENDATION_ID,
        "category": "supervision",
        "owner_role": "team-manager",
        "due_on": date(2025, 12, 20),
        "text": SealedText("s1.sealed-recommendation"),
    }
    return Recommendation(**{**given, **changes})


def give_feedback(**changes: Any) -> GivePractitionerFeedback:
    given: dict[str, Any] = {
        "at": datetime(2025, 11, 12, 9, 0, tzinfo=UTC),
        "by": BY_PRACTITIONER,
        "tool": tool(),
        "practitioner": PRACTITIONER,
        "score": 1,
        "text": SealedText("s1.sealed-feedback"),
    }
    return GivePractitionerFeedback(**{**given, **changes})


def respond(**changes: Any) -> RespondToOutcome:
    given: dict[str, Any] = {
        "at": MODERATED_AT,
        "by": BY_PRACTITIONER,
        "practitioner": PRACTITIONER,
        "agrees": Extent.PARTLY,
        "text": SealedText("s1.sealed-response"),
    }
    return RespondToOutcome(**{**given, **changes})


def allocate(**changes: Any) -> AllocateAudit:
    given: dict[str, Any] = {
        "at": ALLOCATED_AT,
        "by": BY_QA,
        "audit_id": AUDIT_ID,
        "authority": "northmoor",
        "place": place(),
        "tool": "riverside-check",
        "tool_version": 1,
        "auditor": AUDITOR,
        "selected_because": "random",
        "due_on": DUE_ON,
    }
    return AllocateAudit(**{**given, **changes})


def flag(**changes: Any) -> FlagConcern:
    given: dict[str, Any] = {
        "at": datetime(2025, 11, 10, 12, 0, tzinfo=UTC),
        "by": BY_AUDITOR,
        "concern": Concern.SAFEGUARDING,
        "inadequate_likely": True,
        "text": SealedText("s1.sealed-concern"),
    }
    return FlagConcern(**{**given, **changes})


def complete(**changes: Any) -> CompleteAudit:
    given: dict[str, Any] = {"at": COMPLETED_AT, "by": BY_AUDITOR, "tool": tool(), "outcome": outcome()}
    return CompleteAudit(**{**given, **changes})


def import_completed(**changes: Any) -> ImportCompletedAudit:
    given: dict[str, Any] = {"allocate": allocate(), "complete": complete()}
    return ImportCompletedAudit(**{**given, **changes})


def amend(**changes: Any) -> AmendAudit:
    given: dict[str, Any] = {
        "at": MODERATED_AT,
        "by": BY_AUDITOR,
        "tool": tool(),
        "outcome": outcome(overall_grade=Grade.REQUIRES_IMPROVEMENT),
        "reason": "mistyped",
    }
    return AmendAudit(**{**given, **changes})


def withdraw(**changes: Any) -> WithdrawAudit:
    given: dict[str, Any] = {"at": MODERATED_AT, "by": BY_QA, "reason": "wrong-child"}
    return WithdrawAudit(**{**given, **changes})


def selection(**changes: Any) -> ModerationSelection:
    given: dict[str, Any] = {
        "moderation_id": MODERATION_ID,
        "selected_because": "all",
        "policy_version": "northmoor/1",
        "due_on": date(2025, 12, 20),
    }
    return ModerationSelection(**{**given, **changes})


def request_moderation(**changes: Any) -> RequestModeration:
    given: dict[str, Any] = {"at": COMPLETED_AT, "by": BY_QA, "selection": selection()}
    return RequestModeration(**{**given, **changes})


def moderate(**changes: Any) -> RecordModeration:
    given: dict[str, Any] = {
        "at": MODERATED_AT,
        "by": BY_MODERATOR,
        "tool": tool(),
        "moderation_id": MODERATION_ID,
        "moderator": MODERATOR,
        "moderator_type": "internal",
        "overall_grade": Grade.INADEQUATE,
        "sections": {"planning": Grade.INADEQUATE},
        "concern": Concern.PRACTICE,
        "inadequate_likely": True,
        "met_team_manager": True,
        "met_practitioner": False,
        "rationale": SealedText("s1.sealed-rationale"),
        "quality": QUALITY,
    }
    told = {**given, **changes}
    reasons = {section: SealedText(f"s1.sealed-why-{section}") for section in told["sections"]}
    return RecordModeration(**{"section_reasons": reasons, **told})


def recommend(**changes: Any) -> MakeRecommendation:
    given: dict[str, Any] = {"at": COMPLETED_AT, "by": BY_AUDITOR, "recommendation": recommendation()}
    return MakeRecommendation(**{**given, **changes})


def follow_up(**changes: Any) -> FollowUpRecommendation:
    given: dict[str, Any] = {
        "at": MODERATED_AT,
        "by": Actor(role="team-manager"),
        "recommendation_id": RECOMMENDATION_ID,
        "discussed_in_supervision_on": date(2025, 12, 1),
        "done": True,
        "made_a_difference": Difference.YES,
    }
    return FollowUpRecommendation(**{**given, **changes})


_SETTINGS = """
key: {key}
name: {key} Council
version: 1
valid_from: 2025-01-01
services:
  - {{key: childrens-social-work, name: Children's social work}}
areas:
  - key: north
    name: North
    districts:
      - key: riverside
        name: Riverside
        teams:
          - {{key: riverside-1, name: Riverside 1, service: childrens-social-work}}
          - {{key: riverside-2, name: Riverside 2, service: childrens-social-work}}
      - key: hillside
        name: Hillside
        teams:
          - {{key: hillside-1, name: Hillside 1, service: childrens-social-work}}
people:
  - {{role: team-manager, person: {manager}, units: [north/riverside/riverside-2]}}
  - {{role: service-manager, person: d1000000-0000-4000-8000-000000000001}}
  - {{role: assistant-director, person: d1000000-0000-4000-8000-000000000002}}
  - {{role: director, person: d1000000-0000-4000-8000-000000000003}}
  - {{role: qa-manager, person: d1000000-0000-4000-8000-000000000004}}
  - {{role: principal-social-worker, person: d1000000-0000-4000-8000-000000000005}}
moderation: {{share: {share}, {more} blind: {blind}, within_days: 20}}
recommendations:
  categories:
    - {{key: supervision, name: Supervision, due_days: 28}}
"""


def settings_text(key: str, *, share: str = "all", more: str = "", blind: bool = False) -> str:
    return _SETTINGS.format(key=key, share=share, more=more, blind=str(blind).lower(), manager=MANAGER_OF_RIVERSIDE_2)
