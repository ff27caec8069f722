"""Who is told of what: from an event to the notices that are written in its own transaction.

Which roles hear of it is in the event, or the authority's policy says so; who holds a role there that day, and who
stands in for whom, its settings document. Auditor and moderator are those who found a cause. History that is being
entered tells nobody today: a raise recorded after its own due moment. If it is still open after its grace it is no
history: with the overdue clock, those who are told of a raise hear of it then (Appendix E, step 3; ADR 12).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.escalation.app.notices import Kind, Notice
from services.escalation.app.policy import Policies
from services.escalation.domain import events
from services.escalation.domain.afterwards import finders
from services.escalation.domain.events import Event
from services.escalation.domain.model import Answer, Clock
from services.escalation.domain.states import (
    Considering,
    Known,
    NotConsidered,
    Raised,
    State,
    category_of,
    raised_of,
)
from shared.authority.escalation import KNOWN_BY_THE_AUDIT, Consideration, EscalationPolicy, Told
from shared.authority.settings import UnknownAuthority
from shared.eventstore.model import Meta
from shared.telemetry import events as log_events
from shared.telemetry import logs

TELL_WITHIN: Final = timedelta(days=14)

log = logs.get_logger()

log_events.register(
    log_events.LogEvent(
        "nobody_told",
        "error",
        ("stream_id", "authority", "kind"),
        "Something happened to an audit escalation of an authority that has no settings document any more; it is kept, "
        "and nobody could be told.",
        "Put the authority's document back (SIGHTLINE_AUTHORITIES), and tell its QA unit.",
    )
)


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told: its kind, the due moment it is about, and the roles that hear of it."""

    kind: Kind
    due_at: datetime | None
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes the notices of an event; what an aggregate has `beside` it (`shared.eventstore.model`).

    A consideration that came up longer than `tell_within` before it was recorded is history, if its clock is over.
    """

    policies: Policies
    tell_within: timedelta = TELL_WITHIN

    def __call__(self, before: State, after: State, event: Event, meta: Meta) -> Sequence[Notice]:
        """Return who is to be told of an event, one notice a person, or a role where nobody is named."""
        if isinstance(after, NotConsidered):
            return ()
        try:
            settings = self.policies.settings(meta.authority, meta.recorded_at)
        except UnknownAuthority:  # it says all there is to say, and its place is no help
            escalation_id = after.facts.place.escalation_id
            log.error("nobody_told", stream_id=escalation_id, authority=meta.authority, kind=event.type)  # noqa: TRY400
            return ()
        if isinstance(event, events.ConsiderationOpened | events.ConsiderationReopened | events.CauseJoined):
            telling = self._considered(before, after, event, meta, settings.escalation)
        else:
            telling = _telling(before, after, event, settings.escalation.told)
        tellings = [one for one in (_held_back(before, event), telling) if one is not None]
        return tuple(notice for one in tellings for notice in _notices(one, after, event, meta, self.policies))

    def _considered(
        self,
        before: State,
        after: Known,
        event: events.ConsiderationOpened | events.ConsiderationReopened | events.CauseJoined,
        meta: Meta,
        policy: EscalationPolicy,
    ) -> _Telling | None:
        """Tell who is to decide: that it came up, came up again, or became a safeguarding concern meanwhile.

        Where no reminder is left before the due moment, as of a safeguarding concern that comes up late in the
        afternoon, those whom one would have reminded hear of it now, with the first message and as part of it.
        """
        if not isinstance(after, Considering):
            return None
        if meta.recorded_at - event.at > self.tell_within and _is_over(after.clock, meta.recorded_at):
            return None
        if isinstance(before, Considering) and not after.category.is_graver_than(before.category):
            return None
        if after.clock is None:
            return _Telling(Kind.CONSIDERED, None, policy.told.considered)
        reminded = _reminded_no_more(after, after.clock, meta.recorded_at, policy.consider)
        return _Telling(Kind.CONSIDERED, after.clock.due_at, (*policy.told.considered, *reminded))


def _telling(before: State, after: Known, event: Event, told: Told) -> _Telling | None:
    match event:
        case events.ConsiderationBecameOverdue():
            return _Telling(Kind.UNDECIDED, event.due_at, told.undecided)
        case events.EscalationBecameOverdue():
            return _Telling(Kind.OVERDUE, event.due_at, told.overdue)
        case events.ChaserSent():
            kind = Kind.CONSIDERATION_CHASED if isinstance(after, Considering) else Kind.CHASED
            return _Telling(kind, event.due_at, event.to)
        case events.SecondLineTold():
            kind = Kind.UNDECIDED_SECOND_LINE if isinstance(after, Considering) else Kind.SECOND_LINE
            return _Telling(kind, event.due_at, event.to)
        case _:
            return _of_a_raise(before, after, event, told)


def _reminded_no_more(after: Considering, clock: Clock, now: datetime, consider: Consideration) -> tuple[str, ...]:
    """Return the roles that the reminders of a clock are for, where each would have come before now."""
    if _is_over(clock, now) or any(one.at >= now for one in clock.chasers):
        return ()
    category = after.clock_category.value
    return tuple(role.value for one in consider.chasers if category in one.categories for role in one.to)


def _is_over(clock: Clock | None, now: datetime) -> bool:
    """Return whether no clock runs any more."""
    return clock is None or clock.due_at < now


def _of_a_raise(  # noqa: PLR0911 - a table, a line an event
    before: State, after: Known, event: Event, told: Told
) -> _Telling | None:
    raised = raised_of(after)
    if raised is None or _is_history(raised):
        return None
    due_at = raised.clock.due_at
    match event:
        case events.EscalationRaised():
            return _Telling(Kind.RAISED, due_at, event.told)
        case events.EscalationReclassified():
            return _Telling(Kind.RECLASSIFIED, due_at, raised.told)
        case events.ClockRecomputed() if _is_news(before, due_at, event):
            return _Telling(Kind.CLOCK_CHANGED, due_at, raised.told)
        case events.ActionsSignedOff():
            return _Telling(Kind.SIGNED_OFF, due_at, told.signed_off)
        case events.EscalationClosed():
            return _Telling(Kind.CLOSED, due_at, told.closed)
        case events.ClosingAnswered() if event.answer is Answer.REOPENING_ASKED:
            return _Telling(Kind.REOPENING_ASKED, due_at, told.considered)
        case events.EscalationReopened():
            return _Telling(Kind.REOPENED, due_at, event.told)
        case events.EscalationWithdrawn():
            return _Telling(Kind.WITHDRAWN, due_at, raised.told)
        case _:
            return None


def _held_back(before: State, event: Event) -> _Telling | None:
    """Return what nobody was told while it might have been history: the raise, now that nobody signed it off."""
    if isinstance(event, events.EscalationBecameOverdue) and isinstance(before, Raised) and _is_history(before):
        return _Telling(Kind.RAISED, before.clock.due_at, before.told)
    return None


def _is_news(before: State, due_at: datetime, event: events.ClockRecomputed) -> bool:
    """Return whether a due moment moved that is not over before and after: nobody can do anything about another past.

    Those of it were told that it is overdue, and are told of what follows.
    """
    if not isinstance(before, Raised) or before.clock.due_at == due_at:
        return False
    now = event.recorded_at or event.at
    return max(before.clock.due_at, due_at) > now


def _is_history(raised: Raised) -> bool:
    """Return whether a raise was recorded only after its own due moment, and was not found overdue since."""
    return raised.watch.late_since is not None and raised.watch.overdue_since is None


def _notices(telling: _Telling, after: Known, event: Event, meta: Meta, policies: Policies) -> Iterator[Notice]:
    place = after.facts.place
    roles = tuple(dict.fromkeys(str(role) for role in telling.roles))
    path = place.organisation.path
    for role in roles:
        if role in KNOWN_BY_THE_AUDIT:
            people = [one.reference for one in finders(after) if one.role == role]
        else:
            people = [*policies.people(meta.authority, role, path, meta.recorded_at)] or [None]
        for person in dict.fromkeys(people):
            yield Notice(
                kind=telling.kind,
                escalation_id=place.escalation_id,
                authority=meta.authority,
                category=category_of(after).value,
                unit=path,
                audit_id=place.audit_id,
                role=role,
                person=person,
                roles=roles,
                due_at=telling.due_at,
                clock_number=after.facts.clock_number,
                happened_at=event.at,
            )
