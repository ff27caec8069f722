"""A flagged concern stands whatever the outcome says, and the authority's rules of moderation go by it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.audit.app.moderation.policy import selection_of_flagged, selections_if_flagged
from services.audit.app.summaries import summarise
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL
from services.audit.domain.moderation.events import ModerationRequested
from services.audit.domain.words import Concern, Grade
from shared.authority.settings import AuthoritySettings, parse_settings
from tests.support.decider_spec import Spec, spec
from tests.unit.audit import builders as b

ON = date(2025, 11, 20)
CONCERN = b.flag(concern=Concern.PRACTICE, inadequate_likely=False)
LIKELY = b.flag(concern=Concern.NONE, inadequate_likely=True)


def settings(*rules: str, share: str = "rules", more: str = "") -> AuthoritySettings:
    return parse_settings(
        b.settings_text("northmoor", share=share, more=f"rules: [{', '.join(rules)}], {more}"), "northmoor.yaml"
    )


def completing(found: AuthoritySettings, **changes: Any) -> Any:
    if_flagged = selections_if_flagged(found, b.AUDIT_ID, b.outcome(**changes), ON)
    return b.complete(outcome=b.outcome(**changes), if_flagged=if_flagged)


def flagging(found: AuthoritySettings, **changes: Any) -> Any:
    concern, likely = changes.get("concern", Concern.PRACTICE), changes.get("inadequate_likely", False)
    selected = selection_of_flagged(found, b.AUDIT_ID, concern, inadequate_likely=likely, flagged_on=ON)
    return b.flag(at=b.MODERATED_AT, concern=concern, inadequate_likely=likely, moderation=selected)


def after(*commands: Any) -> Spec[Any, Any, Any]:
    story: Spec[Any, Any, Any] = spec(decide, evolve, INITIAL)
    for command in (b.allocate(), *commands):
        story = story.given(*story.when(command).then_events())
    return story


def because(story: Spec[Any, Any, Any], command: Any) -> list[str]:
    events = story.when(command).then_events()
    return [one.selected_because for one in events if isinstance(one, ModerationRequested)]


@pytest.mark.parametrize(
    ("flagged", "rules", "expected"),
    [
        (CONCERN, ["every-concern"], ["concern"]),
        (LIKELY, ["every-likely-inadequate"], ["inadequate-likely"]),
        (CONCERN, ["every-likely-inadequate"], []),
        (LIKELY, ["every-concern"], []),
        (CONCERN, ["every-inadequate"], []),
    ],
)
def test_what_was_flagged_selects_an_audit_whose_outcome_says_no_concern(
    flagged: Any, rules: list[str], expected: list[str]
) -> None:
    assert because(after(flagged), completing(settings(*rules))) == expected


def test_without_a_flag_an_outcome_without_concern_is_not_selected() -> None:
    assert because(after(), completing(settings("every-concern", "every-likely-inadequate"))) == []


def test_an_inadequate_is_one_first_whatever_was_flagged() -> None:
    found = settings("every-concern", "every-inadequate")
    assert because(after(CONCERN), completing(found, overall_grade=Grade.INADEQUATE)) == ["inadequate"]


def test_what_is_flagged_after_completion_asks_for_a_moderation_once() -> None:
    found = settings("every-concern")
    story = after(b.complete())
    first = flagging(found)
    assert because(story, first) == ["concern"]
    again = story.given(*story.when(first).then_events())
    assert because(again, flagging(found, concern=Concern.SAFEGUARDING)) == []


def test_no_moderation_is_asked_for_where_one_is_open_or_done() -> None:
    found = settings("every-concern")
    asked = after(b.complete(moderation=b.selection()))
    assert because(asked, flagging(found)) == []
    assert because(asked.given(*asked.when(b.moderate()).then_events()), flagging(found)) == []


def test_a_flag_before_completion_asks_for_none_yet() -> None:
    assert because(after(), flagging(settings("every-concern"))) == []


def test_a_flag_that_is_dated_before_completion_asks_for_its_moderation_at_completion() -> None:
    [*_, asked] = after(b.complete()).when(b.flag(moderation=b.selection())).then_events()
    assert isinstance(asked, ModerationRequested)
    assert asked.at == b.COMPLETED_AT


@pytest.mark.parametrize(
    ("flagged", "outcome", "stands"),
    [
        (Concern.SAFEGUARDING, Concern.NONE, "safeguarding"),
        (Concern.SAFEGUARDING, Concern.PRACTICE, "safeguarding"),
        (Concern.PRACTICE, Concern.SAFEGUARDING, "safeguarding"),
        (Concern.NONE, Concern.PRACTICE, "practice"),
        (Concern.NONE, Concern.NONE, "none"),
    ],
)
def test_a_row_says_the_graver_concern(flagged: Concern, outcome: Concern, stands: str) -> None:
    row = summarise(after(b.flag(concern=flagged), b.complete(outcome=b.outcome(concern=outcome))).state)
    assert row is not None
    assert row.data["concern"] == stands
