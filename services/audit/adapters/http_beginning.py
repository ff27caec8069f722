"""How a command on an audit or an exercise begins and ends: what is sent with it, whether the caller may, the answer.

A route names its form and the roles it is for; `sent_to_audit` and `sent_to_exercise` take in what all of them are sent
beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import Depends, Request

from services.audit.adapters.http_asking import Asking, not_yours
from services.audit.app.asking import Asked
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.views import AuditAnswer, answer_of
from services.audit.app.forms import Form
from services.audit.app.handling import Begun
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.states import State
from shared.eventstore.handling import Handled
from shared.web.access import allowed
from shared.web.idempotency import Idempotency, IdempotencyOf
from shared.web.principal import Principal, Role


@dataclass(frozen=True, slots=True)
class Sent:
    """What a command is sent with beside its form: what it is about, by whom, and how it is known again."""

    stream_id: UUID
    request: Request
    idempotency: Idempotency
    principal: Principal


def sent_to_audit(*roles: Role) -> Sent:
    """Give the dependency of a command on an audit for these roles, typed as what it yields."""

    async def read(
        audit_id: UUID, request: Request, idempotency: IdempotencyOf, principal: Principal = allowed(*roles)
    ) -> Sent:
        return Sent(audit_id, request, idempotency, principal)

    dependency: Sent = Depends(read)
    return dependency


def sent_to_exercise(*roles: Role) -> Sent:
    """Give the dependency of a command on a calibration exercise for these roles, typed as what it yields."""

    async def read(
        calibration_id: UUID, request: Request, idempotency: IdempotencyOf, principal: Principal = allowed(*roles)
    ) -> Sent:
        return Sent(calibration_id, request, idempotency, principal)

    dependency: Sent = Depends(read)
    return dependency


class Beginning:
    """Begins a command on an audit."""

    def __init__(self, queries: Queries, asking: Asking) -> None:
        self._queries = queries
        self._asking = asking

    async def __call__(self, sent: Sent, form: Form, *, as_practitioner: bool = False) -> tuple[Begun, Asked]:
        """Return the audit, if the caller may see it (or it is of their own work), and the command's `Asked`.

        The same words without a key are a repeat, unless they are of another turn of its story (app/audits/turns.py).

        Raises:
            AuditNotFound: there is none, or not for this caller.

        """
        state, _ = await self._queries.stand(sent.stream_id, sent.principal, as_practitioner=as_practitioner)
        asked = asked_of(self._asking, sent, state.allocation.authority, form)
        return state, await self._queries.in_its_turn(sent.stream_id, form, asked)


def asked_of(asking: Asking, sent: Sent, authority: str, form: Form) -> Asked:
    """Return who asks for what, when, of something of an authority."""
    return asking(sent.request, sent.principal, sent.idempotency, authority=authority, happened_at=form.happened_at)


def check(*, may: bool, whose: str) -> None:
    """Refuse (403) what the caller may see and may not do; `whose` says who does it."""
    if not may:
        raise not_yours(whose)


def answered(handled: Handled[State, Event]) -> AuditAnswer:
    """Return what a command is answered with; of what stood already, by whomever, nothing new came."""
    return answer_of(handled.stream_id, handled.state, handled.version, replayed=not handled.events)
