"""From a moderator's or a panel's form to the command it means, by the authority's settings.

A form that is taken and one that is only held to the tool are made into the same command; how its texts are sealed, or
only marked, is the caller's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.asking import Asked
from services.audit.app.handling import Begun, Handling, completed_of
from services.audit.app.moderation import policy
from services.audit.app.moderation import texts as boxes
from services.audit.app.moderation.forms import (
    BlindGradesForm,
    GradesForm,
    ModerationForm,
    SettlementForm,
)
from services.audit.app.sealing import Texts
from services.audit.domain import refusals
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.outcome import Answer, limit_box
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation.commands import (
    DisputeTerms,
    GiveBlindGrades,
    PanelMember,
    RecordModeration,
    SettleDispute,
)
from services.audit.domain.moderation.words import Decider, Meeting, QualityOfAudit
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.words import Actor, Code, Grade, SealedText, business_date
from shared.authority.settings import AuthoritySettings

Sealing = Callable[[AuditAllocated, Iterable[tuple[str, str | None]]], Awaitable[Texts]]
"""Seals the texts of an audit's boxes, or marks those that are there."""


class _Own(TypedDict):
    """What blind grades and a moderation have alike, as both commands name it."""

    at: datetime
    by: Actor
    settings_version: int
    tool: ToolDocument
    moderation_id: UUID
    moderator: UUID
    moderator_teams: frozenset[str]
    overall_grade: Grade | None
    sections: Mapping[Code, Grade]
    quality: QualityOfAudit | None
    rationale: SealedText | None
    section_reasons: Mapping[Code, SealedText]
    answers: Mapping[Code, Answer]
    overridden_limits: Mapping[Code, SealedText]


class Making(Handling):
    """Makes commands of what moderators and panels hand in."""

    async def blind_grades(
        self, state: Begun, form: BlindGradesForm, moderator: UUID, asked: Asked, texts_of: Sealing
    ) -> GiveBlindGrades:
        """Return the command that a blind moderator's grades are.

        Raises:
            Refused: there is no moderation to grade.

        """
        own, _ = await self._own(state, form, moderator, asked, texts_of)
        return GiveBlindGrades(**own)

    async def moderation(
        self, state: Begun, form: ModerationForm, moderator: UUID, asked: Asked, texts_of: Sealing
    ) -> RecordModeration:
        """Return the command that a moderation is.

        Raises:
            Refused: there is none to record.

        """
        settings = self.settings(asked)
        own, texts = await self._own(state, form, moderator, asked, texts_of)
        return RecordModeration(
            **own,
            moderator_type=form.moderator_type,
            standing_grade=form.standing_grade,
            audit_quality=form.audit_quality,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            met_team_manager=form.met_team_manager,
            met_practitioner=form.met_practitioner,
            concern_text=texts.get(boxes.moderation_box(own["moderation_id"], "concern")),
            meetings=tuple(Meeting(role=each.role, on=each.on, person=each.person) for each in form.meetings),
            feedback=texts.get(boxes.moderation_box(own["moderation_id"], "feedback")),
            panel=_panel(settings, form.panel),
            terms=terms_of(settings, asked),
        )

    async def _own(
        self, state: Begun, form: GradesForm, moderator: UUID, asked: Asked, texts_of: Sealing
    ) -> tuple[_Own, Texts]:
        """Return what blind grades and a moderation have alike, and the form's texts."""
        settings = self.settings(asked)
        moderation = form.moderation_id or _moderation_to_record(completed_of(state))
        texts = await texts_of(state.allocation, form.texts(moderation))
        before = boxes.own_boxes(moderation, blind=form.BLIND)
        reasons = {id_: boxes.section_box(moderation, id_, blind=form.BLIND) for id_ in form.section_reasons}
        own = _Own(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            moderation_id=moderation,
            moderator=moderator,
            moderator_teams=policy.teams_not_to_moderate(settings, moderator),
            overall_grade=form.overall_grade,
            sections=form.sections,
            quality=None if form.quality is None else QualityOfAudit(**form.quality.model_dump()),
            rationale=texts.get(boxes.rationale_box(moderation, blind=form.BLIND)),
            section_reasons={id_: texts[box] for id_, box in reasons.items() if box in texts},
            answers=sealing.answers_of(form.answers, texts, before),
            overridden_limits={
                limit: texts.get(before + limit_box(limit), sealing.NO_TEXT) for limit in form.overridden_limits
            },
            settings_version=settings.version,
        )
        return own, texts

    async def settlement(
        self, state: Begun, dispute: UUID, form: SettlementForm, asked: Asked, texts_of: Sealing
    ) -> SettleDispute:
        """Return the command that a panel's decision is."""
        settings = self.settings(asked)
        texts = await texts_of(state.allocation, form.texts(dispute))
        return SettleDispute(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            dispute_id=dispute,
            outcome=form.outcome,
            standing_grade=form.standing_grade,
            panel=_panel(settings, form.panel),
            text=texts.get(boxes.settlement_box(dispute)),
            sections=form.sections,
            overridden_limits={
                limit: texts.get(boxes.settlement_limit_box(dispute, limit), sealing.NO_TEXT)
                for limit in form.overridden_limits
            },
            settings_version=settings.version,
        )


def terms_of(settings: AuthoritySettings, asked: Asked) -> DisputeTerms:
    """Return how an authority settles disputes, for what happens now."""
    moderation = settings.moderation
    return DisputeTerms(
        decided_by=Decider(moderation.dispute_decided_by),
        policy_version=policy.policy_version(settings),
        second_due_on=business_date(asked.at) + timedelta(days=moderation.within_days),
        blind=moderation.blind,
        second_at_distance=moderation.second_at_distance,
        within_days=moderation.dispute_within_days,
    )


def _panel(settings: AuthoritySettings, people: Iterable[UUID]) -> tuple[PanelMember, ...]:
    """Return the members of a panel with the teams whose audits they may not moderate."""
    return tuple(PanelMember(person, policy.teams_not_to_moderate(settings, person)) for person in people)


def _moderation_to_record(state: Completed) -> UUID:
    """Return the open moderation, or the last one done: whoever comes second is then told it is recorded.

    One that settles a dispute is never meant by the way, as it is final: it has to be named.
    """
    waiting = state.open_moderation
    if waiting is not None and not waiting.final:
        return waiting.requested.moderation_id
    if state.last_moderation is not None:
        return state.last_moderation.moderation_id
    raise refusals.ModerationNotRequested
