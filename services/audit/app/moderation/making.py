"""From a moderator's or a panel's form to the command it means, by the authority's settings.

A form that is taken and one that is only held to the tool are made into the same command; how its texts are sealed, or
only marked, is the caller's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import timedelta
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
    QualityForm,
    SettlementForm,
)
from services.audit.app.sealing import Texts
from services.audit.domain import refusals
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.outcome import limit_box
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation.commands import (
    DisputeTerms,
    GiveBlindGrades,
    PanelMember,
    RecordModeration,
    SettleDispute,
)
from services.audit.domain.moderation.words import Decider, Meeting, QualityOfAudit
from services.audit.domain.words import Code, SealedText, business_date
from shared.authority.settings import AuthoritySettings

Sealing = Callable[[AuditAllocated, Iterable[tuple[str, str | None]]], Awaitable[Texts]]
"""Seals the texts of an audit's boxes, or marks those that are there."""


class Making(Handling):
    """Makes commands of what moderators and panels hand in."""

    async def blind_grades(
        self, state: Begun, form: BlindGradesForm, moderator: UUID, asked: Asked, texts_of: Sealing
    ) -> GiveBlindGrades:
        """Return the command that a blind moderator's grades are.

        Raises:
            Refused: there is no moderation to grade.

        """
        settings = self.settings(asked)
        moderation = form.moderation_id or _moderation_to_record(completed_of(state))
        texts = await texts_of(state.allocation, form.texts(moderation))
        return GiveBlindGrades(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            moderation_id=moderation,
            moderator=moderator,
            moderator_teams=policy.teams_not_to_moderate(settings, moderator),
            overall_grade=form.overall_grade,
            sections=form.sections,
            quality=_quality(form.quality),
            rationale=texts.get(boxes.blind_box(moderation)),
            section_reasons=_reasons(form, moderation, texts, blind=True),
            answers=sealing.answers_of(form.answers, texts, boxes.own_boxes(moderation, blind=True)),
            overridden_limits=_overridden(form, texts, boxes.own_boxes(moderation, blind=True)),
            settings_version=settings.version,
        )

    async def moderation(
        self, state: Begun, form: ModerationForm, moderator: UUID, asked: Asked, texts_of: Sealing
    ) -> RecordModeration:
        """Return the command that a moderation is.

        Raises:
            Refused: there is none to record.

        """
        settings = self.settings(asked)
        moderation = form.moderation_id or _moderation_to_record(completed_of(state))
        texts = await texts_of(state.allocation, form.texts(moderation))
        return RecordModeration(
            at=asked.at,
            by=asked.by,
            tool=await self.tool(state.allocation),
            moderation_id=moderation,
            moderator=moderator,
            moderator_type=form.moderator_type,
            moderator_teams=policy.teams_not_to_moderate(settings, moderator),
            overall_grade=form.overall_grade,
            standing_grade=form.standing_grade,
            audit_quality=form.audit_quality,
            sections=form.sections,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            met_team_manager=form.met_team_manager,
            met_practitioner=form.met_practitioner,
            rationale=texts.get(boxes.moderation_box(moderation, "rationale")),
            concern_text=texts.get(boxes.moderation_box(moderation, "concern")),
            quality=_quality(form.quality),
            section_reasons=_reasons(form, moderation, texts),
            answers=sealing.answers_of(form.answers, texts, boxes.own_boxes(moderation)),
            overridden_limits=_overridden(form, texts, boxes.own_boxes(moderation)),
            meetings=tuple(Meeting(role=each.role, on=each.on, person=each.person) for each in form.meetings),
            feedback=texts.get(boxes.moderation_box(moderation, "feedback")),
            panel=_panel(settings, form.panel),
            terms=terms_of(settings, asked),
            settings_version=settings.version,
        )

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


def _quality(form: QualityForm | None) -> QualityOfAudit | None:
    return None if form is None else QualityOfAudit(**form.model_dump())


def _reasons(form: GradesForm, moderation: UUID, texts: Texts, *, blind: bool = False) -> Mapping[Code, SealedText]:
    named = {section: boxes.section_box(moderation, section, blind=blind) for section in form.section_reasons}
    return {section: texts[box] for section, box in named.items() if box in texts}


def _overridden(form: GradesForm, texts: Texts, before: str) -> Mapping[Code, SealedText]:
    return {limit: texts.get(before + limit_box(limit), sealing.NO_TEXT) for limit in form.overridden_limits}


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
