"""HTTP routes of moderation: ask for one, give grades blind, record it, dispute its grade, settle the dispute."""

# ruff: noqa: FAST003 - the id in the address is taken in by sent_to_audit, which ruff does not look into
from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body
from uuid_utils.compat import uuid7

from services.audit.adapters import bodies
from services.audit.adapters.http_asking import not_yours
from services.audit.adapters.http_beginning import Beginning, Sent, answered, check, sent_to_audit
from services.audit.adapters.moderation_examples import (
    BLIND_GRADES,
    DISPUTE,
    MODERATION,
    REFLECTIVE_NOTE,
    SETTLEMENT,
)
from services.audit.adapters.qa_examples import MODERATION_REQUEST
from services.audit.app import access
from services.audit.app.audits.views import AuditAnswer
from services.audit.app.forms import Form
from services.audit.app.handling import Begun
from services.audit.app.moderation import access as moderation_access
from services.audit.app.moderation.forms import (
    BlindGradesForm,
    DisputeForm,
    ModerationForm,
    ModerationRequestForm,
    ReflectiveNoteForm,
    SettlementForm,
)
from services.audit.app.moderation.handlers import Moderations
from shared.web.principal import Principal, Role
from shared.web.problems import FieldProblem, invalid
from shared.web.seen import VersionedRoute

_MODERATOR_MISSING = FieldProblem(
    field="moderator",
    place="body/moderator",
    message="The token stands for nobody in particular.",
    way_out="Name the moderator by their reference.",
)


def moderation_router(moderations: Moderations, begin: Beginning) -> APIRouter:
    """Build the routes of moderation."""
    router = APIRouter(prefix="/v1/audits", tags=["moderation"], route_class=VersionedRoute)

    @router.post("/{audit_id}/moderation-request", summary="Ask for a moderation")
    async def request_moderation(
        form: Annotated[ModerationRequestForm, Body(openapi_examples=MODERATION_REQUEST)],
        sent: Sent = sent_to_audit(*access.RUNNING),
    ) -> AuditAnswer:
        """Ask for a moderation beside the authority's policy, or for a second one."""
        state, asked = await begin(sent, form)
        check(may=access.runs(sent.principal, state.allocation), whose="A moderation is asked for by the QA unit.")
        return answered(await moderations.request(state, form, asked))

    @router.post("/{audit_id}/moderation/blind-grades", summary="Give a blind moderator's grades")
    async def grade_blind(
        body: Annotated[bodies.Body[BlindGradesForm], Body(openapi_examples=BLIND_GRADES)],
        sent: Sent = sent_to_audit(Role.MODERATOR, *access.RUNNING),
    ) -> AuditAnswer:
        """Give your own grades before the auditor's are shown to you. They are kept, whatever you record after."""
        state, asked = await begin(sent, body.form or Form())
        moderator = _moderator(sent.principal, state, body)
        form = await bodies.whole(body, asked, partial(moderations.unread.of_blind_grades, state, moderator))
        return answered(await moderations.grade_blind(state, form, moderator, asked))

    @router.post("/{audit_id}/moderation", summary="Record a moderation")
    async def moderate(
        body: Annotated[bodies.Body[ModerationForm], Body(openapi_examples=MODERATION)],
        sent: Sent = sent_to_audit(Role.MODERATOR, *access.RUNNING),
    ) -> AuditAnswer:
        """Record what a moderator found. Of two moderators of one moderation the second is told it is recorded.

        Too far from the auditor's grade, by the authority's policy, it opens a dispute by itself. The moderation that
        a dispute asked for settles it, and that decision is final.
        """
        state, asked = await begin(sent, body.form or Form())
        moderator = _moderator(sent.principal, state, body)
        form = await bodies.whole(body, asked, partial(moderations.unread.of_moderation, state, moderator))
        return answered(await moderations.record(state, form, moderator, asked))

    @router.post("/{audit_id}/dispute", status_code=201, summary="Dispute a moderated grade")
    async def dispute(
        body: Annotated[bodies.Body[DisputeForm], Body(openapi_examples=DISPUTE)],
        sent: Sent = sent_to_audit(*moderation_access.DISPUTERS, *access.RUNNING),
    ) -> AuditAnswer:
        """Dispute the grade that the last moderation left standing, as the auditee's manager.

        A second moderator or a panel decides, by the authority's policy, and nobody who audited, moderated or disputed.
        """
        state, asked = await begin(sent, body.form or Form())
        check(
            may=moderation_access.disputes(sent.principal, state.allocation),
            whose="A grade is disputed by the auditee's manager.",
        )
        form = await bodies.whole(body, asked, bodies.nothing_else)
        return answered(await moderations.dispute(state, form, asked))

    @router.post("/{audit_id}/disputes/{dispute_id}/settlement", summary="Settle a dispute")
    async def settle(
        *,
        dispute_id: UUID,
        body: Annotated[bodies.Body[SettlementForm], Body(openapi_examples=SETTLEMENT)],
        sent: Sent = sent_to_audit(Role.QA_MANAGER, Role.SERVICE),
    ) -> AuditAnswer:
        """Write down a panel's decision, or that there is nothing to decide. It is final."""
        state, asked = await begin(sent, body.form or Form())
        check(
            may=moderation_access.settles(sent.principal, state.allocation),
            whose="A dispute is settled by the QA manager, for its panel.",
        )
        form = await bodies.whole(body, asked, partial(moderations.unread.of_settlement, state, dispute_id))
        return answered(await moderations.settle(state, dispute_id, form, asked))

    @router.post("/{audit_id}/reflective-note", status_code=201, summary="Record a reflective case note")
    async def note(
        body: Annotated[bodies.Body[ReflectiveNoteForm], Body(openapi_examples=REFLECTIVE_NOTE)],
        sent: Sent = sent_to_audit(*moderation_access.DISPUTERS, *access.RUNNING),
    ) -> AuditAnswer:
        """Record the discussion of a manager who disagrees with the outcome; the text stays with the audit."""
        state, asked = await begin(sent, body.form or Form())
        check(
            may=moderation_access.disputes(sent.principal, state.allocation),
            whose="A reflective note is recorded by the auditee's manager.",
        )
        form = await bodies.whole(body, asked, moderations.unread.of_note)
        return answered(await moderations.note(state, form, form.note_id or uuid7(), asked))

    return router


def _moderator(
    principal: Principal, state: Begun, body: bodies.Body[BlindGradesForm] | bodies.Body[ModerationForm]
) -> UUID:
    """Return who moderates: the caller, or whom the QA unit names.

    Raises:
        Problem: the audit is not theirs to moderate, or nobody in particular is named.

    """
    named = None if body.form is None else body.form.moderator
    if not access.moderates(principal, state.allocation, access.moderators_of(state)):
        raise not_yours("A moderation is recorded by a moderator of that part of the authority.")
    moderator = named or principal.person
    if moderator != principal.person and not access.on_behalf(principal):
        raise not_yours("Only the QA unit records a moderation on another person's behalf.")
    if moderator == access.NOBODY and not body.faults:
        raise invalid([_MODERATOR_MISSING])
    return moderator
