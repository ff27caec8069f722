"""Each event names the version of the authority's settings that it was decided by, stored and public."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from services.audit.app.publishing import publish
from services.audit.domain.audits.commands import AllocateAudit, CompleteAudit
from services.audit.domain.audits.events import Event, from_json, to_json
from tests.unit.audit.builders import (
    PRACTITIONER,
    allocate,
    amend,
    complete,
    flag,
    follow_up,
    give_feedback,
    import_completed,
    recommend,
    recommendation,
    request_moderation,
    respond,
    withdraw,
)
from tests.unit.audit.stories import AuditSpec, after, nothing

TOLD = allocate(practitioner=PRACTITIONER)
FINISHED = complete(recommendations=(recommendation(),))


@pytest.mark.parametrize(
    ("story", "command"),
    [
        (nothing(), TOLD),
        (after(TOLD), flag()),
        (after(TOLD), FINISHED),
        (after(TOLD), withdraw()),
        (after(TOLD), give_feedback()),
        (after(TOLD, FINISHED), amend()),
        (after(TOLD, FINISHED), respond()),
        (after(TOLD, FINISHED), follow_up()),
        (after(TOLD, complete()), recommend()),
        (after(TOLD, complete()), request_moderation()),
    ],
    ids=lambda given: type(given).__name__,
)
def test_every_event_is_stamped_and_told(story: AuditSpec, command: AllocateAudit) -> None:
    events = story.when(replace(command, settings_version=7)).then_events()
    assert events
    assert {event.settings_version for event in events} == {7}
    state = story.state
    for event in events:
        told = [json.loads(each.event.to_json())["settings_version"] for each in publish(state, event)]
        assert set(told) <= {7}
        assert told or event.type == "practitioner-feedback-given"
        state = story.given(event).state


def test_an_import_names_the_settings_of_both_its_days() -> None:
    begun: AllocateAudit = replace(allocate(), settings_version=1)
    done: CompleteAudit = replace(complete(), settings_version=2)
    events = nothing().when(import_completed(allocate=begun, complete=done)).then_events()
    assert [event.settings_version for event in events] == [1, 2]


def test_a_repeat_under_newer_settings_changes_nothing() -> None:
    story = after(replace(allocate(), settings_version=1), replace(complete(), settings_version=1))
    story.when(replace(allocate(), settings_version=2)).then_nothing_happened()
    story.when(replace(complete(), settings_version=2)).then_nothing_happened()


def test_an_event_stored_before_settings_were_named_is_read() -> None:
    [event] = nothing().when(allocate()).then_events()
    type_, data = to_json(event)
    old = {
        name: value
        for name, value in json.loads(data).items()
        if name not in {"settings_version", "practitioner", "in_practice_figures", "re_audit_of"}
    }
    read: Event = from_json(type_, json.dumps(old).encode())
    assert read == event
    assert read.settings_version is None
