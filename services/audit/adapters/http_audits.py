"""HTTP routes of audits: allocate, list, read, and each thing that can be asked of one."""

# ruff: noqa: FAST003 - the id in the address is taken in by sent_to_audit, which ruff does not look into
from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request
from uuid_utils.compat import uuid7

from services.audit.adapters import bodies
from services.audit.adapters.examples import (
    ALLOCATION,
    AMENDMENT,
    COMPLETION,
    CONCERN,
    FOLLOW_UP,
    RECOMMENDATION,
)
from services.audit.adapters.http_asking import (
    AfterOf,
    Asking,
    AuthorityOf,
    LimitOf,
    OrganisationOf,
    authority_for,
    levels_of,
)
from services.audit.adapters.http_beginning import Beginning, Sent, answered, check, sent_to_audit
from services.audit.adapters.qa_examples import WITHDRAWAL
from services.audit.app import access
from services.audit.app.audits.handlers import Audits
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.views import AuditAnswer, AuditPage, AuditView
from services.audit.app.forms import (
    AllocationForm,
    AmendmentForm,
    CompletionForm,
    ConcernForm,
    FollowUpForm,
    Form,
    NewRecommendationForm,
    WithdrawalForm,
)
from services.audit.domain.words import Code, business_date
from shared.web.access import allowed, check_scope
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.seen import VersionedRoute


def audits_router(audits: Audits, queries: Queries, asking: Asking) -> APIRouter:  # noqa: C901 - one route after the other, each a few lines
    """Build the routes of audits."""
    router = APIRouter(prefix="/v1/audits", tags=["audits"], route_class=VersionedRoute)
    begin = Beginning(queries, asking)

    @router.post("", status_code=201, summary="Allocate an audit")
    async def allocate(
        request: Request,
        body: Annotated[bodies.Body[AllocationForm], Body(openapi_examples=ALLOCATION)],
        idempotency: IdempotencyOf,
        authority: AuthorityOf = None,
        principal: Principal = allowed(*access.RUNNING),
    ) -> AuditAnswer:
        """Give an auditor a child's file to audit. The case number is turned into a random reference at once."""
        key = authority_for(principal, authority)
        if body.form is not None and not any(place.startswith("organisation") for place in body.unread):
            check_scope(principal, key, str(body.form.organisation))
        happened_at = None if body.form is None else body.form.happened_at
        asked = asking(request, principal, idempotency, authority=key, happened_at=happened_at)
        form = await bodies.whole(body, asked, audits.unread.of_allocation)
        return answered(await audits.allocate(form, form.audit_id or uuid7(), asked))

    @router.get("", summary="List audits within your own")
    async def list_audits(
        *,
        authority: AuthorityOf = None,
        status: Annotated[str | None, Query(pattern="^(allocated|completed|withdrawn)$")] = None,
        organisation: OrganisationOf = None,
        auditor: UUID | None = None,
        moderator: UUID | None = None,
        cycle: Code | None = None,
        kind: Code | None = None,
        due_on: date | None = None,
        due_before: date | None = None,
        overdue: Annotated[bool, Query(description="only those not completed though their day is past")] = False,
        late: Annotated[bool | None, Query(description="whether it was completed after its day")] = None,
        dispute: Annotated[str | None, Query(pattern="^(none|open|settled)$")] = None,
        moderation: Annotated[str | None, Query(pattern="^(none|requested|done)$")] = None,
        re_audit: Annotated[
            str | None,
            Query(pattern="^(asked|allocated|done)$", description="how an asked re-audit stands"),
        ] = None,
        case_reference: UUID | None = None,
        limit: LimitOf = 100,
        after: AfterOf = None,
        principal: Principal = allowed(*access.READERS),
    ) -> AuditPage:
        """Return audits, oldest first: an auditor's own, a moderator's and a manager's within their scope."""
        wanted = {
            **levels_of(organisation),
            "auditor": auditor,
            "moderator": moderator,
            "cycle": cycle,
            "kind": kind,
            "due_on": due_on,
            "moderation": moderation,
            "case_reference": case_reference,
            "dispute": dispute,
            "re_audit": re_audit,
        }
        where: dict[str, Any] = {field: str(value) for field, value in wanted.items() if value is not None}
        if late is not None:
            where["late"] = late
        days = [day for day in (due_before, business_date(audits.parts.clock()) if overdue else None) if day]
        if overdue and status not in {None, "allocated"}:
            return AuditPage(audits=())
        return await queries.audits(
            principal,
            authority=authority_for(principal, authority),
            where=where,
            below={"due_on": min(days).isoformat()} if days else None,
            status="allocated" if overdue else status,
            limit=limit,
            after=after,
        )

    @router.get("/{audit_id}", summary="Read an audit")
    async def read(
        audit_id: UUID,
        text: Annotated[
            bool, Query(description="false: without case number and texts, and no reading is recorded")
        ] = True,
        principal: Principal = allowed(*access.READERS),
    ) -> AuditView:
        """Return an audit as it stands; case number and texts only for those who may read them, which is recorded."""
        return await queries.audit(audit_id, principal, with_text=text)

    @router.post("/{audit_id}/concern", summary="Flag a concern")
    async def flag(
        form: Annotated[ConcernForm, Body(openapi_examples=CONCERN)],
        sent: Sent = sent_to_audit(Role.AUDITOR, Role.MODERATOR, Role.TEAM_MANAGER, *access.RUNNING),
    ) -> AuditAnswer:
        """Flag a practice or safeguarding concern at any time; it goes out at once."""
        state, asked = await begin(sent, form)
        check(
            may=access.flags(sent.principal, state.allocation, access.moderators_of(state)),
            whose="A concern is flagged by the auditor, a moderator, the team manager or the QA unit.",
        )
        return answered(await audits.flag(state, form, asked))

    @router.post("/{audit_id}/completion", summary="Complete an audit")
    async def complete(
        body: Annotated[bodies.Body[CompletionForm] | None, Body(openapi_examples=COMPLETION)] = None,
        sent: Sent = sent_to_audit(Role.AUDITOR, *access.RUNNING),
    ) -> AuditAnswer:
        """Complete an audit: the answers are held to its tool and every fault is listed at once.

        Without a body it is completed as its draft has it.
        """
        state, asked = await begin(sent, (None if body is None else body.form) or Form())
        check(
            may=access.completes(sent.principal, state.allocation),
            whose="An audit is completed by its auditor or the QA unit.",
        )
        if body is None:
            return answered(await audits.complete_from_draft(state, asked))
        form = await bodies.whole(body, asked, partial(audits.unread.of_completion, state))
        return answered(await audits.complete(state, form, asked))

    @router.post("/{audit_id}/amendment", summary="Amend a completed audit")
    async def amend(
        body: Annotated[bodies.Body[AmendmentForm], Body(openapi_examples=AMENDMENT)],
        sent: Sent = sent_to_audit(Role.AUDITOR, *access.RUNNING),
    ) -> AuditAnswer:
        """Correct a completed audit: both versions are kept, its dates never change."""
        state, asked = await begin(sent, body.form or Form())
        check(
            may=access.completes(sent.principal, state.allocation),
            whose="An audit is amended by its auditor or the QA unit.",
        )
        form = await bodies.whole(body, asked, partial(audits.unread.of_amendment, state))
        return answered(await audits.amend(state, form, asked))

    @router.post("/{audit_id}/withdrawal", summary="Withdraw an audit")
    async def withdraw(
        form: Annotated[WithdrawalForm, Body(openapi_examples=WITHDRAWAL)],
        sent: Sent = sent_to_audit(*access.RUNNING),
    ) -> AuditAnswer:
        """Take an audit out of the figures; it is not forgotten."""
        state, asked = await begin(sent, form)
        check(may=access.runs(sent.principal, state.allocation), whose="An audit is withdrawn by the QA unit.")
        return answered(await audits.withdraw(state, form, asked))

    @router.post("/{audit_id}/recommendations", status_code=201, summary="Make a recommendation")
    async def recommend(
        body: Annotated[bodies.Body[NewRecommendationForm], Body(openapi_examples=RECOMMENDATION)],
        sent: Sent = sent_to_audit(Role.AUDITOR, Role.MODERATOR, Role.TEAM_MANAGER, *access.RUNNING),
    ) -> AuditAnswer:
        """Make a recommendation after completion, to be followed through into the next supervision."""
        state, asked = await begin(sent, body.form or Form())
        check(
            may=access.recommends(sent.principal, state.allocation, access.moderators_of(state)),
            whose="A recommendation is made by the auditor, a moderator, the team manager or the QA unit.",
        )
        form = await bodies.whole(body, asked, partial(audits.unread.of_recommendation, state))
        return answered(await audits.recommend(state, form, uuid7(), asked))

    @router.post("/{audit_id}/recommendations/{recommendation_id}/follow-up", summary="Follow up a recommendation")
    async def follow_up(
        *,
        recommendation_id: UUID,
        body: Annotated[bodies.Body[FollowUpForm], Body(openapi_examples=FOLLOW_UP)],
        sent: Sent = sent_to_audit(Role.TEAM_MANAGER, *access.RUNNING),
    ) -> AuditAnswer:
        """Say whether it was discussed in supervision, done, and made a difference: each its own answer."""
        state, asked = await begin(sent, body.form or Form())
        check(
            may=access.follows_up(sent.principal, state.allocation),
            whose="A recommendation is followed up by the team manager or the QA unit.",
        )
        form = await bodies.whole(body, asked, partial(audits.unread.of_follow_up, state, recommendation_id))
        return answered(await audits.follow_up(state, recommendation_id, form, asked))

    return router
