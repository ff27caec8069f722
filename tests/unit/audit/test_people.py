"""With whom it was talked over: roles of the field, every other one told at its place, with what it may have meant."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.audit.adapters.errors import fields_of
from services.audit.domain import people, refusals
from services.audit.domain.audits.events import AuditCompleted, from_json, to_json
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.moderation.words import Meeting
from shared.web.principal import ACROSS_AUTHORITIES, Role
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import after


def test_every_person_who_signs_in_is_one_and_the_field_s_others_too() -> None:
    assert {role.value for role in Role if role not in ACROSS_AUTHORITIES} == set(people.SIGNED_IN)
    others = {
        "independent-reviewing-officer",
        "child-protection-chair",
        "family-help-practitioner",
        "family",
        "advocate",
    }
    assert others <= people.KNOWN
    assert not set(people.SIGNED_IN) & set(people.BESIDE)


def told(problems: tuple[refusals.Problem, ...]) -> dict[str, str]:
    return {one.place: one.way_out.partition(" Give one of")[0] for one in problems}


def test_each_unknown_role_of_a_discussion_is_told_with_the_nearest() -> None:
    roles = ("practitioner", "team-maneger", "gardener", "advocate", "operator")
    bad = b.outcome(reflective_discussion_with=roles)
    refused = after(b.allocate()).when(b.complete(outcome=bad)).refused(refusals.OutcomeInvalid)
    assert set(told(refused.problems)) == {f"reflective_discussion_with.{number}" for number in (1, 2, 4)}
    assert told(refused.problems)["reflective_discussion_with.1"] == "Did you mean team-manager?"
    assert not [one for one in refused.problems if "gardener" in f"{one.message}{one.way_out}"]


def test_each_unknown_role_of_a_meeting_is_told_beside_the_rest() -> None:
    met = (Meeting(role="practicioner", on=b.MODERATED_AT.date()), Meeting(role="team-manager", on=date(2020, 1, 1)))
    story = after(b.allocate(), b.complete(moderation=b.selection()))
    refused = story.when(b.moderate(meetings=met)).refused(refusals.ModerationInvalid)
    assert [one.place for one in refused.problems] == ["meetings.0.role", "meetings.1.on"]


def test_a_note_names_known_roles_and_a_repeat_of_an_older_one_is_none() -> None:
    story = after(b.allocate(), b.complete())
    refused = story.when(m.note(discussed_with=("gardener", "moderator"))).refused(moderation_refusals.NoteInvalid)
    assert [one.place for one in refused.problems] == ["discussed_with.0"]


@pytest.mark.parametrize("role", sorted(people.KNOWN))
def test_each_of_the_list_is_taken(role: str) -> None:
    held = b.outcome(reflective_discussion_with=(role,))
    assert len(after(b.allocate()).when(b.complete(outcome=held)).then_events()) == 1


def test_what_was_stored_before_is_read_as_it_is() -> None:
    [completed] = after(b.allocate()).when(b.complete()).then_events()
    assert isinstance(completed, AuditCompleted)
    outcome: Any = completed.outcome.model_copy(update={"reflective_discussion_with": ("gardener",)})
    kind, data = to_json(completed.model_copy(update={"outcome": outcome}))
    again = from_json(kind, data)
    assert isinstance(again, AuditCompleted)
    assert again.outcome.reflective_discussion_with == ("gardener",)
    story = after(b.allocate()).given(again)
    refused = story.when(b.amend(outcome=outcome)).refused(refusals.OutcomeInvalid)
    assert [one.place for one in refused.problems] == ["reflective_discussion_with.0"]


def test_the_documentation_lists_them() -> None:
    section = Path("docs/audit.md").read_text(encoding="utf-8").partition("## Roles of whom it was talked over with")[2]
    listed = {
        word for line in section.splitlines() if line.startswith("| `") for word in re.findall(r"`([a-z-]+)`", line)
    }
    assert listed == people.KNOWN


def test_a_fault_in_a_list_is_answered_under_the_list_s_name() -> None:
    """As pydantic's own faults are: its number is in the place, and no name of a field."""
    fault = refusals.Problem("reflective_discussion_with.1", "there is no such role", "Give one of these.")
    [told_to_caller] = fields_of([fault])
    assert told_to_caller.field == "reflective_discussion_with"
    assert told_to_caller.place == "body/reflective_discussion_with/1"
