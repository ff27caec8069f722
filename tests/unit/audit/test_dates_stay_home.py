"""The answer to a date question is published by no event (G7): a birth may name a child in a small place."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.audit.app.publishing import publish
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.outcome import Answer, AnswerValue, Feedback, Outcome
from services.audit.domain.audits.states import INITIAL, State
from services.audit.domain.tools.document import ToolDocument, read_tool
from shared.contracts.audit import AuditAmendedV1, AuditCompletedV1
from shared.contracts.base import PublicEvent
from tests.unit.audit import builders as b

OTHERS: dict[str, dict[str, Any]] = {
    "graded": {"scale": "grade"},
    "seen-alone": {"scale": "yes-no"},
    "visits": {"scale": "number"},
    "stable": {"scale": "scale", "points": [{"value": 0, "name": "Not"}, {"value": 5, "name": "Fully"}]},
    "heard": {"scale": "choice", "choices": [{"code": "in-part", "label": "In part"}]},
    "who": {"scale": "choices", "choices": [{"code": "mother", "label": "Mother"}]},
}
CODED: dict[str, AnswerValue] = {
    "graded": "good", "seen-alone": True, "visits": 20090601, "stable": 5, "heard": "in-part", "who": ("mother",),
}  # fmt: skip
DATES = ("born-on", "removed-on", "placed-on")


def tool() -> ToolDocument:
    dates = {id_: {"scale": "date", "may_be_not_seen": True} for id_ in DATES}
    questions = [
        {"id": id_, "text": f"{id_}?", "required": False, **asked} for id_, asked in {**dates, **OTHERS}.items()
    ]
    section = {"id": "facts", "title": "Facts", "judgement": "none", "questions": questions}
    return read_tool(
        {
            "tool": "dates",
            "title": "Dates",
            "kinds": ["case-file"],
            "version": 1,
            "graded": False,
            "sections": [section],
        }
    )


TOOL = tool()


def published(*outcomes: Outcome) -> list[PublicEvent]:
    """Return what others hear of an audit completed with the first outcome and amended to each further one."""
    state: State = INITIAL
    told: list[PublicEvent] = []
    commands: list[Command] = [
        b.allocate(tool=TOOL.tool),
        b.complete(tool=TOOL, outcome=outcomes[0]),
        *(b.amend(tool=TOOL, outcome=each) for each in outcomes[1:]),
    ]
    for command in commands:
        for event in decide(command, state):
            told += [publication.event for publication in publish(state, event)]
            state = evolve(state, event)
    return told


def outcome(days: dict[str, AnswerValue], **others: AnswerValue) -> Outcome:
    answers = {id_: Answer(value=value) for id_, value in {**CODED, **days, **others}.items()}
    return b.outcome(
        answers=answers,
        sections={},
        overall_grade=None,
        overall_rationale=None,
        parent_feedback=Feedback(obtained=True),
    )


days = st.dates(date(1900, 1, 1), date(2020, 12, 31)).map(date.isoformat)


@given(first=st.fixed_dictionaries(dict.fromkeys(DATES, days)), then=st.fixed_dictionaries(dict.fromkeys(DATES, days)))
@settings(max_examples=60, deadline=None)
def test_no_answer_to_a_date_question_reaches_a_published_event(first: dict[str, str], then: dict[str, str]) -> None:
    told = published(outcome({**first}), outcome({**then}, visits=3))
    everything = b"\n".join(event.to_json() for event in told).decode()
    for day in {*first.values(), *then.values()}:
        assert day not in everything


def test_every_other_answer_is_published_as_it_was() -> None:
    born = {"born-on": "2009-06-01"}
    told = published(outcome({**born}), outcome({**born, "removed-on": "2011-02-03"}))
    heard = [event.answers for event in told if isinstance(event, AuditCompletedV1 | AuditAmendedV1)]
    assert heard == [CODED, CODED]


def test_that_a_date_was_not_seen_is_no_date_and_is_published() -> None:
    heard = [event for event in published(outcome({"born-on": "not-seen"})) if isinstance(event, AuditCompletedV1)]
    assert heard[0].answers["born-on"] == "not-seen"
