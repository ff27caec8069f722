"""A step that was taken before: the very same one again changes nothing, one that says something else is refused.

To answer such a one as if it had been taken would lose, in silence, what somebody wrote. Where a second record of its
own is what the field expects (a further discussion, more management oversight), the rules of that step keep it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.escalation.domain.commands import Step
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor
from services.escalation.domain.refusals import AlreadyRecorded
from services.escalation.domain.roles import SERVICE

_LONDON: Final = ZoneInfo("Europe/London")
NOTHING: Final[Sequence[Event]] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A step as it is recorded: in words that `is recorded already` may follow, when it happened, and who took it."""

    what: str
    at: datetime
    by: Actor

    def __str__(self) -> str:
        """Return it as a sentence, with the moment as it was in England."""
        moment = self.at.astimezone(_LONDON)
        return f"{self.what} already, on {moment.day} {moment:%B %Y at %H:%M}, by the {in_words(self.by)}."


def is_repeated(command: Step, at: datetime, by: Actor, *, alike: bool = True) -> bool:
    """Return whether a step is the one that was taken, said again: nothing in it is new.

    It is by the same person, and says the same (`alike`). One that does not say when it happened says nothing of that;
    one with a text always says something, since texts are sealed and cannot be compared.
    """
    same_person = command.actor == by or command.actor.is_the_same_person_as(by)
    same_moment = not command.dated or command.happened_at == at
    return alike and same_person and same_moment and getattr(command, "text", None) is None


def taken_before(
    command: Step, record: Record, *, way_out: str, alike: bool = True, field: str = ""
) -> Sequence[Event]:
    """Return nothing for the very step that is recorded, said again; `field` names what differs where `alike` is not.

    Raises:
        AlreadyRecorded: it says something else: when and by which role it is recorded, and the way out.

    """
    if is_repeated(command, record.at, record.by, alike=alike):
        return NOTHING
    raise AlreadyRecorded(str(record), way_out=way_out, field=_differs(command, record, alike=alike, field=field))


def in_words(actor: Actor) -> str:
    """Return who took a step by role, in words: never who it was."""
    if actor.role == SERVICE:
        return "service itself"
    return actor.role.replace("-", " ").replace("qa ", "QA ")


def _differs(command: Step, record: Record, *, alike: bool, field: str) -> str:
    if not alike:
        return field
    if getattr(command, "text", None) is not None:
        return "text"
    return "happened_at" if command.dated and command.happened_at != record.at else ""
