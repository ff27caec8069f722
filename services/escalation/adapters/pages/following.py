"""One audit escalation for its page: its six steps with what was recorded of each, its clock day by day, its history.

Pure: made of the state and the stored events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from services.escalation.adapters.pages.stories import story
from services.escalation.adapters.pages.wording import weekday, who
from services.escalation.app.summaries import Status, status_of
from services.escalation.app.texts import text_of
from services.escalation.domain import events, parts, states
from services.escalation.domain.events import Event
from services.escalation.domain.model import Clock
from services.escalation.domain.states import NotRequired, Raised, SignedOff, Withdrawn
from services.escalation.domain.steps import WORDS, NextStep, missing
from shared.authority.names import Names as Words
from shared.authority.names import capital
from shared.calendar.working_days import london_date
from shared.eventstore.model import StoredEvent

DONE, NEXT, LATER, LEFT_OUT = "Done", "To be done next", "Still to come", "Not recorded"

_TURNS: Final = (events.ConsiderationReopened, events.EscalationReopened)


@dataclass(frozen=True, slots=True)
class Told:
    """What happened, by whom, when it happened and when it was recorded; `earlier` is of before it came up again.

    `text` is what was written with it, none where there is nothing or the reader may not read it; `has_text` tells.
    `in_steps` says that it is shown as one of the six steps, with its text.
    """

    event: Event
    what: str
    by: str
    happened_at: datetime
    recorded_at: datetime
    late: bool
    earlier: bool
    has_text: bool
    text: str | None
    in_steps: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One of the six steps, where it stands, and what was recorded of it."""

    title: str
    state: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """A day of a clock: what it counts as, in words."""

    day: date
    words: str


@dataclass(frozen=True, slots=True)
class _Kind:
    title: str
    events: tuple[type[Event], ...]
    asks: frozenset[NextStep]


_SIX: Final = (
    _Kind("Discussion with {practitioner} or manager", (events.DiscussionRecorded,), frozenset({NextStep.DISCUSSION})),
    _Kind(
        "Requirement to escalate considered",
        (events.EscalationRaised, events.EscalationFoundNotRequired, events.EscalationReopened),
        frozenset({NextStep.DECISION}),
    ),
    _Kind(
        "Copy of the audit tool sent to the {service-manager}, {qa-manager} and {principal-social-worker}",
        (events.CopySent,),
        frozenset({NextStep.COPY}),
    ),
    _Kind(
        "Actions discussed with {practitioner} and {team-manager}, and added to the child's file",
        (events.ActionsDiscussed, events.ActionAdded),
        frozenset({NextStep.ACTIONS_DISCUSSED, NextStep.ACTIONS}),
    ),
    _Kind(
        "Management oversight on the child's file, and completed actions signed off",
        (events.ActionCompleted, events.ActionWithdrawn, events.OversightRecorded, events.ActionsSignedOff),
        frozenset({NextStep.COMPLETION, NextStep.OVERSIGHT, NextStep.SIGN_OFF}),
    ),
    _Kind(
        "{Assistant-director} told",
        (events.EscalationClosed,),
        frozenset({NextStep.ASSISTANT_DIRECTOR_TOLD}),
    ),
)
"""Appendix E (domain.md section 4), each step with the events it is recorded by."""

_MISSING: Final = {
    **WORDS,
    NextStep.DISCUSSION: "the discussion with {practitioner} or manager",
    NextStep.ACTIONS_DISCUSSED: "the actions discussed with {practitioner} and {team-manager}",
    NextStep.ASSISTANT_DIRECTOR_TOLD: "the {assistant-director} told",
}
"""Each step as something that is missing."""

_DECISION: Final = 2
_COPY: Final = 3
_LAST: Final = 6


def history(stored: Sequence[StoredEvent], texts: Mapping[str, str], words: Words) -> tuple[Told, ...]:
    """Return everything that happened, in order; `texts` are those the reader is shown, by their sealed form.

    `words` are what the authority calls roles, as everywhere here.
    """
    read = [events.from_json(one.type, one.data) for one in stored]
    turned = max((at for at, event in enumerate(read) if isinstance(event, _TURNS)), default=0)
    return tuple(
        Told(
            event=event,
            what=story(event, words),
            by=who(getattr(event, "by", None), words),
            happened_at=event.at,
            recorded_at=kept.recorded_at,
            late=event.recorded_late,
            earlier=at < turned,
            has_text=text_of(event) is not None,
            text=texts.get(text_of(event) or ""),
            in_steps=any(isinstance(event, kind.events) for kind in _SIX),
        )
        for at, (event, kept) in enumerate(zip(read, stored, strict=True))
    )


def six_steps(state: states.Known, told: Sequence[Told], words: Words) -> tuple[Step, ...]:
    """Return the six steps of Appendix E, each with where it stands."""
    to_do = missing(state)
    said = [replace(kind, title=words.say(kind.title)) for kind in _SIX]
    return tuple(
        _step(number, kind, state, to_do, tuple(one for one in told if isinstance(one.event, kind.events)))
        for number, kind in enumerate(said, start=1)
    )


def _step(number: int, kind: _Kind, state: states.Known, to_do: tuple[NextStep, ...], told: tuple[Told, ...]) -> Step:
    if kind.asks & set(to_do):
        return Step(kind.title, NEXT if to_do[0] in kind.asks else LATER, told)
    if _stands(number, state, told):
        return Step(kind.title, DONE, told)
    return Step(kind.title, _left_out(number, state), told)


def _stands(number: int, state: states.Known, told: tuple[Told, ...]) -> bool:
    """Return whether what was recorded stands: what was discussed and copied before it was reopened does."""
    if number in {1, _COPY} and not isinstance(state, states.Considering):
        return bool(told)
    return any(not one.earlier for one in told)


def _left_out(number: int, state: states.Known) -> str:
    match state:
        case NotRequired() if number > _DECISION:
            return "Not needed: found not required"
        case Withdrawn():
            return "Not taken: withdrawn"
        case states.Considering() if number > _DECISION:
            return LATER
        case Raised() | SignedOff() if number == _LAST:
            return LATER
        case _ if number == _COPY and state.facts.place.audit_id is None:
            return "There is no audit tool to copy: it came without an audit"
        case _:
            return LEFT_OUT


def days_of(clock: Clock) -> tuple[Counted, ...]:
    """Return the days of a clock in order: each counted, each left out and why."""
    counted = {day: _counted(number, day, clock) for number, day in enumerate(clock.counted, start=1)}
    left_out = {one.date: Counted(one.date, f"Left out: {one.why}") for one in clock.left_out}
    return tuple(both[1] for both in sorted({**left_out, **counted}.items()))


def _counted(number: int, day: date, clock: Clock) -> Counted:
    if clock.working_days == 0:
        return Counted(day, "The working day on which it is due")
    return Counted(day, f"Working day {number}")


def missing_in_words(state: states.Known, words: Words) -> tuple[str, ...]:
    """Return what keeps it from being decided or signed off, each in words; empty where nothing does."""
    ends = {NextStep.DECISION, NextStep.SIGN_OFF, NextStep.ASSISTANT_DIRECTOR_TOLD}
    return tuple(words.say(_said(step, state)) for step in missing(state) if step not in ends)


def before_what(state: states.Known) -> str:
    """Return what comes after everything that is missing."""
    return "the decision" if status_of(state) is Status.CONSIDERING else "sign-off"


def _said(step: NextStep, state: states.Known) -> str:
    said = _MISSING[step]
    if step is NextStep.COMPLETION and isinstance(state, Raised):
        said += f" ({len(state.open_actions)} of {len(state.actions)} not completed)"
    return capital(said)


def actions_of(actions: Sequence[parts.Action], today: date, words: Words) -> Iterator[dict[str, str]]:
    """Yield each action in words: what, who owns it, by when, and whether it is done."""
    for action in actions:
        yield {
            "id": action.id.hex[-8:],
            "kind": action.kind,
            "owner": "Not said" if action.owner is None else who(action.owner, words),
            "due": "No day given" if action.due_on is None else weekday(action.due_on),
            "state": _state(action, today, words),
        }


def _state(action: parts.Action, today: date, words: Words) -> str:
    if action.completed_at is not None:
        return f"Completed on {weekday(london_date(action.completed_at))} by {who(action.completed_by, words)}"
    if action.withdrawn_at is not None:
        return f"Withdrawn by {who(action.withdrawn_by, words)}: {(action.withdrawn_because or '').replace('-', ' ')}"
    return "Open, past its day" if action.due_on is not None and action.due_on < today else "Open"
