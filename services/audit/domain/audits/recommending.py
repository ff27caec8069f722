"""Recommendations: made, then followed through into the next supervision (domain.md section 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from services.audit.domain import refusals
from services.audit.domain.audits.commands import FollowUpRecommendation, MakeRecommendation
from services.audit.domain.audits.events import Event, RecommendationFollowedUp, RecommendationMade
from services.audit.domain.audits.outcome import Recommendation
from services.audit.domain.audits.states import Completed
from services.audit.domain.planning import too_far_ahead
from services.audit.domain.refusals import Problem
from services.audit.domain.words import Difference, business_date


def check(recommendations: Sequence[Recommendation], at: datetime) -> None:
    """Refuse recommendations that contradict themselves, every fault at once."""
    problems = tuple(problems_of(recommendations, at))
    if problems:
        raise refusals.RecommendationInvalid(problems)


def problems_of(recommendations: Sequence[Recommendation], at: datetime) -> Iterator[Problem]:
    """Yield what is wrong with recommendations that are made at a moment, each at its place in the list."""
    times: Counter[UUID] = Counter(recommendation.id for recommendation in recommendations)
    for number, recommendation in enumerate(recommendations):
        if recommendation.due_on < business_date(at):
            place = f"recommendations.{number}.due_on"
            yield Problem(place, "it is due before it is made", "Give a day that is still to come.")
        yield from too_far_ahead(f"recommendations.{number}.due_on", recommendation.due_on, business_date(at))
        if recommendation.supervision_on is not None and recommendation.supervision_on < business_date(at):
            place = f"recommendations.{number}.supervision_on"
            yield Problem(place, "the supervision lies before the recommendation", "Give a supervision still to come.")
        place, day = f"recommendations.{number}.supervision_on", recommendation.supervision_on
        yield from too_far_ahead(place, day, business_date(at), "the supervision lies")
        if times[recommendation.id] > 1:
            yield Problem(f"recommendations.{number}.id", "two recommendations have one id", "Give each its own.")


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
    check([recommendation], command.at)
    return [RecommendationMade(at=command.at, by=command.by, recommendation=recommendation)]


def follow_up(command: FollowUpRecommendation, state: Completed) -> Sequence[Event]:
    """Say how a recommendation was followed up; it may be said again as things go on."""
    there = state.recommendations.get(command.recommendation_id)
    if there is None:
        raise refusals.RecommendationNotFound
    problems = tuple(_problems_of_follow_up(command))
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


def _problems_of_follow_up(command: FollowUpRecommendation) -> Iterator[Problem]:
    discussed = command.discussed_in_supervision_on
    if discussed is not None and discussed > business_date(command.at):
        place = "discussed_in_supervision_on"
        yield Problem(place, "the supervision lies after the follow-up", "Give the day it was discussed.")
    if command.made_a_difference is not Difference.NOT_YET_KNOWN and not command.done:
        way_out = "Say not-yet-known, or that it is done."
        yield Problem("made_a_difference", "a difference is only known of what is done", way_out)


def _coded(event: RecommendationFollowedUp) -> tuple[object, ...]:
    return (event.discussed_in_supervision_on, event.done, event.made_a_difference)
