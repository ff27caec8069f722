"""Recording what people decide in reporting: one way from a request to the event store, and its refusals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from services.reporting.publications.publishing import Press
from shared.eventstore.errors import IdempotencyKeyReused, VersionConflict, VersionSeenIsOld
from shared.eventstore.handling import Handled, handle
from shared.eventstore.model import Aggregate, C, E, Meta, S, StoredEvent
from shared.web.idempotency import Idempotency
from shared.web.principal import Principal
from shared.web.problems import Problem, conflict
from shared.web.seen import Change, version_seen_is_old

_WHO: Final = "the QA unit"


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for an authority, what makes the request the same one, and which version its writer has seen."""

    authority: str
    person: UUID
    key: str
    fingerprint: bytes
    expected: int | None = None


def taken(
    principal: Principal, idempotency: Idempotency, authority: str, *, since: str = "", expected: int | None = None
) -> Request:
    """Return a request as it was taken in; `since` names what it answers to (shared/web/idempotency.py)."""
    return Request(authority, principal.person, idempotency.key(principal, since), idempotency.fingerprint, expected)


@dataclass(frozen=True, slots=True)
class Recording:
    """Decides commands in the service's own event store, and wakes the relay."""

    press: Press
    now: Callable[[], datetime]

    async def handle(
        self,
        aggregate: Aggregate[C, S, E],
        stream_id: UUID,
        command: C,
        request: Request,
        *,
        expects_new: bool = False,
    ) -> Handled[S, E]:
        """Decide and store; the same request again answers as it did.

        Raises:
            Problem: others wrote since (412), kept writing (409), or the key was another request's (422).

        What the aggregate refuses comes through.

        """
        meta = Meta(
            authority=request.authority,
            recorded_at=self.now(),
            correlation_id=uuid5(stream_id, request.key),
            causation_id=None,
            idempotency_key=request.key,
            fingerprint=request.fingerprint,
            actor=str(request.person),
        )
        store = self.press.store
        try:
            handled = await handle(
                store, aggregate, stream_id, command, meta, expects_new=expects_new, expected=request.expected
            )
        except VersionSeenIsOld as old:
            events = (await store.load(stream_id)).events
            changes = [_change(one) for one in events if one.version > old.seen]
            raise version_seen_is_old(old.actual, changes, seen=old.seen) from None
        except VersionConflict:
            raise conflict("others-wrote", "Others wrote at the same moment. Send the same request again.") from None
        except IdempotencyKeyReused:
            raise Problem(
                422,
                "idempotency-key-reused",
                detail="This Idempotency-Key was used for another request. Send a new key with each new request.",
            ) from None
        self.press.wake()
        return handled


def _change(event: StoredEvent) -> Change:
    return Change(event.type, event.version, _WHO)
