"""What was said of an audit beside its outcome: by the practitioner, and by moderators with their grades and answers.

Made of the view its reader gets, so that what is hidden from them there is not here either. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from services.audit.adapters.pages.filled_tool import FilledQuestion, answered, in_words
from services.audit.app.audits.practitioner_views import GivenFeedback
from services.audit.app.audits.views import AuditView
from services.audit.app.moderation.texts import (
    moderation_box,
    own_boxes,
    section_box,
    settlement_box,
    settlement_limit_box,
)
from services.audit.app.moderation.views import BlindGradesView, ModerationView
from services.audit.app.sealing import OF_PRACTITIONER
from services.audit.domain.audits.outcome import finding_box, limit_box
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Polarity

_POLARITY: Final = {Polarity.STRENGTH: "a strength", Polarity.DEVELOPMENT: "to develop"}


@dataclass(frozen=True, slots=True)
class Graded:
    """Grades as a moderator gave them: overall and by section, each with its reason, and answers.

    `sections` are titles with grade and reason, `limits` the warnings that were set aside, with the reason.
    """

    grade: str | None
    rationale: str
    sections: tuple[tuple[str, str, str], ...]
    limits: tuple[tuple[str, str], ...]
    answers: tuple[FilledQuestion, ...]


@dataclass(frozen=True, slots=True)
class Moderated:
    """A moderation: `recorded` none until it is, or while it is hidden; `blind` what was given before, if shown."""

    view: ModerationView
    recorded: Graded | None
    blind: Graded | None
    feedback: str
    concern: str


def own_answers(
    feedback: GivenFeedback | None,
    outcome: Mapping[str, Any] | None,
    texts: Mapping[str, str] | None,
    tool: ToolDocument,
) -> tuple[FilledQuestion, ...]:
    """Return what the practitioner answered otherwise than the outcome has it, or where the outcome has nothing."""
    if feedback is None:
        return ()
    stands = (outcome or {}).get("answers", {})
    told = texts or {}

    def said(id_: str, answer: Any, before: str) -> tuple[Any, ...]:
        boxes = (f"{before}answers/{id_}/{name}" for name in ("text", "evidence", "impact"))
        return answer["value"], answer["reason"], *(told.get(box) for box in boxes)

    beside = {
        id_: answer
        for id_, answer in feedback.answers.items()
        if id_ not in stands or said(id_, answer, OF_PRACTITIONER) != said(id_, stands[id_], "")
    }
    return answered(tool, beside, told, readable=texts is not None, before=OF_PRACTITIONER)


def found(
    outcome: Mapping[str, Any] | None, texts: Mapping[str, str] | None, tool: ToolDocument
) -> tuple[tuple[str, str], ...]:
    """Return an outcome's findings: where, what theme and whether it is a strength, each with its text."""
    sections = {section.id: section.title for section in tool.sections}
    themes = {theme.code: theme.label for theme in tool.themes}

    def heading(one: Mapping[str, Any]) -> str:
        theme = themes.get(one["theme"], in_words(one["theme"]))
        return f"{sections.get(one['section'], in_words(one['section']))}: {theme} ({_POLARITY[one['polarity']]})"

    return tuple(
        (heading(one), (texts or {}).get(finding_box(one["section"], one["theme"], one["polarity"]), ""))
        for one in (outcome or {}).get("findings", ())
    )


def set_aside(audit: AuditView, tool: ToolDocument) -> tuple[tuple[str, str], ...]:
    """Return the tool's limits on the grade that the auditor set aside, each with its reason, if it may be read."""
    messages, texts = {limit.id: limit.message for limit in tool.limits}, audit.texts or {}
    return tuple(
        (messages.get(limit, limit), texts.get(limit_box(limit), ""))
        for limit in (audit.outcome or {}).get("overridden_limits", ())
    )


def moderated(audit: AuditView, tool: ToolDocument) -> tuple[Moderated, ...]:
    """Return the moderations of an audit, as far as the reader of this view may know."""
    return tuple(_moderations(audit, tool))


def decided(audit: AuditView, tool: ToolDocument) -> Mapping[UUID, Graded]:
    """Return how each dispute was settled, by its id: the grade that stands, and what a panel graded anew."""
    texts, messages = audit.texts or {}, {limit.id: limit.message for limit in tool.limits}
    return {
        one.dispute_id: Graded(
            grade=one.standing_grade,
            rationale=texts.get(settlement_box(one.dispute_id), ""),
            sections=tuple(
                (section.title, one.sections[section.id], "") for section in tool.sections if section.id in one.sections
            ),
            limits=tuple(
                (messages.get(limit, limit), texts.get(settlement_limit_box(one.dispute_id, limit), ""))
                for limit in one.overridden_limits
            ),
            answers=(),
        )
        for one in audit.disputes
        if one.settled
    }


def _moderations(audit: AuditView, tool: ToolDocument) -> Iterator[Moderated]:
    texts = audit.texts or {}
    for view in audit.moderations:
        id_ = view.moderation_id
        yield Moderated(
            view=view,
            recorded=None if view.moderated_on is None else _graded(view, view.moderator_grade, audit, tool),
            blind=None
            if view.blind_grades is None
            else _graded(view, view.blind_grades.overall_grade, audit, tool, view.blind_grades),
            feedback=texts.get(moderation_box(id_, "feedback"), ""),
            concern=texts.get(moderation_box(id_, "concern"), ""),
        )


def _graded(
    view: ModerationView, grade: str | None, audit: AuditView, tool: ToolDocument, blind: BlindGradesView | None = None
) -> Graded:
    texts = audit.texts or {}
    given: ModerationView | BlindGradesView = view if blind is None else blind
    is_blind, id_ = blind is not None, view.moderation_id
    before = own_boxes(id_, blind=is_blind)
    messages = {limit.id: limit.message for limit in tool.limits}
    return Graded(
        grade=grade,
        rationale=texts.get(f"{before}rationale", ""),
        sections=tuple(
            (section.title, given.sections[section.id], texts.get(section_box(id_, section.id, blind=is_blind), ""))
            for section in tool.sections
            if section.id in given.sections
        ),
        limits=tuple(
            (messages.get(limit, limit), texts.get(before + limit_box(limit), "")) for limit in given.overridden_limits
        ),
        answers=answered(tool, given.answers, texts, readable=audit.texts is not None, before=before),
    )
