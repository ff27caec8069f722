"""What several rules ask for alike: a person, an earlier step, a moment that can be, somebody else."""

from __future__ import annotations

from datetime import datetime

from services.escalation.domain.commands import DistrictStep, Step
from services.escalation.domain.model import Actor, Category, Organisation, covers
from services.escalation.domain.refusals import (
    MomentImpossible,
    NotTheirs,
    PersonNeeded,
    SecondPersonNeeded,
    StepOutOfOrder,
)
from services.escalation.domain.states import Considering, Raised
from services.escalation.domain.steps import NextStep, in_words, missing


def require_person(command: Step) -> None:
    """Refuse a step by nobody in particular: whether who signs off is someone else could not be told."""
    if not command.actor.is_somebody:
        raise PersonNeeded


def require_moment(command: Step, earliest: datetime | None, what: str = "") -> None:
    """Refuse a step that happened before what it follows, or that lies in the future."""
    if earliest is not None and command.happened_at < earliest:
        raise MomentImpossible(f"This cannot have happened before {what} ({earliest.isoformat()}).", bound=earliest)
    if command.happened_at > command.recorded_at:
        raise MomentImpossible("This lies in the future.", bound=command.recorded_at, latest=True)


def require_steps_before(step: NextStep, state: Considering | Raised) -> None:
    """Refuse a step while an earlier one that the authority asks for is missing."""
    order = list(NextStep)
    earlier = tuple(one for one in missing(state) if order.index(one) < order.index(step))
    if earlier:
        raise StepOutOfOrder(
            f"An earlier step of Appendix E is not recorded yet. Missing: {in_words(earlier)}.",
            way_out="Record it first, with the moment it happened.",
        )


def require_second_person(second: Actor | None, actor: Actor, why: str) -> Actor:
    """Return the second person who agreed; refuse nobody in particular, and the actor."""
    if second is None or not second.is_somebody or second.is_the_same_person_as(actor):
        raise SecondPersonNeeded(
            why, way_out="Name the second person who agreed, someone else than yourself.", field="second_person"
        )
    return second


def require_district(command: DistrictStep, organisation: Organisation, what: str) -> None:
    """Refuse a step that is the district's service manager's alone, or a named cover's.

    Whom the settings name goes before a token's scope, which decides only where they name nobody.
    """
    theirs = covers(command.scope, organisation.district_path) if command.named is None else command.named
    if command.covering is None and not theirs:
        raise NotTheirs(
            f"Only the service manager of {organisation.district_path} {what}.",
            way_out="Ask whom the authority's settings name as the service manager of that district, or as their cover "
            "on the day it happened.",
        )


def require_no_lowering(stands: Category, wanted: Category) -> None:
    """Refuse to raise as practice what a safeguarding cause stands for."""
    if stands.is_graver_than(wanted):
        raise SecondPersonNeeded(
            "A safeguarding cause stands, so it cannot be raised as a practice concern.",
            way_out="Raise it as safeguarding, then reclassify it with a reason and a second person.",
            field="category",
        )
