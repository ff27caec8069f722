"""Who signs off neither found the concern, nor raised it, nor did an action, in no round of it; nor oversees too early.

A round ends when it is withdrawn, found not required, signed off or closed. Who took a part in an earlier one is no
more independent than who did in this one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor, Origin
from services.escalation.domain.refusals import MomentImpossible, NotIndependent
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given, run

DSM_AS_AUDITOR = Actor(role="auditor", reference=s.DSM.reference)
DSM_AS_TEAM_MANAGER = Actor(role="team-manager", reference=s.DSM.reference)
DSM_AS_MODERATOR = Actor(role="moderator", reference=s.DSM.reference)


def found(by: Actor, origin: Origin, raised_by: Actor) -> tuple[Event, ...]:
    cause = s.cause(1, origin=origin).model_copy(update={"by": by})
    opened = s.OPENED.model_copy(update={"causes": (cause,)})
    return (opened, s.was_raised(by=raised_by), s.was_added(), s.was_completed(), s.OVERSIGHT)


@pytest.mark.parametrize(
    ("by", "origin", "raised_by"),
    [
        (DSM_AS_AUDITOR, Origin.AUDIT, s.QA),
        (DSM_AS_MODERATOR, Origin.MODERATION, s.QA),
        (DSM_AS_AUDITOR, Origin.AUDIT, s.SERVICE),
        (s.DSM, Origin.PERSON, s.SERVICE),
    ],
    ids=["as auditor", "as moderator", "as auditor, raised at once", "without an audit, raised at once"],
)
def test_who_found_the_concern_does_not_sign_it_off(by: Actor, origin: Origin, raised_by: Actor) -> None:
    history = found(by, origin, raised_by)
    given(*history).when(s.sign_off()).then_refused(NotIndependent, "found", way_out="covers")
    [signed] = given(*history).when(s.sign_off(actor=s.OTHER_DSM)).then_events()
    assert signed.type == "actions-signed-off"


def test_what_a_service_manager_reported_is_not_theirs_to_sign_off_whoever_raised_it() -> None:
    history = found(s.DSM, Origin.PERSON, s.QA)
    given(*history).when(s.sign_off()).then_refused(NotIndependent, "found", way_out="covers")


def by(actor: Actor, number: int, at: datetime) -> commands.Consider:
    """Give a cause that a person found."""
    return s.consider(s.cause(number, origin=Origin.PERSON).model_copy(update={"by": actor}), at=at, actor=s.SERVICE)


def raise_by(actor: Actor, day: int) -> commands.RaiseEscalation:
    return s.raise_(s.january(day), actor=actor)


def withdraw(day: int) -> commands.Withdraw:
    at = s.january(day)
    return commands.Withdraw(
        happened_at=at, recorded_at=at, actor=s.QA, reason="raised-in-error", second_person=s.QA_MANAGER
    )


def reopen(actor: Actor, day: int) -> commands.Reopen:
    at = s.january(day)
    return commands.Reopen(
        happened_at=at,
        recorded_at=at,
        actor=actor,
        reason="not-effective",
        clocks=s.CLOCKS,
        told=s.TOLD,
        steps_required=(),
    )


def followed_through(
    number: int, day: int, *, doer: Actor = s.TEAM_MANAGER, owner: Actor = s.PRACTITIONER
) -> list[Command]:
    at = s.january(day)
    return [
        replace(s.add_action(number, at, owner=owner), due_on=None),
        s.complete_action(number, at, actor=doer),
        s.record_oversight(at),
    ]


def signed(day: int, actor: Actor = s.OTHER_DSM) -> commands.SignOff:
    return s.sign_off(s.january(day), actor=actor)


FOUND_BY_AUDITOR = s.consider(s.cause(1).model_copy(update={"by": s.AUDITOR}))
NEW_CAUSE = by(s.MODERATOR, 2, s.january(20))
NOT_REQUIRED = s.not_required(s.january(15))
RAISED_IN_ERROR = (FOUND_BY_AUDITOR, raise_by(s.DSM, 14), withdraw(15))
SIGNED_OFF = (FOUND_BY_AUDITOR, raise_by(s.DSM, 14), *followed_through(1, 15), signed(15))
CLOSED = (*SIGNED_OFF, s.close(s.january(15, 17)))
ANOTHER_ROUND = (NEW_CAUSE, raise_by(s.QA, 20), *followed_through(2, 21))
ACTED = (
    FOUND_BY_AUDITOR,
    raise_by(s.QA, 14),
    *followed_through(1, 15, doer=DSM_AS_TEAM_MANAGER),
    signed(15),
    s.close(s.january(15, 17)),
)
OWNED = (
    FOUND_BY_AUDITOR,
    raise_by(s.QA, 14),
    *followed_through(1, 15, owner=s.DSM),
    signed(15),
    s.close(s.january(15, 17)),
)
STORIES: dict[str, tuple[Command, ...]] = {
    "raised in error, then a new cause": (*RAISED_IN_ERROR, *ANOTHER_ROUND),
    "raised and signed off, then a new cause": (*SIGNED_OFF, *ANOTHER_ROUND),
    "raised and closed, then a new cause": (*CLOSED, *ANOTHER_ROUND),
    "raised and closed, then reopened by another": (*CLOSED, reopen(s.QA, 20), *followed_through(2, 21)),
    "reopened, closed, then a new cause": (
        FOUND_BY_AUDITOR,
        raise_by(s.QA, 14),
        *followed_through(1, 15),
        signed(15),
        reopen(s.DSM, 16),
        *followed_through(3, 17),
        signed(17),
        s.close(s.january(17, 17)),
        *ANOTHER_ROUND,
    ),
    "found what was not required, then a new cause": (by(s.DSM, 1, s.CONSIDERED), NOT_REQUIRED, *ANOTHER_ROUND),
    "found what was closed, then a new cause": (
        by(DSM_AS_AUDITOR, 1, s.CONSIDERED),
        raise_by(s.QA, 14),
        *followed_through(1, 15),
        signed(15),
        *ANOTHER_ROUND,
    ),
    "found a second cause while it was considered": (
        FOUND_BY_AUDITOR,
        by(s.DSM, 3, s.january(14, 9, 30)),
        raise_by(s.QA, 14),
        *followed_through(2, 21),
    ),
    "found a second cause after it was raised": (
        FOUND_BY_AUDITOR,
        raise_by(s.QA, 14),
        by(s.DSM, 3, s.january(16)),
        *followed_through(2, 21),
    ),
    "did an action of an earlier round": (*ACTED, *ANOTHER_ROUND),
    "owned a completed action of an earlier round": (*OWNED, reopen(s.QA, 20), *followed_through(2, 21)),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES.keys())
def test_who_had_a_part_in_any_round_does_not_sign_off(story: tuple[Command, ...]) -> None:
    history = run([], *story)
    given(*history).when(s.sign_off(s.january(22))).then_refused(NotIndependent, way_out="covers")
    [done] = given(*history).when(signed(22)).then_events()
    assert done.type == "actions-signed-off"


def test_who_stands_in_for_whoever_raised_it_signs_off_and_who_raised_it_never_as_a_cover() -> None:
    history = run([], *CLOSED, *ANOTHER_ROUND)
    cover = replace(s.sign_off(s.january(22), actor=s.OTHER_DSM, scope=("south",)), covering=s.DSM)
    [done] = given(*history).when(cover).then_events()
    assert done.type == "actions-signed-off"
    raiser = replace(s.sign_off(s.january(22), actor=s.DSM, scope=("south",)), covering=s.OTHER_DSM)
    given(*history).when(raiser).then_refused(NotIndependent)


def test_who_only_changed_its_category_or_withdrew_an_action_may_sign_off() -> None:
    history = run(
        [],
        FOUND_BY_AUDITOR,
        raise_by(s.QA, 14),
        s.reclassify(s.SAFEGUARDING, s.january(15)),
        s.add_action(1, s.january(15)),
        commands.WithdrawAction(
            happened_at=s.january(15),
            recorded_at=s.january(15),
            actor=s.DSM,
            action_id=s.add_action(1).action_id,
            reason="no-longer-needed",
        ),
        s.record_oversight(s.january(16)),
    )
    [done] = given(*history).when(s.sign_off(s.january(16))).then_events()
    assert done.type == "actions-signed-off"


def test_oversight_is_not_dated_before_the_first_action_it_oversees() -> None:
    history = (*s.RAISED_PRACTICE, s.was_added(), s.was_completed())
    early = replace(s.record_oversight(s.january(14, 11, 59)), recorded_at=s.january(16))
    given(*history).when(early).then_refused(MomentImpossible, "first action was added")
    [recorded] = given(*history).when(s.record_oversight(s.january(14, 12))).then_events()
    assert recorded.type == "oversight-recorded"
