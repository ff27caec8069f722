"""HTTP routes of the practitioner whose work is audited: told at the start, heard, shown the outcome, and answering."""

# ruff: noqa: FAST003 - the id in the address is taken in by sent_to_audit, which ruff does not look into
from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body

from services.audit.adapters import bodies
from services.audit.adapters.examples import PRACTITIONER_FEEDBACK, PRACTITIONER_RESPONSE
from services.audit.adapters.http_asking import AfterOf, AuthorityOf, LimitOf, authority_for
from services.audit.adapters.http_beginning import Beginning, Sent, answered, check, sent_to_audit
from services.audit.app import access
from services.audit.app.audits.practising import Practising
from services.audit.app.audits.practitioner_views import PractitionerPage, PractitionerView
from services.audit.app.audits.views import AuditAnswer
from services.audit.app.forms import Form, PractitionerFeedbackForm, PractitionerResponseForm
from shared.web.access import allowed
from shared.web.principal import Principal, Role
from shared.web.seen import VersionedRoute

_SPEAKING = (Role.PRACTITIONER, *access.RUNNING)
"""The practitioner, and the QA unit writing down what a practitioner said."""


def practitioner_router(practising: Practising, begin: Beginning) -> APIRouter:
    """Build the routes of the practitioner; they stand before those of one audit, whose ids they are not."""
    router = APIRouter(prefix="/v1/audits", tags=["practitioner"], route_class=VersionedRoute)

    @router.get("/mine-as-practitioner", summary="List the audits of your own work")
    async def mine(
        authority: AuthorityOf = None,
        limit: LimitOf = 100,
        after: AfterOf = None,
        principal: Principal = allowed(Role.PRACTITIONER),
    ) -> PractitionerPage:
        """Return the audits that name you as the practitioner, from the day they are allocated."""
        return await practising.mine(principal, authority_for(principal, authority), limit, after)

    @router.get("/{audit_id}/as-practitioner", summary="Read an audit of your own work")
    async def read(audit_id: UUID, principal: Principal = allowed(Role.PRACTITIONER)) -> PractitionerView:
        """Return the audit with its outcome, once it is completed; what moderators wrote is not part of it."""
        return await practising.audit(audit_id, principal)

    @router.post("/{audit_id}/practitioner-feedback", summary="Give the practitioner's feedback")
    async def feedback(
        body: Annotated[bodies.Body[PractitionerFeedbackForm], Body(openapi_examples=PRACTITIONER_FEEDBACK)],
        sent: Sent = sent_to_audit(*_SPEAKING),
    ) -> AuditAnswer:
        """Give feedback, before completion or after; given before, it is the outcome's practitioner feedback."""
        state, asked = await begin(sent, body.form or Form(), as_practitioner=True)
        check(
            may=access.speaks_as_practitioner(sent.principal, state.allocation),
            whose="Feedback is given by the practitioner, or written down by the QA unit.",
        )
        form = await bodies.whole(body, asked, partial(practising.of_unread_feedback, state))
        return answered(await practising.give_feedback(state, form, asked))

    @router.post("/{audit_id}/practitioner-response", summary="Answer the outcome")
    async def respond(
        body: Annotated[bodies.Body[PractitionerResponseForm], Body(openapi_examples=PRACTITIONER_RESPONSE)],
        sent: Sent = sent_to_audit(*_SPEAKING),
    ) -> AuditAnswer:
        """Say whether you agree with the outcome; one that was amended or moderated since may be answered anew."""
        state, asked = await begin(sent, body.form or Form(), as_practitioner=True)
        check(
            may=access.speaks_as_practitioner(sent.principal, state.allocation),
            whose="The outcome is answered by the practitioner, or the QA unit writes their answer down.",
        )
        form = await bodies.whole(body, asked, bodies.nothing_else)
        return answered(await practising.respond(state, form, asked))

    return router
