"""`python -m infra.documents.escalation`: draws the state picture and the table of steps of docs/escalation.md anew.

Nothing of it is kept by hand: every command is tried on every state the decider can be brought to, and what changes
the state is a line of the picture. What stands before the mark in the page is written by hand and stays. A test holds
the page to this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from services.escalation.app.summaries import STATUS_WORDS, status_of
from services.escalation.domain import commands, model
from services.escalation.domain.commands import Command
from services.escalation.domain.decider import decide
from services.escalation.domain.evolution import evolve
from services.escalation.domain.refusals import Refused
from services.escalation.domain.roles import MAY, SERVICE
from services.escalation.domain.states import Considering, NotConsidered, State, category_of
from services.escalation.domain.steps import missing
from shared.authority.names import USUAL

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "escalation.md"
MARK: Final = "<!-- From here on drawn from the code: python -m infra.documents.escalation -->"

WORDS: Final[dict[type[Command], str]] = {
    commands.Consider: "a cause comes up",
    commands.NameChild: "child's reference or case number entered",
    commands.RecordDiscussion: "discussion recorded",
    commands.RecordDecisionNotRequired: "found not required",
    commands.RaiseEscalation: "raised",
    commands.Reclassify: "reclassified",
    commands.RecordCopySent: "copy of the audit tool sent",
    commands.RecordActionsDiscussed: "actions discussed",
    commands.AddAction: "action added",
    commands.CompleteAction: "action completed",
    commands.WithdrawAction: "action withdrawn",
    commands.RecordOversight: "management oversight recorded",
    commands.SignOff: "signed off",
    commands.TellAssistantDirectorAndClose: "assistant director told",
    commands.AnswerClosing: "closing answered",
    commands.Reopen: "reopened",
    commands.Withdraw: "withdrawn by two people",
    commands.RequestReAudit: "re-audit asked for",
}
"""Each step that people take, in words, in the order of Appendix E; the others are the service's own."""

_AT: Final = datetime(2026, 1, 14, 10, tzinfo=UTC)
_AFTER: Final = _AT + timedelta(days=30)
_ACTION: Final = UUID(int=20)
_QA: Final = model.Actor(role="qa-manager", reference=UUID(int=1))
_TEAM_MANAGER: Final = model.Actor(role="team-manager", reference=UUID(int=2))
_SERVICE_MANAGER: Final = model.Actor(role="service-manager", reference=UUID(int=3))
_SECOND: Final = model.Actor(role="qa-officer", reference=UUID(int=4))
_ITSELF: Final = model.Actor(role=SERVICE)
_BEGIN: Final = "[*]"


@dataclass(frozen=True, slots=True)
class Change:
    """What leads from one status to another."""

    before: str
    after: str
    words: str


def changes() -> list[Change]:
    """Return every change of status there can be, in the order it is first found."""
    found = {
        Change(_name(before), _name(after), _words(before, command))
        for before, command, after in _tried()
        if _name(before) != _name(after)
    }
    order = [_BEGIN, *(status.value for status in STATUS_WORDS)]
    words = [*WORDS.values(), _AT_ONCE, _RESUMED]
    return sorted(found, key=lambda one: (order.index(one.before), order.index(one.after), words.index(one.words)))


def picture() -> str:
    """Return the states and what leads from one to another, as a Mermaid diagram."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f"    {status.value.replace('-', '_')} : {USUAL.say(words)}" for status, words in STATUS_WORDS.items()]
    between: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in changes():
        between[one.before, one.after].append(one.words)
    for (before, after), words in between.items():
        lines.append(f"    {before.replace('-', '_')} --> {after.replace('-', '_')} : {', or '.join(words)}")
    return "\n".join([*lines, "```"])


def steps() -> str:
    """Return who may take which step, and where it is possible, as a table."""
    possible: dict[type[Command], set[str]] = defaultdict(set)
    for before, command, _ in _tried():
        possible[type(command)].add(_name(before))
    lines = ["| step | who may take it | possible while |", "| --- | --- | --- |"]
    for step, words in WORDS.items():
        roles = ", ".join(USUAL.role(role) for role in sorted(MAY[step] - {SERVICE}))
        itself = "; an audit's event" if step is commands.Consider else ""
        where = [USUAL.say(text) for status, text in STATUS_WORDS.items() if status.value in possible[step]]
        first = ["Nothing known of it"] if _BEGIN in possible[step] else []
        lines.append(f"| {words} | {roles}{itself} | {'; '.join(first + where)} |")
    return "\n".join(lines)


def reference() -> str:
    """Return what is drawn from the code."""
    return f"{MARK}\n\n## The picture\n\n{_ABOUT}\n\n{picture()}\n\n## Every step\n\n{steps()}\n"


def page(by_hand: str) -> str:
    """Return the whole page: what was written by hand, and the rest anew."""
    return by_hand.split(MARK, maxsplit=1)[0].rstrip() + "\n\n" + reference()


_ABOUT: Final = (
    "Each arrow is a step that changes where an audit escalation stands; every other step leaves it where it is, and "
    "no event of an audit, no timer and no clock closes one. Overdue is no state of its own: while it is being "
    "considered or raised, its clock may have run out."
)
_AT_ONCE: Final = "a safeguarding cause, where the settings raise it at once"
_RESUMED: Final = "found not required, and it had been signed off before"


def _name(state: State) -> str:
    return _BEGIN if isinstance(state, NotConsidered) else status_of(state).value


def _words(before: State, command: Command) -> str:
    """Say what led on; two of the steps mean something else in some cases."""
    if isinstance(command, commands.Consider) and command.at_once:
        return _AT_ONCE
    if isinstance(command, commands.RecordDecisionNotRequired) and _resumes(before):
        return _RESUMED
    return WORDS[type(command)]


def _resumes(state: State) -> bool:
    return isinstance(state, Considering) and state.resumes is not None


def _tried() -> Iterator[tuple[State, Command, State]]:
    """Yield every command that has an effect on a state, for states of every kind that can be reached."""
    reached: dict[tuple[object, ...], State] = {_kind(NotConsidered()): NotConsidered()}
    waiting: list[State] = [NotConsidered()]
    number = 0
    while waiting:
        before = waiting.pop(0)
        for make in _COMMANDS:
            number += 1
            command = make(number)
            try:
                events = decide(command, before)
            except Refused:
                continue
            if not events:
                continue
            after = before
            for event in events:
                after = evolve(after, event)
            yield before, command, after
            if reached.setdefault(_kind(after), after) is after:
                waiting.append(after)


def _kind(state: State) -> tuple[object, ...]:
    """Return what tells states apart here: where and as what it stands, what is missing, what lies behind it."""
    category = None if isinstance(state, NotConsidered) else category_of(state)
    return (type(state), category, missing(state), _resumes(state))


def _clocks() -> model.Clocks:
    due_at = _AT + timedelta(days=2)
    clock = model.Clock(
        started_at=_AT,
        due_at=due_at,
        due_on=due_at.date(),
        working_days=2,
        counted=(),
        left_out=(),
        calendar_version="any",
        policy_version="any",
        chasers=(model.Moment(code="before", at=_AT + timedelta(days=1), to=("service-manager",)),),
        second_line=model.Moment(code="second-line", at=due_at + timedelta(days=1), to=("director",)),
    )
    return model.Clocks(practice=clock, safeguarding=clock)


def _consider(number: int, **more: Any) -> commands.Consider:
    cause = model.Cause(
        origin=model.Origin.AUDIT,
        code="concern-flagged",
        finding=model.Finding.CONCERN,
        category=model.Category.SAFEGUARDING if more else model.Category.PRACTICE,
        event_id=UUID(int=number),
        by=_QA,
    )
    place = model.Place(
        escalation_id=UUID(int=10),
        audit_id=UUID(int=11),
        case_reference=None,
        organisation=model.Organisation(area="a", district="d", team="t"),
        service="s",
    )
    return commands.Consider(
        **_by(_ITSELF),
        place=place,
        causes=(cause,),
        policy_version="any",
        clocks=_clocks(),
        case_number="s1.x",  # its child can be named
        **more,
    )


def _by(actor: model.Actor, *, recorded_at: datetime = _AT) -> dict[str, Any]:
    return {"happened_at": _AT, "recorded_at": recorded_at, "actor": actor}


_TOLD: Final = ("service-manager",)
_LATER: Final[dict[str, Any]] = _by(_ITSELF, recorded_at=_AFTER)

_COMMANDS: Final[tuple[Callable[[int], Command], ...]] = (
    _consider,
    lambda number: _consider(number, at_once=commands.AtOnce(clocks=_clocks(), told=_TOLD)),
    lambda _: commands.NameChild(**_by(_QA), case_reference=UUID(int=12)),
    lambda _: commands.RecordDiscussion(**_by(_QA), with_whom=("practitioner",)),
    lambda _: commands.RecordDecisionNotRequired(**_by(_QA), reason="no-risk-found"),
    lambda _: commands.RaiseEscalation(**_by(_QA), clocks=_clocks(), told=_TOLD),
    lambda _: commands.Reclassify(**_by(_QA), category=model.Category.SAFEGUARDING, reason="any"),
    lambda _: commands.Reclassify(**_by(_QA), category=model.Category.PRACTICE, reason="any", second_person=_SECOND),
    lambda _: commands.RecordCopySent(**_by(_QA), to=_TOLD),
    lambda _: commands.RecordActionsDiscussed(**_by(_SERVICE_MANAGER), scope=("*",)),
    lambda _: commands.AddAction(**_by(_TEAM_MANAGER), action_id=_ACTION, kind="any", owner=_TEAM_MANAGER),
    lambda _: commands.CompleteAction(**_by(_TEAM_MANAGER), action_id=_ACTION),
    lambda _: commands.WithdrawAction(**_by(_TEAM_MANAGER), action_id=_ACTION, reason="any"),
    lambda _: commands.RecordOversight(**_by(_SERVICE_MANAGER), scope=("*",)),
    lambda _: commands.SignOff(**_by(_SERVICE_MANAGER), scope=("*",)),
    lambda _: commands.TellAssistantDirectorAndClose(**_by(_SERVICE_MANAGER), scope=("*",)),
    lambda _: commands.AnswerClosing(**_by(_QA), answer=model.Answer.REOPENING_ASKED),
    lambda _: commands.Reopen(**_by(_QA), reason="any", clocks=_clocks(), told=_TOLD),
    lambda _: commands.Withdraw(**_by(_QA), reason="any", second_person=_SECOND),
    lambda _: commands.RequestReAudit(**_by(_QA), due_on=date(2026, 4, 1)),
    lambda _: commands.NoteAuditWithdrawn(**_by(_ITSELF)),
    lambda _: commands.NoteStandingGrade(**_by(_ITSELF), grade="good"),
    lambda _: commands.NoteCaseReference(**_by(_ITSELF), case_reference=UUID(int=12)),
    lambda _: commands.NoteCaseNumberRefused(**_by(_ITSELF), case_number="s1.x", reason="number-refused"),
    lambda _: commands.NoteChildErased(**_by(_ITSELF)),
    lambda _: commands.NoteReAudit(**_by(_ITSELF), audit_id=UUID(int=13), grade="good"),
    lambda _: commands.NoteReAuditGrade(
        **_by(_ITSELF), audit_id=UUID(int=13), grade="good", because=model.Changed.MODERATION
    ),
    lambda _: commands.NoteReAuditWithdrawn(**_by(_ITSELF), audit_id=UUID(int=13)),
    lambda _: commands.RecomputeClock(**_LATER, clocks=_clocks(), because="settings"),
    lambda _: commands.MarkOverdue(**_LATER),
    lambda _: commands.MarkConsiderationOverdue(**_LATER),
    lambda _: commands.SendChaser(**_LATER, moment="before"),
    lambda _: commands.TellSecondLine(**_LATER),
)
"""One of each command, made with a number of its own; each new cause is another one."""


def tried_commands() -> frozenset[type[Command]]:
    """Return the commands that are tried; a test holds them to all there are."""
    return frozenset(type(make(0)) for make in _COMMANDS)


def known_statuses() -> frozenset[str]:
    """Return the statuses that were reached; a test holds them to all there are."""
    return frozenset(_name(after) for _, _, after in _tried())


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
