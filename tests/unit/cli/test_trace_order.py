"""In which order `sightline trace` tells a story whose steps were recorded by the clocks of several services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from infra.cli.trace import Step, told_in_order
from shared.contracts.envelope import event_id

NOON = datetime(2026, 4, 2, 12, tzinfo=UTC)
AUDIT, ESCALATION = UUID(int=1), UUID(int=2)


def step(service: str, version: int, at: datetime, cause: UUID | None = None) -> Step:
    """A step that was published as one event of the same number as its version."""
    stream = AUDIT if service == "audit" else ESCALATION
    return Step(service, stream, version, version, version, at, None, UUID(int=3), cause, "", f"{service}-{version}")


def told(*steps: Step) -> list[str]:
    return [one.type for one in told_in_order(list(steps))]


def test_steps_are_told_by_when_they_were_recorded() -> None:
    later = NOON + timedelta(seconds=1)
    assert told(step("audit", 2, later), step("escalation", 1, NOON), step("audit", 1, NOON)) == [
        "escalation-1",
        "audit-1",
        "audit-2",
    ]


def test_a_step_is_told_after_its_cause_though_recorded_at_the_same_moment_or_by_a_clock_that_runs_behind() -> None:
    cause = event_id("/audit", AUDIT, 2)
    for recorded in (NOON, NOON - timedelta(milliseconds=5)):
        steps = [step("escalation", 1, recorded, cause), step("audit", 1, NOON), step("audit", 2, NOON)]
        assert told(*steps) == ["audit-1", "audit-2", "escalation-1"]


def test_a_stream_is_told_in_its_own_order_whatever_was_the_cause_of_a_step() -> None:
    cause = event_id("/audit", AUDIT, 1)
    steps = [step("escalation", 2, NOON), step("escalation", 1, NOON, cause), step("audit", 1, NOON)]
    assert told(*steps) == ["audit-1", "escalation-1", "escalation-2"]


def test_a_cause_that_is_no_part_of_the_story_holds_up_nothing() -> None:
    assert told(step("escalation", 1, NOON, UUID(int=9))) == ["escalation-1"]
