"""Recommendations: made, then followed through into the next supervision (domain.md section 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from services.audit.domain import refusals
from services.audit.domain.audits.commands import FollowUpRecommendation, MakeRecommendation
from services.audit.domain.audits.events import Event, RecommendationFollowedUp, RecommendationMade
from services.audit.domain.audits.outcome import Recommendation
from services.audit.domain.audits.states import Completed
from services.audit.domain.moderation.refusals import HappenedBeforeCompletion
from services.audit.domain.planning import too_far_ahead
from services.audit.domain.refusals import Problem
from services.audit.domain.words import Difference, business_date

IN_LIST: Final = "recommendations.{number}"
ALONE: Final = "recommendation"
"""Where a recommendation stands in what was handed in: in the list of an outcome, or by itself."""


class HappenedBeforeRecommendation(refusals.Refused):
    """The business date of a follow-up lies before its recommendation was made."""

    code = "happened-before-recommendation"
    sentence = "That would have happened before the recommendation was made."
    way_out = "Check happened_at."


def check(recommendations: Sequence[Recommendation], at: datetime, *, place: str = IN_LIST) -> None:
    """Refuse recommendations that contradict themselves, every fault at once; `place` is where one stands."""
    problems = tuple(problems_of(recommendations, at, place=place))
    if problems:
        raise refusals.RecommendationInvalid(problems)


def problems_of(recommendations: Sequence[Recommendation], at: datetime, *, place: str = IN_LIST) -> Iterator[Problem]:
    """Yield what is wrong with recommendations that are made at a moment, each at its `place`."""
    times: Counter[UUID] = Counter(recommendation.id for recommendation in recommendations)
    today = business_date(at)
    for number, recommendation in enumerate(recommendations):
        within = place.format(number=number)
        if recommendation.due_on < today:
            yield Problem(f"{within}.due_on", "it is due before it is made", "Give a day that is still to come.")
        yield from too_far_ahead(f"{within}.due_on", recommendation.due_on, today)
        day = recommendation.supervision_on
        if day is not None and day < today:
            message, way_out = "the supervision lies before the recommendation", "Give a supervision still to come."
            yield Problem(f"{within}.supervision_on", message, way_out)
        yield from too_far_ahead(f"{within}.supervision_on", day, today, "the supervision lies")
        if times[recommendation.id] > 1:
            yield Problem(f"{within}.id", "two recommendations have one id", "Give each its own.")


def make(command: MakeRecommendation, state: Completed) -> Sequence[Event]:
    """Make a recommendation after completion."""
    recommendation = command.recommendation
    there = state.recommendations.get(recommendation.id)
    if there is not None:
        if there.recommendation.coded() != recommendation.coded():
            raise refusals.RecommendationAlreadyMade
        if recommendation.text not in (None, there.recommendation.text):
            raise refusals.RecommendationMadeWithOtherText
        return []
    if command.at < state.completion.at:
        raise HappenedBeforeCompletion
    check([recommendation], command.at, place=ALONE)
    return [RecommendationMade(at=command.at, by=command.by, recommendation=recommendation)]


def follow_up(command: FollowUpRecommendation, state: Completed) -> Sequence[Event]:
    """Say how a recommendation was followed up; it may be said again as things go on."""
    there = state.recommendations.get(command.recommendation_id)
    if there is None:
        raise refusals.RecommendationNotFound
    made_on = state.completed_on if there.made_at is None else business_date(there.made_at)
    if business_date(command.at) < made_on:
        raise HappenedBeforeRecommendation
    problems = tuple(_problems_of_follow_up(command, made_on))
    if problems:
        raise refusals.RecommendationInvalid(problems)
    event = RecommendationFollowedUp(
        at=command.at,
        by=command.by,
        recommendation_id=command.recommendation_id,
        discussed_in_supervision_on=command.discussed_in_supervision_on,
        done=command.done,
        made_a_difference=command.made_a_difference,
        text=command.text,
    )
    if there.follow_up is not None and command.text is None and _coded(there.follow_up) == _coded(event):
        return []
    return [event]


def _problems_of_follow_up(command: FollowUpRecommendation, made_on: date) -> Iterator[Problem]:
    discussed = command.discussed_in_supervision_on
    if discussed is not None and discussed < made_on:
        place = "discussed_in_supervision_on"
        yield Problem(place, "the supervision lies before the recommendation", "Give the day it was discussed.")
    if discussed is not None and discussed > business_date(command.at):
        place = "discussed_in_supervision_on"
        yield Problem(place, "the supervision lies after the follow-up", "Give the day it was discussed.")
    if command.made_a_difference is not Difference.NOT_YET_KNOWN and not command.done:
        way_out = "Say not-yet-known, or that it is done."
        yield Problem("made_a_difference", "a difference is only known of what is done", way_out)


def _coded(event: RecommendationFollowedUp) -> tuple[object, ...]:
    return (event.discussed_in_supervision_on, event.done, event.made_a_difference)
