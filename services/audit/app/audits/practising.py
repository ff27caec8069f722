"""The practitioner's part: which audits concern them, their feedback, the outcome, and their answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.audit.app import readings, sealing
from services.audit.app.aggregates import AUDIT
from services.audit.app.asking import Asked
from services.audit.app.audits.practitioner_views import (
    FEEDBACK_BOX,
    RESPONSE_BOX,
    PractitionerPage,
    PractitionerView,
    may_read,
    row_of,
    view_of,
)
from services.audit.app.forms import PractitionerFeedbackForm, PractitionerResponseForm, answer_texts
from services.audit.app.handling import Begun, Handling
from services.audit.app.sealing import Texts
from services.audit.app.texts import texts_of
from services.audit.app.unread import faults_of, told
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.practitioner import GivePractitionerFeedback, RespondToOutcome
from services.audit.domain.audits.states import NotAllocated, State
from services.audit.domain.refusals import AuditNotFound, NotThePractitioner, Problem
from services.audit.domain.tools.document import ToolDocument
from shared.eventstore.handling import Handled, fold
from shared.web.principal import Principal


class Practising(Handling):
    """Everything a practitioner may ask of audits of their work."""

    async def mine(self, principal: Principal, authority: str, limit: int, after: UUID | None) -> PractitionerPage:
        """Return a page of the audits that concern the caller, oldest first."""
        rows = await self.parts.store.find(
            AUDIT.category,
            authority=authority,
            where={"practitioner": str(principal.person)},
            limit=limit + 1,
            after=after,
        )
        page = rows[:limit]
        return PractitionerPage(
            audits=tuple(row_of(row) for row in page), after=page[-1].stream_id if len(rows) > limit else None
        )

    async def audit(self, audit_id: UUID, principal: Principal) -> PractitionerView:
        """Return an audit as its practitioner sees it; that texts were read is recorded.

        Raises:
            AuditNotFound: there is none of the caller's work.

        """
        stream = await self.parts.store.load(audit_id)
        state = fold(AUDIT, stream.events) if stream.events and stream.events[0].category == AUDIT.category else None
        if state is None or isinstance(state, NotAllocated):
            raise AuditNotFound
        allocation = state.allocation
        if not principal.belongs_to(allocation.authority) or allocation.practitioner != principal.person:
            raise AuditNotFound
        sealed = texts_of(AUDIT.from_json(stored.type, stored.data) for stored in stream.events)
        shown = {box: text for box, text in sealed.items() if may_read(box)}
        texts = await sealing.unseal(self.parts.sealer, allocation.place.case_reference, audit_id, shown)
        async with self.parts.pool.acquire() as connection:
            what, at = "audit-as-practitioner", self.parts.clock()
            await readings.record(connection, principal, allocation, what=what, boxes=texts, at=at)
        return view_of(state, stream.version, texts, await self.tool(allocation))

    async def give_feedback(self, state: Begun, form: PractitionerFeedbackForm, asked: Asked) -> Handled[State, Event]:
        """Take the practitioner's feedback."""
        allocation = state.allocation
        texts = await self.seal(allocation, _feedback_texts(form))
        command = _feedback_of(form, texts, await self.tool(allocation), _practitioner(state), asked)
        return await self.handle(allocation.audit_id, command, asked)

    async def of_unread_feedback(
        self, state: Begun, form: PractitionerFeedbackForm, asked: Asked, unread: Sequence[str]
    ) -> list[Problem]:
        """Return what else is wrong with feedback that cannot be read whole; nothing is sealed, nothing is stored."""
        tool, texts = await self.tool(state.allocation), sealing.present(_feedback_texts(form))
        step = faults_of(lambda: decide(_feedback_of(form, texts, tool, _practitioner(state), asked), state))
        return told(step, unread, tool)

    async def respond(self, state: Begun, form: PractitionerResponseForm, asked: Asked) -> Handled[State, Event]:
        """Take the practitioner's answer to the outcome."""
        allocation = state.allocation
        texts = await self.seal(allocation, [(RESPONSE_BOX, form.text)])
        command = RespondToOutcome(
            at=asked.at,
            by=asked.by,
            practitioner=_practitioner(state),
            agrees=form.agrees,
            text=texts.get(RESPONSE_BOX),
        )
        return await self.handle(allocation.audit_id, command, asked)


def _feedback_texts(form: PractitionerFeedbackForm) -> list[tuple[str, str | None]]:
    return [(FEEDBACK_BOX, form.text), *answer_texts(form.answers)]


def _feedback_of(
    form: PractitionerFeedbackForm, texts: Texts, tool: ToolDocument, practitioner: UUID, asked: Asked
) -> GivePractitionerFeedback:
    return GivePractitionerFeedback(
        at=asked.at,
        by=asked.by,
        tool=tool,
        practitioner=practitioner,
        score=form.score,
        text=texts.get(FEEDBACK_BOX),
        answers=sealing.answers_of(form.answers, texts),
    )


def _practitioner(state: Begun) -> UUID:
    if state.allocation.practitioner is None:
        raise NotThePractitioner
    return state.allocation.practitioner
