"""What happens when an audit is asked for something: load, seal, apply the policy, decide, store, wake the relay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.audit.app import allocating, policy, sealing
from services.audit.app.aggregates import AUDIT, CHILD
from services.audit.app.asking import Asked
from services.audit.app.forms import (
    AllocationForm,
    AmendmentForm,
    CompletionForm,
    ConcernForm,
    ErasureForm,
    FollowUpForm,
    ModerationForm,
    ModerationRequestForm,
    NewRecommendationForm,
    WithdrawalForm,
)
from services.audit.app.making import completion_of, recommendation_id, recommendations_of, settings_on
from services.audit.app.sealing import Texts
from services.audit.app.tools import Tools
from services.audit.domain import commands, refusals
from services.audit.domain.child import EraseChild
from services.audit.domain.commands import Command
from services.audit.domain.events import AuditAllocated, Event
from services.audit.domain.states import Allocated, Completed, State, Withdrawn
from services.audit.domain.tool import ToolDocument
from services.audit.domain.words import business_date
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Pool
from shared.eventstore.handling import Handled, handle
from shared.eventstore.store import EventStore
from shared.privacy.erasure import UnknownReference, erase
from shared.privacy.keystore import KeyStore
from shared.privacy.references import References
from shared.privacy.sealing import Sealer


@dataclass(frozen=True, slots=True)
class Parts:
    """What the handlers work with."""

    store: EventStore
    pool: Pool
    keys: KeyStore
    sealer: Sealer
    references: References
    authorities: Authorities
    tools: Tools
    wake: Callable[[], None]
    clock: Callable[[], datetime]


Begun = Allocated | Completed | Withdrawn
"""An audit as it stood when the request came; the decider sees it as it stands by then."""


class Audits:
    """Everything that can be asked of an audit, each method one command."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def settings(self, asked: Asked) -> AuthoritySettings:
        """Return the settings on the day it happened; the newest where that was before the first ones."""
        return settings_on(self.parts.authorities, asked.authority, business_date(asked.at))

    async def allocate(self, form: AllocationForm, audit_id: UUID, asked: Asked) -> Handled[State, Event]:
        """Allocate an audit; the child's and the auditor's references are found or made."""
        settings = self.settings(asked)
        tool = await self.parts.tools.get(asked.authority, form.tool, form.tool_version)
        # Checked before any reference is made, so that a refused allocation leaves none behind.
        problems = tuple(allocating.problems_of(settings, form.organisation, form.service, form.kind, tool))
        if problems:
            raise allocating.AllocationInvalid(problems)
        async with self.parts.pool.acquire() as connection:
            who = await allocating.named(connection, self.parts.references, asked.authority, form)
        command = allocating.command_of(settings, tool, form, audit_id=audit_id, who=who, asked=asked)
        return await self._handle(audit_id, command, asked, expects_new=form.audit_id is None)

    async def flag(self, state: Begun, form: ConcernForm, asked: Asked) -> Handled[State, Event]:
        """Flag a concern."""
        texts = await self._seal(state.allocation, [(sealing.CONCERN, form.text)])
        command = commands.FlagConcern(
            at=asked.at,
            by=asked.by,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            text=texts.get(sealing.CONCERN),
        )
        return await self._handle(state.allocation.audit_id, command, asked)

    async def complete(self, state: Begun, form: CompletionForm, asked: Asked) -> Handled[State, Event]:
        """Complete an audit; the authority's policy may select it for moderation in the same breath."""
        allocation, audit_id = state.allocation, state.allocation.audit_id
        settings = self.settings(asked)
        tool = await self._tool(allocation)
        ids = [each.id or recommendation_id(audit_id, n) for n, each in enumerate(form.recommendations, 1)]
        boxes = [(f"recommendations/{id_}", each.text) for id_, each in zip(ids, form.recommendations, strict=True)]
        texts = await self._seal(allocation, [*form.texts(), *boxes])
        command = completion_of(settings, tool, audit_id, form=form, texts=texts, asked=asked)
        return await self._handle(state.allocation.audit_id, command, asked)

    async def amend(self, state: Begun, form: AmendmentForm, asked: Asked) -> Handled[State, Event]:
        """Amend a completed audit; texts that are not rewritten stay as they were sealed."""
        completed = _completed(state)
        allocation = completed.allocation
        tool = await self._tool(allocation)
        child = allocation.place.case_reference
        texts = await sealing.reseal(self.parts.sealer, child, allocation.audit_id, form, completed.outcome)
        command = commands.AmendAudit(
            at=asked.at, by=asked.by, tool=tool, outcome=sealing.outcome_of(form, texts), reason=form.reason
        )
        return await self._handle(state.allocation.audit_id, command, asked)

    async def withdraw(self, state: Begun, form: WithdrawalForm, asked: Asked) -> Handled[State, Event]:
        """Withdraw an audit."""
        command = commands.WithdrawAudit(at=asked.at, by=asked.by, reason=form.reason)
        return await self._handle(state.allocation.audit_id, command, asked)

    async def request_moderation(
        self, state: Begun, form: ModerationRequestForm, asked: Asked
    ) -> Handled[State, Event]:
        """Ask for a moderation beside the policy, or for a second one."""
        completed = _completed(state)
        settings = self.settings(asked)
        number = len(completed.moderations) + (completed.open_moderation is None)
        selection = commands.ModerationSelection(
            moderation_id=policy.moderation_id(state.allocation.audit_id, number),
            selected_because=form.selected_because,
            policy_version=policy.policy_version(settings),
            due_on=form.due_on or business_date(asked.at) + timedelta(days=settings.moderation.within_days),
            moderator=form.moderator,
            blind=settings.moderation.blind if form.blind is None else form.blind,
        )
        command = commands.RequestModeration(at=asked.at, by=asked.by, selection=selection)
        return await self._handle(state.allocation.audit_id, command, asked)

    async def moderate(
        self, state: Begun, form: ModerationForm, moderator: UUID, asked: Asked
    ) -> Handled[State, Event]:
        """Record what a moderator found."""
        settings = self.settings(asked)
        tool = await self._tool(state.allocation)
        moderation = form.moderation_id or _moderation_to_record(_completed(state))
        texts = await self._seal(
            state.allocation,
            [
                (f"moderations/{moderation}/rationale", form.rationale),
                (f"moderations/{moderation}/concern", form.concern_text),
            ],
        )
        command = commands.RecordModeration(
            at=asked.at,
            by=asked.by,
            tool=tool,
            moderation_id=moderation,
            moderator=moderator,
            moderator_type=form.moderator_type,
            moderator_teams=policy.own_teams(settings, moderator),
            own_team_allowed=settings.moderation.own_team_allowed,
            overall_grade=form.overall_grade,
            standing_grade=form.standing_grade,
            audit_quality=form.audit_quality,
            sections=form.sections,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            met_team_manager=form.met_team_manager,
            met_practitioner=form.met_practitioner,
            rationale=texts.get(f"moderations/{moderation}/rationale"),
            concern_text=texts.get(f"moderations/{moderation}/concern"),
        )
        return await self._handle(state.allocation.audit_id, command, asked)

    async def recommend(
        self, state: Begun, form: NewRecommendationForm, recommendation_id: UUID, asked: Asked
    ) -> Handled[State, Event]:
        """Make a recommendation after completion."""
        allocation = state.allocation
        id_ = form.recommendation.id or recommendation_id
        box = f"recommendations/{id_}"
        texts = await self._seal(allocation, [(box, form.recommendation.text)])
        [recommendation] = recommendations_of(
            self.settings(asked),
            allocation.audit_id,
            [form.recommendation.model_copy(update={"id": id_})],
            texts,
            asked,
        )
        command = commands.MakeRecommendation(at=asked.at, by=asked.by, recommendation=recommendation)
        return await self._handle(state.allocation.audit_id, command, asked)

    async def follow_up(
        self, state: Begun, recommendation_id: UUID, form: FollowUpForm, asked: Asked
    ) -> Handled[State, Event]:
        """Say how a recommendation was followed up."""
        box = f"recommendations/{recommendation_id}/follow-up"
        texts = await self._seal(state.allocation, [(box, form.text)])
        command = commands.FollowUpRecommendation(
            at=asked.at,
            by=asked.by,
            recommendation_id=recommendation_id,
            discussed_in_supervision_on=form.discussed_in_supervision_on,
            done=form.done,
            made_a_difference=form.made_a_difference,
            text=texts.get(box),
        )
        return await self._handle(state.allocation.audit_id, command, asked)

    async def erase_child(self, reference: UUID, form: ErasureForm, asked: Asked) -> bool:
        """Erase a child: key, link and event; False where it had been erased before.

        Raises:
            ChildUnknown: no child of the authority has the reference; nothing was destroyed.

        """
        references, at = self.parts.references, asked.at
        command = EraseChild(at=at, by=asked.by, case_reference=reference, reason=form.reason)
        async with self.parts.pool.acquire() as connection, connection.transaction():
            authority = await references.authority_of(connection, reference)
            if authority != asked.authority and not await self._erased_here(reference, asked.authority):
                raise allocating.ChildUnknown
            try:
                done = await erase(self.parts.keys, references, connection, reference, asked.recorded_at)
            except UnknownReference:
                raise allocating.ChildUnknown from None
            if done.unlinked is not None:
                await handle(self.parts.store, CHILD, reference, command, asked.meta(), connection=connection)
        self.parts.wake()
        return done.unlinked is not None

    async def _erased_here(self, reference: UUID, authority: str) -> bool:
        stream = await self.parts.store.load(reference)
        return bool(stream.events) and stream.events[0].authority == authority

    async def _handle(
        self, audit_id: UUID, command: Command, asked: Asked, *, expects_new: bool = False
    ) -> Handled[State, Event]:
        handled = await handle(self.parts.store, AUDIT, audit_id, command, asked.meta(), expects_new=expects_new)
        self.parts.wake()
        return handled

    async def _tool(self, allocation: AuditAllocated) -> ToolDocument:
        return await self.parts.tools.get(allocation.authority, allocation.tool, allocation.tool_version)

    async def _seal(self, allocation: AuditAllocated, boxes: Sequence[tuple[str, str | None]]) -> Texts:
        return await sealing.seal(self.parts.sealer, allocation.place.case_reference, allocation.audit_id, boxes)


def _completed(state: Begun) -> Completed:
    """Return the completed audit that a form speaks of; what became of it since is the decider's to judge."""
    before = state.before if isinstance(state, Withdrawn) else state
    if isinstance(before, Completed):
        return before
    raise refusals.AuditIsWithdrawn if isinstance(state, Withdrawn) else refusals.AuditNotCompleted


def _moderation_to_record(state: Completed) -> UUID:
    """Return the open moderation, or the last one done: whoever comes second is then told it is recorded."""
    waiting = state.open_moderation
    if waiting is not None:
        return waiting.requested.moderation_id
    if state.last_moderation is not None:
        return state.last_moderation.moderation_id
    raise refusals.ModerationNotRequested
