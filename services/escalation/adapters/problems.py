"""How what the domain refuses, and what the store cannot do, is answered: problem+json with the field and way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import asyncpg

from services.escalation.app.casework import SeenIsOld
from services.escalation.domain import events
from services.escalation.domain.refusals import (
    AlreadyRecorded,
    CaseIsErased,
    ChildIsErased,
    MomentImpossible,
    NothingToConsider,
    NotIndependent,
    NotTheirs,
    OwnerMissing,
    PersonNeeded,
    Refused,
    SecondPersonNeeded,
    StepOutOfOrder,
    ToldMissing,
    UnknownAction,
)
from shared.authority.settings import UnknownAuthority
from shared.calendar.working_days import BeyondCalendar
from shared.eventstore.database import CONNECTION_ERRORS
from shared.eventstore.errors import IdempotencyKeyReused, VersionConflict
from shared.eventstore.model import StoredEvent
from shared.web.problems import FieldProblem, Problem, conflict, invalid, unavailable
from shared.web.seen import Change, version_seen_is_old

_KINDS: Final[tuple[tuple[type[Refused], int, str], ...]] = (
    (NothingToConsider, 404, "not-found"),
    (UnknownAction, 404, "action-not-found"),
    (NotTheirs, 403, "not-yours"),
    (ChildIsErased, 409, "child-erased"),
    (CaseIsErased, 409, "child-erased"),
    (NotIndependent, 403, "not-independent"),
    (PersonNeeded, 403, "person-needed"),
    (MomentImpossible, 422, "moment-impossible"),
    (OwnerMissing, 422, "owner-missing"),
    (ToldMissing, 422, "role-left-out"),
    (SecondPersonNeeded, 409, "second-person-needed"),
    (AlreadyRecorded, 409, "already-recorded"),
    (StepOutOfOrder, 409, "step-out-of-order"),
    (Refused, 409, "refused"),
)

_IN_THE_PATH: Final = frozenset({"action_id"})
"""What a step names in its address and not in its body."""

_OF_EVERY_EVENT: Final = frozenset({"type", "by", *events.Happened.model_fields})


def of_refusal(refused: Refused) -> Problem:
    """Answer a refusal of the domain: its sentence, and where to go from there."""
    status, kind = next((status, kind) for type_, status, kind in _KINDS if isinstance(refused, type_))
    part = "path" if refused.field in _IN_THE_PATH else "body"
    place = f"{part}/{refused.field}" if refused.field else "the audit escalation"
    problem = FieldProblem(field=refused.field, place=place, message=refused.message, way_out=refused.way_out)
    return Problem(status, kind, detail=f"{refused.message} {refused.way_out}", problems=[problem])


def _beyond_calendar(error: BeyondCalendar) -> Problem:
    return invalid(
        [{"field": "happened_at", "place": "body/happened_at", "message": str(error), "way_out": "Check the date."}]
    )


def _unknown_authority(error: UnknownAuthority) -> Problem:
    del error  # it names the other authorities of the installation
    return Problem(
        403,
        "unknown-authority",
        detail="This installation has no settings for your authority. Ask whoever runs it to add its document.",
    )


def _key_reused(error: IdempotencyKeyReused) -> Problem:
    return conflict("idempotency-key-reused", str(error))


def _seen_is_old(error: SeenIsOld) -> Problem:
    return version_seen_is_old(error.now, [_change(one) for one in error.since], seen=error.seen)


def _change(stored: StoredEvent) -> Change:
    """Say what somebody else did: the event, its fields and their role, never a value."""
    event = events.from_json(stored.type, stored.data)
    by = getattr(event, "by", None)
    fields = tuple(sorted(event.model_fields_set - _OF_EVERY_EVENT))
    return Change(event=stored.type, version=stored.version, role="service" if by is None else by.role, fields=fields)


def _others_kept_writing(_: VersionConflict) -> Problem:
    return conflict(
        "changed-meanwhile", "Others kept changing this audit escalation. Read it again, then decide again."
    )


def _database_away(_: Exception) -> Problem:
    return unavailable("The database does not answer. Nothing is lost; send the same request again in a moment.")


ERROR_TYPES: Final[Mapping[type[Exception], Callable[[Any], Problem]]] = {
    Refused: of_refusal,
    BeyondCalendar: _beyond_calendar,
    UnknownAuthority: _unknown_authority,
    IdempotencyKeyReused: _key_reused,
    SeenIsOld: _seen_is_old,
    VersionConflict: _others_kept_writing,
    asyncpg.InterfaceError: _database_away,
    **{error: _database_away for error in CONNECTION_ERRORS if issubclass(error, Exception)},
}
"""What becomes of each exception that comes through a route."""
