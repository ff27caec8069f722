"""What a blind moderator reads of an audit: no answer that is a grade, stands for one, or is asked only after one."""

from __future__ import annotations

from typing import Any

from services.audit.app.audits.changes import changes_of
from services.audit.app.audits.views import coded_for, texts_shown
from services.audit.app.moderation.access import Hidden
from services.audit.domain.audits.events import AuditAmended, Event, to_json
from services.audit.domain.audits.outcome import Answer, Finding, Outcome, SectionJudgement, ThemeFound
from services.audit.domain.moderation.telling import Telling, telling_of
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.words import Grade, Polarity
from shared.eventstore.model import StoredEvent
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m
from tests.unit.audit.stories import after, completed

YES_NO = {"scale": "yes-no", "text": "Is it so?"}
DOCUMENT: dict[str, Any] = {
    "tool": "mapped",
    "title": "A scale whose points stand for grades",
    "kinds": ["case-file"],
    "sections": [
        {
            "id": "safety",
            "title": "Safety",
            "questions": [
                {"id": "graded", "text": "How safe?", "scale": "grade"},
                {
                    "id": "mapped",
                    "text": "How safe, 0 or 10?",
                    "scale": "scale",
                    "points": [
                        {"value": 0, "name": "Not", "grade": "inadequate"},
                        {"value": 10, "name": "Fully", "grade": "outstanding"},
                    ],
                },
                {
                    "id": "unmapped",
                    "text": "How often seen?",
                    "scale": "scale",
                    "points": [{"value": 0, "name": "Never"}, {"value": 10, "name": "Weekly"}],
                },
                {**YES_NO, "id": "plain"},
                {**YES_NO, "id": "why-unsafe", "asked_if": [{"question": "mapped", "answers": ["0"]}]},
                {**YES_NO, "id": "and-then", "asked_if": [{"question": "why-unsafe", "answers": ["yes"]}]},
                {**YES_NO, "id": "if-plain", "asked_if": [{"question": "plain", "answers": ["yes"]}]},
            ],
        },
        {
            "id": "unsafe",
            "title": "Only where it is inadequate",
            "asked_if": [{"question": "graded", "answers": ["inadequate"]}],
            "questions": [{**YES_NO, "id": "told-anybody"}],
        },
        {
            "id": "seen",
            "title": "Only where it is so",
            "asked_if": [{"question": "plain", "answers": ["yes"]}],
            "questions": [{**YES_NO, "id": "seen-alone"}],
        },
    ],
}
TELLING = {"graded", "mapped", "why-unsafe", "and-then", "told-anybody"}
SHOWN = {"unmapped", "plain", "if-plain", "seen-alone"}


def tool() -> ToolDocument:
    return read_tool(DOCUMENT)


def outcome() -> Outcome:
    values = dict.fromkeys([*TELLING, *SHOWN], True) | {"graded": "inadequate", "mapped": 0, "unmapped": 10}
    develop = Polarity.DEVELOPMENT
    found = [
        Finding(section=one, theme="drift-and-delay", polarity=develop, text=b.SEEN) for one in ("safety", "unsafe")
    ]
    return b.outcome(
        overall_grade=Grade.INADEQUATE,
        sections={"safety": SectionJudgement(grade=Grade.INADEQUATE)},
        answers={id_: Answer(value=value, evidence=b.SEEN, impact=b.SEEN) for id_, value in values.items()},
        findings=tuple(found),
        themes=tuple(ThemeFound(theme="drift-and-delay", polarity=develop, section=one.section) for one in found),
    )


BLIND = Hidden(grades=True, people=True, telling=telling_of(tool()))


def test_grade_questions_mapped_points_and_what_is_asked_only_after_them_tell_a_grade() -> None:
    assert telling_of(tool()) == Telling(frozenset(TELLING), frozenset({"unsafe"}))


def test_a_blind_moderator_is_shown_none_of_those_answers() -> None:
    coded = coded_for(outcome(), BLIND)
    assert set(coded["answers"]) == SHOWN
    assert (coded["overall_grade"], coded["sections"], coded["inadequate_likely"]) == (None, {}, None)
    assert [one["section"] for one in coded["findings"]] == ["safety"]
    assert [one["section"] for one in coded["themes"]] == ["safety"]
    assert set(coded_for(outcome(), Hidden())["answers"]) == TELLING | SHOWN


def test_nor_what_was_written_beside_them() -> None:
    texts = outcome().texts()
    shown = texts_shown(texts, BLIND)
    assert {box for box in shown if box.startswith("answers/")} == {
        f"answers/{id_}/{box}" for id_ in SHOWN for box in ("evidence", "impact")
    }
    assert [box.split("/")[1] for box in shown if box.startswith("findings/")] == ["safety"]
    assert texts_shown(texts, Hidden()) == texts


def test_where_the_tool_is_not_known_no_answer_is_shown() -> None:
    unknown = Hidden(grades=True)
    coded = coded_for(outcome(), unknown)
    assert (coded["answers"], coded["findings"], coded["themes"]) == ({}, [], [])
    assert not [box for box in texts_shown(outcome().texts(), unknown) if box.startswith(("answers/", "findings/"))]


def stored(*events: Event) -> list[StoredEvent]:
    made: list[StoredEvent] = []
    for number, event in enumerate(events, 1):
        type_, data = to_json(event)
        made.append(
            StoredEvent(
                b.AUDIT_ID, number, number, number, event.at, b.AUDIT_ID, None, "audit", "northmoor", "", type_, data
            )
        )
    return made


def test_what_changed_since_names_no_event_and_no_field_that_speaks_of_the_grade() -> None:
    amended = AuditAmended(
        at=b.COMPLETED_AT,
        by=b.BY_QA,
        outcome=outcome(),
        reason="mistyped",
        changed=("answers", "inadequate_likely", "overall_grade", "overridden_limits", "sections", "took_part"),
    )
    story = after(b.allocate(), b.complete(moderation=b.selection(blind=True)), b.moderate(terms=m.terms()), m.note())
    state = completed(story)
    opened = state.disputes[m.DISPUTE].opened
    note = state.reflective_notes[0]
    second = state.moderations[m.SECOND].requested
    log = stored(state.allocation, state.completion, amended, opened, second, note)
    told = [(one.event, one.role) for one in changes_of(log, Hidden())]
    assert told[3:] == [
        ("moderation-disputed", "service"),
        ("moderation-requested", "service"),
        ("reflective-note-recorded", "team-manager"),
    ]
    kept = list(changes_of(log, BLIND))
    assert [one.event for one in kept] == [
        "audit-allocated",
        "audit-completed",
        "audit-amended",
        "moderation-requested",
    ]
    assert {one.role for one in kept} == {"somebody"}
    assert kept[2].fields == ("answers", "took_part")
    assert not {"overall_grade", "sections"} & set(kept[1].fields)
