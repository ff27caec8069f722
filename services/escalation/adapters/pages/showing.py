"""One audit escalation as what its page is made of: how it stands, and all that is known of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.escalation.adapters.asking import state_of
from services.escalation.adapters.pages import following
from services.escalation.adapters.pages.rows import Names
from services.escalation.adapters.pages.stories import cause_in_words
from services.escalation.adapters.pages.wording import TO_DO, spoken, until, who
from services.escalation.app.casework import Known
from services.escalation.app.summaries import STATUS_WORDS, status_of
from services.escalation.domain import states
from services.escalation.domain.model import Clock
from services.escalation.domain.states import (
    Closed,
    Considering,
    NotRequired,
    Raised,
    SignedOff,
    Withdrawn,
    category_of,
    raised_of,
    signed_off_of,
)
from services.escalation.domain.steps import WAITS_FOR, next_step
from shared.calendar.working_days import london_date


def standing(known: Known, names: Names, now: datetime) -> dict[str, Any]:
    """Return how it stands: what anyone may know who may know that it is there."""
    state = state_of(known)
    raised, clock = raised_of(state), clock_of(state)
    step, words = next_step(state), names.words
    return {
        "id": known.id,
        "state": words.say(STATUS_WORDS[status_of(state)]),
        "category": spoken(category_of(state)),
        "team": names.team(state.facts.place.organisation.path),
        "service": names.service(state.facts.place.service),
        "raised_at": None if raised is None else raised.raised_at,
        "due_at": None if clock is None else clock.due_at,
        "until": until(clock.due_at, now) if clock is not None and _runs(state) else None,
        "overdue": clock is not None and _runs(state) and clock.due_at < now,
        "to_do": None if step is None else words.say(TO_DO[step]),
        "waits_for": None if step is None else words.role(WAITS_FOR[step]),
        "missing": following.missing_in_words(state, words),
        "before_what": following.before_what(state),
        "ended": _ended(state),
        "signed_off": signed_off_of(state),
        "is_open": isinstance(state, Considering | Raised | SignedOff),
    }


def whole(known: Known, names: Names, now: datetime, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return everything else about it, for who reads audit escalations; `texts` are those the reader is shown."""
    state = state_of(known)
    facts, raised, clock, words = state.facts, raised_of(state), clock_of(state), names.words
    told = following.history(known.events, texts, words)
    district = facts.place.organisation.district_path
    return {
        "facts": facts,
        "raised": raised,
        "district": district,
        "district_name": names.district(district),
        "clock": clock,
        "days": () if clock is None else following.days_of(clock),
        "is_decision": isinstance(state, Considering),
        "causes": [(cause_in_words(one), who(one.by, words) if one.by else "not said") for one in facts.causes],
        "steps": following.six_steps(state, told, words),
        "actions": list(following.actions_of(() if raised is None else raised.actions, london_date(now), words)),
        "history": told,
        "rounds": facts.rounds,
        "answers": state.answers if isinstance(state, Closed) else (),
        "shows_text": bool(texts),
        "is_late_somewhere": any(one.late for one in told),
    }


def clock_of(state: states.Known) -> Clock | None:
    """Return its clock, running or stopped: of the decision while it is considered, of the sign-off after that."""
    if isinstance(state, Considering):
        return state.clock
    raised = raised_of(state)
    return None if raised is None else raised.clock


def own_answer(state: states.Known, reader: UUID) -> str | None:
    """Return what the reader said to its closing, in words; None where it is not closed."""
    if not isinstance(state, Closed):
        return None
    answer = next((one.answer for one in state.answers if one.by.reference == reader), None)
    if answer is None:
        return "You have not answered its closing. You may confirm it, or ask for it to be reopened."
    return {
        "confirmed": "You confirmed its closing.",
        "reopening-asked": "You asked for it to be reopened; a manager or the QA unit decides.",
    }[answer]


def _runs(state: states.Known) -> bool:
    return isinstance(state, Considering | Raised)


def _ended(state: states.Known) -> datetime | None:
    match state:
        case NotRequired():
            return state.decided_at
        case Closed():
            return state.closed_at
        case Withdrawn():
            return state.withdrawn_at
        case _:
            return None
