"""Why a step is refused: each in a sentence that says what is missing, and the way out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

_LONDON = ZoneInfo("Europe/London")


class Refused(Exception):
    """A step cannot be taken. `field` names the part of the request it lies with, where one does."""

    def __init__(self, message: str, *, way_out: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.way_out = way_out
        self.field = field


class NothingToConsider(Refused):
    """There is no such audit escalation."""

    def __init__(self) -> None:
        super().__init__(
            "There is no such audit escalation: nothing has been considered yet.",
            way_out="Check the reference, or start one with its cause.",
        )


class StepOutOfOrder(Refused):
    """An earlier step of Appendix E is missing, or a later one was already taken."""


class AlreadyRecorded(StepOutOfOrder):
    """The step is recorded already, with other facts than these; `field` is what differs, where that is one thing."""


class ActionsOpen(StepOutOfOrder):
    """Actions are not completed."""

    def __init__(self, open_actions: tuple[UUID, ...]) -> None:
        many = len(open_actions)
        what = "1 action is" if many == 1 else f"{many} actions are"
        named = ", ".join(str(action) for action in open_actions)
        super().__init__(
            f"{what} not completed: {named}.",
            way_out="Record each action as completed, or withdrawn with a reason; then sign off.",
        )
        self.open_actions = open_actions


class OversightMissing(StepOutOfOrder):
    """Management oversight is not on the child's file."""

    def __init__(self) -> None:
        super().__init__(
            "Management oversight has not been recorded on the child's file.",
            way_out="Record the oversight, then sign off.",
        )


class NotIndependent(Refused):
    """Who found a cause of it, raised it or did an action, in whatever round, may not sign it off."""


class PersonNeeded(Refused):
    """Nobody in particular asks for a step that is checked for who took it."""

    def __init__(self) -> None:
        super().__init__(
            "Who takes this step must be known, since whoever raises an audit escalation or does its actions does not "
            "sign it off.",
            way_out="Use a token of your own; locally: sightline token --person with your reference.",
        )


class NotTheirs(Refused):
    """The step belongs to another role, or to another district."""


class SecondPersonNeeded(Refused):
    """Safeguarding is lowered to practice only when two people say so."""


class UnknownAction(Refused):
    """There is no such action on this escalation."""

    def __init__(self, action_id: UUID) -> None:
        super().__init__(
            f"This audit escalation has no action {action_id}.",
            way_out="Take the action's reference from the audit escalation.",
            field="action_id",
        )


class MomentImpossible(Refused):
    """A step cannot have happened at that moment."""

    def __init__(self, message: str, *, bound: datetime, latest: bool = False, field: str = "happened_at") -> None:
        side = "at the latest" if latest else "at the earliest"
        way_out = f"Give the moment it happened, {side} {bound.isoformat()}."
        if field == "due_on":
            way_out = f"Give the day it is due, {side} {bound.astimezone(_LONDON).date().isoformat()}."
        super().__init__(message, way_out=way_out, field=field)


class OwnerMissing(Refused):
    """An action without somebody who is to do it."""

    def __init__(self) -> None:
        super().__init__(
            "An action needs an owner: who is to do it.",
            way_out="Give the owner's role and reference, as in the authority's settings or the audit.",
            field="owner",
        )


class ToldMissing(Refused):
    """The copy of the audit tool left out roles that are told."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        super().__init__(
            f"The copy of the audit tool goes to {', '.join(roles)} as well.",
            way_out="Send it to every role that is told of the raise, and record it then.",
            field="to",
        )


class ChildIsErased(Refused):
    """The child was erased: no text about it is taken in any more."""

    def __init__(self) -> None:
        super().__init__(
            "The child was erased; nothing more is written about it.",
            way_out="Take the step without a text. Ask the QA unit whether the child's record was meant to come back.",
            field="text",
        )


class CaseIsErased(Refused):
    """The child was erased: no concern about it is opened any more."""

    def __init__(self) -> None:
        super().__init__(
            "The child was erased; no concern about it is taken in any more.",
            way_out="Ask the QA unit whether the child's record was meant to come back.",
            field="case_reference",
        )
