"""What every route does alike: find the escalation, check who asks, ask the decider, answer with how it then stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends

from services.escalation.adapters import bodies
from services.escalation.adapters.callers import Caller, acting
from services.escalation.adapters.checks import covering
from services.escalation.adapters.viewing import state_view_of, view_of
from services.escalation.adapters.views import EscalationView, StateView
from services.escalation.app.casework import Casework, Known, NoSuchEscalation
from services.escalation.app.casework import Request as Asked
from services.escalation.app.texts import boxes_of
from services.escalation.domain import events, states
from services.escalation.domain.afterwards import finders
from services.escalation.domain.commands import Command, Written
from services.escalation.domain.states import NotConsidered
from shared.privacy.readings import Reader, Shown
from shared.web.access import check_scope
from shared.web.idempotency import Idempotency
from shared.web.principal import Principal, Role
from shared.web.problems import not_found, not_in_scope
from shared.web.seen import seen

READERS: Final = (
    Role.TEAM_MANAGER,
    Role.SERVICE_MANAGER,
    Role.ASSISTANT_DIRECTOR,
    Role.QA_OFFICER,
    Role.QA_MANAGER,
    Role.PRINCIPAL_SOCIAL_WORKER,
    Role.DIRECTOR,
)
"""Who reads audit escalations, each within the own scope; a director is the second line, and is sent links to them."""

FINDERS: Final = (Role.AUDITOR, Role.MODERATOR)
"""Who sees the state of what they raised, wherever in the authority it is, and no more."""

TEXT_READERS: Final = frozenset({Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR, Role.QA_OFFICER, Role.QA_MANAGER})
"""Who reads the texts, each within the own scope."""

Opened = Mapping[str, str]
"""Plain texts by their sealed form."""

Seen = Annotated[int | None, Depends(seen)]
"""The version that the writer has seen, from If-Match; None where the request names none."""

Make = Callable[[Caller, Known], Command]

_WHAT = "the audit escalation"
_TURNS: Final = frozenset(
    {
        "case-number-refused",
        "consideration-reopened",
        "escalation-reclassified",
        "escalation-reopened",
        "re-audit-requested",
        "re-audit-grade-noted",
        "re-audit-noted",
        "re-audit-withdrawal-noted",
    }
)
"""After these, the same step in the same words may be due once more."""


class Asking:
    """What the routes of one process work with, over its use cases."""

    def __init__(self, casework: Casework) -> None:
        self.casework = casework

    async def known(self, escalation_id: UUID, principal: Principal) -> Known:
        """Return an escalation that is the caller's to see, or answer 404 or 403.

        It is theirs within their scope, where they stand in for the service manager of its district, or where they
        found its cause.
        """
        try:
            known = await self.casework.known(escalation_id)
        except NoSuchEscalation:
            raise not_found(_WHAT) from None
        if not principal.belongs_to(known.authority):
            raise not_found()
        if principal.has(*READERS):
            if not self._stands_in(principal, known):
                check_scope(principal, known.authority, state_of(known).facts.place.organisation.path)
        elif not _found(principal, known):
            raise not_in_scope()
        return known

    async def take(
        self,
        escalation_id: UUID,
        *,
        principal: Principal,
        idempotency: Idempotency,
        seen: int | None,
        command_type: type[Command],
        body: bodies.Body,
        make: Make,
    ) -> EscalationView | StateView:
        """Take a step and answer with the escalation as it then stands."""
        known = await self.known(escalation_id, principal)
        caller = acting(
            principal,
            command_type,
            body.happened_at,
            casework=self.casework,
            idempotency=idempotency,
            authority=known.authority,
        )
        command = make(caller, known)
        if isinstance(body, bodies.WithText) and body.text is not None:
            assert isinstance(command, Written)  # the bodies with a text are those of such steps
            command = await self.casework.texts.written(command, body.text, known.id, state_of(known))
        after = await self.casework.take(
            known,
            command,
            Asked(idempotency.key(principal, _since(known, principal, body)), idempotency.fingerprint, seen),
        )
        return await self.shown(after, principal)

    async def shown(
        self, known: Known, principal: Principal, texts: Opened | None = None
    ) -> EscalationView | StateView:
        """Return an escalation as its reader may see it, with those of the same child that are theirs to see.

        The answer to a step has no texts; `texts` are those that its reader was shown.
        """
        if not principal.has(*READERS):
            return state_view_of(known, principal.person, self.casework.clock())
        beside = await self.casework.beside(known)
        theirs = [row for row in beside if principal.covers(row.authority, row.data["team"])]
        return view_of(known, self.casework.clock(), theirs, texts or {})

    async def read(self, known: Known, principal: Principal, what: str = "escalation") -> Opened:
        """Return an escalation's texts by their sealed form, and record that they were read; none who may not.

        Texts are for the service manager of the district, or who stands in for one, the assistant director of the area
        and the QA unit.
        """
        if not self._reads_texts(principal, known):
            return {}
        texts, state = self.casework.texts, state_of(known)
        history = [events.from_json(one.type, one.data) for one in known.events]
        opened = await texts.opened(known.id, state, history)
        await texts.readings.record(
            Reader(principal.person, min(principal.roles & TEXT_READERS).value),
            Shown(known.id, known.authority, state.facts.place.case_reference, what),
            boxes=boxes_of(history, opened),
            at=self.casework.clock(),
        )
        return opened

    def _reads_texts(self, principal: Principal, known: Known) -> bool:
        if not principal.has(*TEXT_READERS):
            return False
        place = state_of(known).facts.place.organisation
        return principal.covers(known.authority, place.path) or self._stands_in(principal, known)

    def _stands_in(self, principal: Principal, known: Known) -> bool:
        return (
            principal.has(Role.SERVICE_MANAGER)
            and covering(self.casework, known.authority, principal.person, state_of(known), self.casework.clock())
            is not None
        )


def state_of(known: Known) -> states.Known:
    """Return the state of an escalation that there is."""
    assert not isinstance(known.state, NotConsidered)  # it has events
    return known.state


def _found(principal: Principal, known: Known) -> bool:
    return any(one.reference == principal.person for one in finders(state_of(known)))


def _since(known: Known, principal: Principal, body: bodies.Body) -> str:
    """Name the turn of its story a step is taken in, with nothing added where there was none.

    Who takes an answer back and then gives it again, gives it anew.
    """
    turns = sum(event.type in _TURNS for event in known.events)
    if isinstance(body, bodies.ClosingAnswer):
        own = (events.from_json(one.type, one.data) for one in known.events if one.type == "closing-answered")
        turns += sum(
            isinstance(one, events.ClosingAnswered)
            and one.by.reference == principal.person
            and one.answer is not body.answer
            for one in own
        )
    return f":{turns}" if turns else ""
