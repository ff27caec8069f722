"""How every command on an audit begins and ends: the audit if the caller may see it, and what became of it."""

from __future__ import annotations

from uuid import UUID

from fastapi import Request

from services.audit.adapters.http_asking import Asking
from services.audit.app.asking import Asked
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.views import AuditAnswer, answer_of
from services.audit.app.forms import Form
from services.audit.app.handling import Begun
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.states import State
from shared.eventstore.handling import Handled
from shared.web.idempotency import Idempotency
from shared.web.principal import Principal


class Beginning:
    """Begins a command on an audit."""

    def __init__(self, queries: Queries, asking: Asking) -> None:
        self._queries = queries
        self._asking = asking

    async def __call__(
        self,
        audit_id: UUID,
        principal: Principal,
        request: Request,
        idempotency: Idempotency,
        form: Form,
        *,
        as_practitioner: bool = False,
    ) -> tuple[Begun, Asked]:
        """Return the audit, if the caller may see it (or it is of their own work), and the command's `Asked`.

        Raises:
            AuditNotFound: there is none, or not for this caller.

        """
        state, _ = await self._queries.stand(audit_id, principal, as_practitioner=as_practitioner)
        authority = state.allocation.authority
        return state, self._asking(request, principal, idempotency, authority=authority, happened_at=form.happened_at)


def answered(handled: Handled[State, Event]) -> AuditAnswer:
    """Return what a command is answered with."""
    return answer_of(handled.stream_id, handled.state, handled.version, replayed=handled.replayed)
