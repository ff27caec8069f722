"""Who asks for a command, when, and how it is known again: what the edge hands to the handlers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.audit.app import access
from services.audit.domain.refusals import Refused
from services.audit.domain.words import Actor, business_date
from shared.eventstore.model import Meta
from shared.web.principal import Principal


class InTheFuture(Refused):
    """Something is said to have happened that is still to come."""

    code = "in-the-future"
    sentence = "happened_at lies in the future."
    way_out = "Give the moment it happened, or leave it out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: for which authority, by whom, recorded when, happened when.

    Both moments are aware. `idempotency_key` and `fingerprint` are keyed hashes, so that nothing of what was asked can
    be tried out on them; `key_is_derived` where the caller gave none, and it tells one request from another by what was
    asked alone. `expected` is the version of the audit that the writer has seen, if they say so; `asker` is who is told
    what changed since.
    """

    authority: str
    by: Actor
    recorded_at: datetime
    happened_at: datetime | None
    correlation_id: UUID
    idempotency_key: str | None = None
    key_is_derived: bool = False
    fingerprint: bytes = b""
    traceparent: str | None = None
    expected: int | None = None
    asker: Principal | None = None

    @property
    def at(self) -> datetime:
        """Return when it happened in the business.

        Raises:
            InTheFuture: it is still to come.

        """
        if self.happened_at is None:
            return self.recorded_at
        if self.happened_at > self.recorded_at:
            raise InTheFuture
        return self.happened_at

    def recorded_on(self, whose: UUID) -> date | None:
        """Return the day of recording where that counts against a due day; `whose` the audit or moderation is.

        Whoever did it here is held to the day they recorded it. The QA unit, and other services for it, enter what
        somebody else did elsewhere: there the day it happened counts, and none is returned.
        """
        elsewhere = self.asker is not None and self.asker.has(*access.RUNNING) and self.asker.person != whose
        return None if elsewhere else business_date(self.recorded_at)

    def meta(self) -> Meta:
        """Return what the store keeps beside the events."""
        return Meta(
            authority=self.authority,
            recorded_at=self.recorded_at,
            correlation_id=self.correlation_id,
            causation_id=None,
            idempotency_key=self.idempotency_key,
            fingerprint=self.fingerprint,
            actor=self.by.role if self.by.reference is None else str(self.by.reference),
            traceparent=self.traceparent,
        )
