"""docs/escalation.md's picture and table are what the decider does, and they hold what Appendix E asks for."""

from __future__ import annotations

from infra.documents import escalation
from infra.documents.escalation import Change
from services.escalation.app.summaries import Status
from services.escalation.domain.roles import MAY, SERVICE


def test_the_page_is_what_the_code_says() -> None:
    written = escalation.PAGE.read_text(encoding="utf-8")
    assert escalation.MARK in written
    assert written == escalation.page(written), "python -m infra.documents.escalation"


def test_every_command_was_tried_and_every_state_reached() -> None:
    assert escalation.tried_commands() == frozenset(MAY)
    assert escalation.known_statuses() == {status.value for status in Status}


def test_every_step_of_people_has_words() -> None:
    assert set(escalation.WORDS) == {step for step, roles in MAY.items() if roles - {SERVICE}}


def test_it_is_closed_when_the_assistant_director_was_told_and_in_no_other_way() -> None:
    into = [change for change in escalation.changes() if change.after == "closed"]
    assert into == [Change("signed-off", "closed", "assistant director told")]


def test_the_picture_is_that_of_appendix_e() -> None:
    between = {(change.before, change.after) for change in escalation.changes()}
    assert between == {
        ("[*]", "considering"),
        ("[*]", "raised"),
        ("considering", "not-required"),
        ("considering", "raised"),
        ("considering", "signed-off"),
        ("not-required", "considering"),
        ("not-required", "raised"),
        ("raised", "signed-off"),
        ("raised", "withdrawn"),
        ("signed-off", "closed"),
        ("signed-off", "considering"),
        ("signed-off", "raised"),
        ("signed-off", "withdrawn"),
        ("closed", "considering"),
        ("closed", "raised"),
        ("withdrawn", "considering"),
        ("withdrawn", "raised"),
    }


def test_no_step_is_possible_nowhere() -> None:
    assert not [line for line in escalation.steps().splitlines() if line.endswith("|  |")]
