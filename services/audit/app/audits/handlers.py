"""What happens when an audit is asked for something: load, seal, apply the policy, decide, store, wake the relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

from services.audit.app import sealing
from services.audit.app.aggregates import CHILD
from services.audit.app.asking import Asked
from services.audit.app.audits import allocating
from services.audit.app.audits.unread import Unread
from services.audit.app.drafts import storing as draft_storing
from services.audit.app.drafts.service import Drafts
from services.audit.app.forms import (
    AllocationForm,
    AmendmentForm,
    CompletionForm,
    ConcernForm,
    ErasureForm,
    FollowUpForm,
    NewRecommendationForm,
    WithdrawalForm,
)
from services.audit.app.handling import Begun, Handling, Parts, completed_of
from services.audit.app.making import completion_of, completion_texts, recommendations_of
from services.audit.app.moderation import policy
from services.audit.app.moderation.policy_facts import facts_for
from services.audit.domain import refusals
from services.audit.domain.audits import commands, recommending
from services.audit.domain.audits.events import AuditAllocated, Event
from services.audit.domain.audits.states import Allocated, Completed, State, Withdrawn
from services.audit.domain.child import EraseChild
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.refusals import RETIRED_VERSION
from services.audit.domain.words import business_date
from shared.eventstore.database import Connection, Pool
from shared.eventstore.handling import Handled, handle
from shared.privacy.erasure import UnknownReference, erase


class Audits(Handling):
    """Everything that can be asked of an audit, each method one command."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.drafts = Drafts(parts)
        self.unread = Unread(parts)

    async def allocate(self, form: AllocationForm, audit_id: UUID, asked: Asked) -> Handled[State, Event]:
        """Allocate an audit; the child's and the auditor's references are found or made."""
        settings = self.settings(asked)
        tool = await allocating.tool_of(self.parts.tools, asked.authority, form)
        # Checked before any reference is made, so that a refused allocation leaves none behind.
        problems = tuple(allocating.problems_of(settings, form.organisation, form.service, form.kind, tool))
        earlier = (
            None
            if form.re_audit_of is None
            else await allocating.earlier_audit(self.parts.store, asked.authority, form.re_audit_of)
        )
        problems += tuple(allocating.problems_of_re_audit(form, tool, earlier))
        if not isinstance(tool, Problem):
            problems += tuple(allocating.problems_of_due_date(settings, form, tool))
        place = allocating.auditor_place(form)
        retired = not isinstance(tool, Problem) and await self.parts.tools.is_retired(asked.authority, tool, asked.at)
        if problems or isinstance(tool, Problem):
            problems += tuple(allocating.problems_of_plan(form, business_date(asked.at)))  # alone it is the decider's
            if earlier is not None:
                async with self.parts.pool.acquire() as connection:
                    known = await allocating.known_auditor(connection, self.parts.references, asked.authority, form)
                problems += tuple(allocating.problems_of_beginning(settings, earlier, known, place=place))
            raise allocating.AllocationInvalid((*problems, RETIRED_VERSION) if retired else problems)
        async with self.parts.pool.acquire() as connection:
            who = await allocating.named(connection, self.parts.references, asked.authority, form)
        if earlier is not None and earlier.allocation.place.case_reference != who.case_reference:
            raise allocating.AllocationInvalid([allocating.OF_ANOTHER_CHILD])
        command = allocating.command_of(settings, tool, form, audit_id=audit_id, who=who, asked=asked)
        # Refused by the decider, since a repeat is answered as before.
        command = replace(command, tool_retired=retired)
        if earlier is not None:
            again = tuple(allocating.problems_of_beginning(settings, earlier, who.auditor, place=place))
            command = replace(command, re_audit_faults=again)
        return await self.handle(audit_id, command, asked, expects_new=form.audit_id is None)

    async def flag(self, state: Begun, form: ConcernForm, asked: Asked) -> Handled[State, Event]:
        """Flag a concern; the authority's rules may select the audit for moderation, as when it is completed."""
        texts = await self.seal(state.allocation, [(sealing.CONCERN, form.text)])
        command = commands.FlagConcern(
            at=asked.at,
            by=asked.by,
            concern=form.concern,
            inadequate_likely=form.inadequate_likely,
            text=texts.get(sealing.CONCERN),
            moderation=policy.selection_of_flagged(
                self.settings(asked),
                state.allocation.audit_id,
                form.concern,
                inadequate_likely=form.inadequate_likely,
                flagged_on=business_date(asked.recorded_at),
            ),
        )
        return await self.handle(state.allocation.audit_id, command, asked)

    async def complete(self, state: Begun, form: CompletionForm, asked: Asked) -> Handled[State, Event]:
        """Complete an audit; the authority's policy may select it for moderation in the same breath."""
        allocation, audit_id = state.allocation, state.allocation.audit_id
        settings = self.settings(asked)
        tool = await self.tool(allocation)
        texts = await self.seal(allocation, completion_texts(form, audit_id))
        async with (
            facts_for(self.parts.pool, settings, allocation.place, allocation.auditor) as (facts, counted),
            self._ending_draft(allocation, counted) as connection,
        ):
            recorded_on = asked.recorded_on(allocation.auditor)
            command = completion_of(
                settings, tool, audit_id, form=form, texts=texts, asked=asked, facts=facts, recorded_on=recorded_on
            )
            handled = await self.handle(audit_id, command, asked, connection=connection)
        self.parts.wake()  # what was woken within the transaction saw nothing yet
        return handled

    async def complete_from_draft(self, state: Begun, asked: Asked) -> Handled[State, Event]:
        """Complete an audit as its draft has it; draft and completion change hands in one transaction."""
        allocation, audit_id = state.allocation, state.allocation.audit_id
        settings, tool = self.settings(asked), await self.tool(allocation)
        async with (
            facts_for(self.parts.pool, settings, allocation.place, allocation.auditor) as (facts, counted),
            _transaction(self.parts.pool, counted) as connection,
        ):
            stored = await draft_storing.take(connection, audit_id)
            if stored is None or not isinstance(state, Allocated):
                return await self.handle(audit_id, _again(state, tool, asked), asked, connection=connection)
            form = await self.drafts.completion(state, stored, asked)
            texts = await self.seal(allocation, completion_texts(form, audit_id))
            recorded_on = asked.recorded_on(allocation.auditor)
            command = completion_of(
                settings, tool, audit_id, form=form, texts=texts, asked=asked, facts=facts, recorded_on=recorded_on
            )
            handled = await self.handle(audit_id, command, asked, connection=connection)
            await draft_storing.drop(connection, audit_id)
        self.parts.wake()
        return handled

    async def amend(self, state: Begun, form: AmendmentForm, asked: Asked) -> Handled[State, Event]:
        """Amend a completed audit; texts that are not rewritten stay as they were sealed."""
        completed = completed_of(state)
        allocation = completed.allocation
        tool = await self.tool(allocation)
        child = allocation.place.case_reference
        texts = await sealing.reseal(self.parts.sealer, child, allocation.audit_id, form, completed.outcome)
        outcome = sealing.outcome_of(form, texts, tool)
        command = commands.AmendAudit(
            at=asked.at,
            by=asked.by,
            tool=tool,
            outcome=outcome,
            reason=form.reason,
            moderation=policy.selection_of_amended(
                self.settings(asked), allocation.audit_id, outcome, business_date(asked.at)
            ),
        )
        return await self.handle(state.allocation.audit_id, command, asked)

    async def withdraw(self, state: Begun, form: WithdrawalForm, asked: Asked) -> Handled[State, Event]:
        """Withdraw an audit; its draft, if it has one, is of no more use and goes with it."""
        command = commands.WithdrawAudit(at=asked.at, by=asked.by, reason=form.reason)
        async with self._ending_draft(state.allocation) as connection:
            handled = await self.handle(state.allocation.audit_id, command, asked, connection=connection)
        self.parts.wake()
        return handled

    async def recommend(
        self, state: Begun, form: NewRecommendationForm, recommendation_id: UUID, asked: Asked
    ) -> Handled[State, Event]:
        """Make a recommendation after completion."""
        allocation = state.allocation
        id_ = form.recommendation.id or recommendation_id
        box = f"recommendations/{id_}"
        texts = await self.seal(allocation, [(box, form.recommendation.text)])
        [recommendation] = recommendations_of(
            self.settings(asked),
            allocation.audit_id,
            [form.recommendation.model_copy(update={"id": id_})],
            texts,
            asked.at,
            place=recommending.ALONE,
        )
        command = commands.MakeRecommendation(at=asked.at, by=asked.by, recommendation=recommendation)
        return await self.handle(state.allocation.audit_id, command, asked)

    async def follow_up(
        self, state: Begun, recommendation_id: UUID, form: FollowUpForm, asked: Asked
    ) -> Handled[State, Event]:
        """Say how a recommendation was followed up."""
        box = f"recommendations/{recommendation_id}/follow-up"
        texts = await self.seal(state.allocation, [(box, form.text)])
        command = commands.FollowUpRecommendation(
            at=asked.at,
            by=asked.by,
            recommendation_id=recommendation_id,
            discussed_in_supervision_on=form.discussed_in_supervision_on,
            done=form.done,
            made_a_difference=form.made_a_difference,
            text=texts.get(box),
        )
        return await self.handle(state.allocation.audit_id, command, asked)

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
            await draft_storing.drop_of_children(connection, [reference])
            if done.unlinked is not None:
                await handle(self.parts.store, CHILD, reference, command, asked.meta(), connection=connection)
        self.parts.wake()
        return done.unlinked is not None

    @asynccontextmanager
    async def _ending_draft(
        self, allocation: AuditAllocated, given: Connection | None = None
    ) -> AsyncIterator[Connection]:
        """Give a connection in whose transaction the audit's draft goes, if the audit's end is stored in it too.

        Whoever writes in the draft meanwhile waits, also where there was none, and then finds the audit ended.
        """
        audit_id = allocation.audit_id
        async with _transaction(self.parts.pool, given) as connection:
            await draft_storing.hold(connection, audit_id, allocation.place.case_reference)
            yield connection
            await draft_storing.drop(connection, audit_id)

    async def _erased_here(self, reference: UUID, authority: str) -> bool:
        stream = await self.parts.store.load(reference)
        return bool(stream.events) and stream.events[0].authority == authority


def _again(state: Begun, tool: ToolDocument, asked: Asked) -> commands.CompleteAudit:
    """Return a completion without a draft: the same again where it is completed, and nothing else.

    Raises:
        NothingDrafted: there is neither.

    """
    before = state.before if isinstance(state, Withdrawn) else state
    if not isinstance(before, Completed):
        raise refusals.AuditIsWithdrawn if isinstance(state, Withdrawn) else refusals.NothingDrafted
    return commands.CompleteAudit(
        at=asked.at,
        by=asked.by,
        tool=tool,
        outcome=before.completion.outcome,
        recommendations=before.completion.recommendations,
    )


@asynccontextmanager
async def _transaction(pool: Pool, given: Connection | None) -> AsyncIterator[Connection]:
    """Give a connection in a transaction: the one there is, or a new one."""
    if given is not None:
        yield given
        return
    async with pool.acquire() as connection, connection.transaction():
        yield connection
