"""Answers that the practitioner or the moderator gives to the questions a tool has for them.

They are held to the tool by the same rules as the auditor's, every fault at once. Whose a question is: `answered_by`
(domain.md section 2: practitioner feedback last).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from services.audit.domain.audits.answers import (
    days_of,
    problem_of_not_asked,
    problem_of_unknown,
    problems_of_answer,
)
from services.audit.domain.audits.outcome import Answer, Outcome
from services.audit.domain.audits.practitioner import PractitionerFeedbackGiven
from services.audit.domain.refusals import Problem
from services.audit.domain.tools.conditions import asking_of
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Question, Respondent
from services.audit.domain.words import ChildStatus, Code


def problems_of(
    tool: ToolDocument,
    status: ChildStatus,
    given: Mapping[Code, Answer],
    *,
    by: Respondent,
    beside: Mapping[Code, Answer],
    unknown: Collection[Code] = frozenset(),
    owed: bool = True,
    today: date,
) -> Iterator[Problem]:
    """Yield every fault of the answers that a practitioner or a moderator gives.

    `beside` are the audit's answers, which conditions look at; `unknown` are questions whose answers whoever answers
    cannot know: what is asked only after one of these may be answered, and is not missed. `owed` says whether what the
    tool requires must be there.
    """
    own = of(tool, by)
    answers = {**{id_: answer for id_, answer in beside.items() if id_ not in own}, **given}
    asking = asking_of(tool, status, answers, moderating=by is Respondent.MODERATOR, unknown=unknown)
    for id_ in given:
        if id_ not in tool.asked:
            yield problem_of_unknown(id_)
        elif id_ not in own:
            yield Problem(f"answers.{id_}", f"the question is not the {by}'s to answer", "Leave it out.", id_)
    for id_, (section, question) in tool.asked.items():
        not_asked, answer = asking.questions[id_], given.get(id_)
        if id_ not in own:
            continue
        if not_asked is None:
            certain = all(one.question not in unknown for one in (*section.asked_if, *question.asked_if))
            needed = owed and question.required and certain
            days = days_of(question, asking, answers, today)
            yield from problems_of_answer(tool, question, answer or Answer(), needed=needed, days=days)
        elif answer is not None:
            yield problem_of_not_asked(id_, not_asked)


def of(tool: ToolDocument, by: Respondent) -> frozenset[Code]:
    """Return the questions that are somebody's to answer."""
    return frozenset(id_ for id_, (section, question) in tool.asked.items() if section.answered_by_whom(question) is by)


def asked_of_practitioner(
    tool: ToolDocument, status: ChildStatus, answers: Mapping[Code, Answer] | None
) -> tuple[Question, ...]:
    """Return the practitioner's questions in the order of the form; `answers` are the audit's, none before completion.

    What hangs on an answer that is not known yet is among them, with its condition.
    """
    own = of(tool, Respondent.PRACTITIONER)
    asking = asking_of(tool, status, answers or {}, unknown=tool.asked.keys() if answers is None else own)
    return tuple(question for id_, (_, question) in tool.asked.items() if id_ in own and asking.asks(id_))


def with_feedback(
    outcome: Outcome, tool: ToolDocument, status: ChildStatus, given: PractitionerFeedbackGiven | None
) -> Outcome:
    """Let what the practitioner said and answered before completion stand, whatever the auditor wrote of it.

    An answer to a question that turns out not to be asked, after the auditor's answers, is left out.
    """
    if given is None:
        return outcome
    together = {**outcome.answers, **given.answers}
    asking = asking_of(tool, status, together)
    answers = {id_: answer for id_, answer in together.items() if id_ not in given.answers or asking.asks(id_)}
    return outcome.model_copy(update={"practitioner_feedback": given.feedback, "answers": answers})
