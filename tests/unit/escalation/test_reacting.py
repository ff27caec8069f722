"""From audit's events to considerations: joined, repeated, correlated; by the settings of the event's authority."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.escalation.app.policies import escalation_of
from services.escalation.domain.model import Category
from services.escalation.domain.states import Considering, Raised
from shared.authority.settings import UnknownAuthority
from shared.contracts.audit import Decider
from shared.contracts.base import Concern, Grade
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig

ESCALATION = escalation_of(s.AUDIT)


async def test_several_findings_of_one_audit_join_one_consideration() -> None:
    rig = Rig()
    assert await rig.receive(incoming.flagged(Concern.PRACTICE), 1)
    assert await rig.receive(incoming.completed(Grade.INADEQUATE, Concern.PRACTICE), 2)
    assert await rig.receive(incoming.moderated(Grade.INADEQUATE, Grade.INADEQUATE, concern=Concern.SAFEGUARDING), 3)
    known = await rig.casework.known(ESCALATION)
    assert isinstance(known.state, Considering)
    assert known.state.category is Category.SAFEGUARDING
    assert [(cause.origin.value, cause.code) for cause in known.state.causes] == [
        ("audit", "concern-flagged"),
        ("audit", "concern-flagged"),
        ("audit", "inadequate-grade"),
        ("moderation", "concern-flagged"),
        ("moderation", "inadequate-grade"),
    ]


async def test_an_event_received_twice_takes_effect_once() -> None:
    rig = Rig()
    assert await rig.receive(incoming.flagged(), 1)
    assert not await rig.receive(incoming.flagged(), 1)
    assert len((await rig.casework.known(ESCALATION)).events) == 1
    assert len(rig.told()) == 1
    event_id = incoming.envelope(incoming.flagged(), 1).id
    assert await rig.store.answered(f"policy:{event_id}", b""), "the key is derived from the event that caused it"


async def test_the_story_is_carried_on() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(), 5, correlation=incoming.CORRELATION)
    [told] = rig.told()
    assert told.correlation_id == incoming.CORRELATION
    assert told.causation_id == incoming.envelope(incoming.flagged(), 5).id
    assert told.authority == "northmoor"
    assert told.time == incoming.AT
    assert told.recorded_at == rig.now
    [stored] = (await rig.casework.known(ESCALATION)).events
    assert stored.actor == "policy:when-concern-flagged"


async def test_a_withdrawal_after_the_raise_leaves_it_raised() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(), 1)
    await rig.take(ESCALATION, s.discuss())
    await rig.take(ESCALATION, s.raise_())
    assert await rig.receive(incoming.withdrawn(), 2)
    known = await rig.casework.known(ESCALATION)
    assert isinstance(known.state, Raised)
    assert known.state.facts.withdrawn_at == incoming.AT
    assert len(rig.told()) == 2


async def test_the_second_look_at_a_disputed_grade_reopens_nothing_that_was_found_before() -> None:
    rig = Rig()
    await rig.receive(incoming.moderated(Grade.GOOD, Grade.INADEQUATE), 1)
    await rig.take(ESCALATION, s.discuss())
    await rig.take(ESCALATION, s.raise_())
    assert await rig.receive(incoming.moderated(Grade.GOOD, Grade.INADEQUATE, final=True), 2)
    assert await rig.receive(incoming.settled(Grade.INADEQUATE, Grade.INADEQUATE), 3)
    known = await rig.casework.known(ESCALATION)
    assert isinstance(known.state, Raised)
    assert [cause.code for cause in known.state.facts.causes] == ["inadequate-grade"] * 3


async def test_a_panel_that_finds_it_inadequate_opens_the_consideration() -> None:
    rig = Rig()
    assert await rig.receive(incoming.settled(Grade.GOOD, Grade.INADEQUATE, decided_by=Decider.PANEL), 4)
    [told] = rig.told()
    assert told.type == "escalation-considered.v1"


async def test_a_dispute_that_raised_the_grade_leaves_it_raised() -> None:
    rig = Rig()
    await rig.receive(incoming.completed(Grade.INADEQUATE), 1)
    await rig.take(ESCALATION, s.discuss())
    await rig.take(ESCALATION, s.raise_())
    assert await rig.receive(incoming.settled(Grade.INADEQUATE, Grade.GOOD), 2)
    assert not await rig.receive(incoming.settled(Grade.INADEQUATE, Grade.GOOD), 3)
    known = await rig.casework.known(ESCALATION)
    assert isinstance(known.state, Raised)
    assert known.state.facts.settled_grade == "good"
    assert len(rig.told()) == 2


async def test_what_concerns_nothing_leaves_no_trace() -> None:
    rig = Rig()
    assert not await rig.receive(incoming.completed(Grade.GOOD))
    assert not await rig.receive(incoming.withdrawn())
    assert rig.told() == []


async def test_a_concern_of_an_authority_without_settings_is_an_error_and_never_dropped() -> None:
    with pytest.raises(UnknownAuthority):
        await Rig().receive(incoming.flagged(), authority="nowhere")


async def test_a_concern_from_before_the_first_settings_is_considered_all_the_same() -> None:
    rig = Rig()
    assert await rig.receive(incoming.flagged(), at=datetime(2019, 5, 1, 9, tzinfo=UTC))


async def test_two_authorities_stay_apart() -> None:
    rig = Rig()
    await rig.receive(incoming.flagged(audit_id=UUID(int=1)), authority="northmoor")
    await rig.receive(incoming.flagged(audit_id=UUID(int=2)), authority="saltmere")
    [row] = await rig.store.find("escalation", authority="saltmere")
    assert row.stream_id == escalation_of(UUID(int=2))
