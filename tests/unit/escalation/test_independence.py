"""Who signs off is neither who found the concern nor who raised it; and nobody oversees what was not yet there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.escalation.domain.events import Event
from services.escalation.domain.model import Actor, Origin
from services.escalation.domain.refusals import MomentImpossible, NotIndependent
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import given

DSM_AS_AUDITOR = Actor(role="auditor", reference=s.DSM.reference)
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


def test_what_a_service_manager_reported_and_qa_raised_after_considering_is_theirs_to_sign_off() -> None:
    [signed] = given(*found(s.DSM, Origin.PERSON, s.QA)).when(s.sign_off()).then_events()
    assert signed.type == "actions-signed-off"


def test_oversight_is_not_dated_before_the_first_action_it_oversees() -> None:
    history = (*s.RAISED_PRACTICE, s.was_added(), s.was_completed())
    early = replace(s.record_oversight(s.january(14, 11, 59)), recorded_at=s.january(16))
    given(*history).when(early).then_refused(MomentImpossible, "first action was added")
    [recorded] = given(*history).when(s.record_oversight(s.january(14, 12))).then_events()
    assert recorded.type == "oversight-recorded"
