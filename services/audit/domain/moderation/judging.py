"""Whether what a moderator judges fits the tool: grades and limits on them, answers to the moderator's questions.

The moderator's grades, and the panel's that settles a dispute, are held to the tool's limits as the auditor's are
(practice.md section 3). Before a blind moderator has given theirs, no fault may tell them how the auditor graded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from services.audit.domain import people
from services.audit.domain.audits import theirs
from services.audit.domain.audits.outcome import Answer, Outcome, SectionJudgement
from services.audit.domain.audits.states import Completed, Moderation
from services.audit.domain.moderation import independence as moderation_independence
from services.audit.domain.moderation import reasons
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration, SettleDispute
from services.audit.domain.moderation.events import ModeratorGraded
from services.audit.domain.moderation.telling import telling_of
from services.audit.domain.moderation.words import ModeratorType
from services.audit.domain.refusals import Problem
from services.audit.domain.tools import limits
from services.audit.domain.tools.conditions import Asking, asking_of
from services.audit.domain.tools.document import Judgement, ToolDocument
from services.audit.domain.tools.parts import Respondent
from services.audit.domain.words import Code, Grade, SealedText, business_date

HIDDEN: Final = "whether this may be so hangs on what is hidden from you until your own grades are given"
"""What is said of whatever hangs on what a blind moderator does not see, however that is."""

_GRADES_FIRST: Final = "Give your grades blind first, and record the moderation then."
_FIRST: Final = f"Or g{_GRADES_FIRST[1:]}"


def problems_of_blind(command: GiveBlindGrades, state: Completed) -> Iterator[Problem]:
    """Yield every fault of what is given blind: by the moderator's own grades and the answers that they may see.

    What the tool requires of a moderator is owed when the moderation is recorded, not before; and so are the audit's
    quality, and the reasons for sections, of which it is known then which differ from the auditor's.
    """
    yield from _problems_by_own(command, state, command.overall_grade)
    yield from reasons.problems_of_blind(command)


def problems_of(command: RecordModeration, state: Completed, moderation: Moderation) -> Iterator[Problem]:
    """Yield every fault of a moderation; what is left out after grading blind is what was given blind.

    One that is blind, and recorded without grades given before, is held to what its moderator may see alone.
    """
    blind, graded = moderation.requested.blind, moderation.graded
    if blind and graded is None and moderation.done is None:
        yield from _problems_in_one_step(command, state)
    else:
        yield from _problems_by_all(command, state, moderation)
    if command.moderator_type == ModeratorType.PANEL:
        yield from moderation_independence.panel_problems(
            state,
            command.panel,
            chair=command.moderator,
            own_team_allowed=command.own_team_allowed,
            moderation_id=command.moderation_id,
            blind=blind,
        )
    elif command.panel:
        yield Problem("panel", "only a panel has members", "Say moderator_type: panel, or leave them out.")
    yield from _problems_of_meetings(command, business_date(state.allocation.at), business_date(command.at))


def _problems_in_one_step(command: RecordModeration, state: Completed) -> Iterator[Problem]:
    """Yield what is wrong with a blind moderation that is recorded without grades given before.

    Nothing here looks at what is hidden, so that no fault, nor that there is none, tells it. What hangs on it is to be
    recorded in two steps, whatever it is.
    """
    tool, standing, overall = command.tool, command.standing_grade, command.overall_grade
    above = standing is not None and (overall is None or standing.rank > overall.rank)
    place = "standing_grade" if above else "overall_grade"
    own = list(_problems_by_own(command, state, standing if above else overall, place=place))
    yield from own
    if not tool.graded and overall is None and standing is not None:
        yield Problem("overall_grade", "this tool is not graded", "Leave the grades out.")
    elif standing not in {None, overall} and all((one.place, one.message) != ("standing_grade", HIDDEN) for one in own):
        yield Problem("standing_grade", HIDDEN, f"Leave it out. {_FIRST}")
    telling, asking = telling_of(tool), _asking_unseeing(tool, state)
    graded = [id_ for id_ in command.sections if id_ in _to_grade(tool, asking)]
    yield from reasons.problems_in_one_step(command, (id_ for id_ in graded if id_ not in telling.sections))
    for id_ in command.sections:
        if id_ in telling.sections and asking.asks_section(id_):
            yield Problem(f"sections.{id_}", HIDDEN, f"Leave it out. {_FIRST}")
    for id_ in theirs.of(tool, Respondent.MODERATOR):
        section, question = tool.asked[id_]
        unsure = any(one.question in telling.questions for one in (*section.asked_if, *question.asked_if))
        if unsure and asking.asks(id_) and (question.required or id_ in command.answers):
            yield Problem(
                f"answers.{id_}", HIDDEN, _GRADES_FIRST if question.required else f"Leave it out. {_FIRST}", id_
            )


def _problems_by_own(
    command: GiveBlindGrades | RecordModeration,
    state: Completed,
    overall: Grade | None,
    *,
    place: str = "overall_grade",
) -> Iterator[Problem]:
    """Yield what is wrong by the moderator's own grades and the answers they may see; `place` is of the overall one."""
    tool, recording = command.tool, isinstance(command, RecordModeration)
    unknown, seen, asking = telling_of(tool).questions, _seen(tool, state), _asking_unseeing(tool, state)
    yield from _problems_of_grades(command, asking, command.overall_grade, command.sections)
    judged = limits.Judgements(overall, _judged(command.sections), seen, command.overridden_limits)
    unsure = {one.id for one in tool.sections if asking.asks_section(one.id) and one.id not in command.sections}
    undecided = limits.undecided(tool, judged, asking, unknown=unknown, unsure=unsure) if recording else ()
    alone = {limit.id for limit in undecided}
    yield from limits.problems_of(tool, judged, asking, place=place, unknown=unknown, alone=alone)
    if alone:
        yield Problem(place, HIDDEN, f"Grade every section that the tool's limits look at. {_FIRST}")
    yield from theirs.problems_of(
        tool,
        state.allocation.place.child_status,
        command.answers,
        by=Respondent.MODERATOR,
        beside=seen,
        unknown=unknown,
        owed=recording,
        today=business_date(command.at),
    )


def _seen(tool: ToolDocument, state: Completed) -> dict[Code, Answer]:
    """Return the answers that a blind moderator may see."""
    hidden = telling_of(tool).questions
    return {id_: answer for id_, answer in state.outcome.answers.items() if id_ not in hidden}


def _asking_unseeing(tool: ToolDocument, state: Completed) -> Asking:
    """Return what the tool asks as far as a blind moderator may know: what hangs on hidden answers may be asked."""
    return _asking(tool, state, _seen(tool, state), telling_of(tool).questions)


def _problems_by_all(command: RecordModeration, state: Completed, moderation: Moderation) -> Iterator[Problem]:
    """Yield what is wrong with grades and answers, by everything that the audit found."""
    tool, outcome, graded = command.tool, state.outcome, moderation.graded
    overall = command.overall_grade or (None if graded is None else graded.overall_grade)
    sections = command.sections or ({} if graded is None else graded.sections)
    asking = _asking(tool, state, outcome.answers)
    yield from _problems_of_grades(command, asking, overall, sections)
    if not tool.graded and overall is None and command.standing_grade is not None:
        yield Problem("overall_grade", "this tool is not graded", "Leave the grades out.")
    yield from _problems_of_standing(command, overall, (outcome.overall_grade, state.standing_grade))
    yield from _problems_of_limits(command, asking, state, graded, overall, sections)
    if moderation.done is None:
        known = {id_: grade for id_, grade in sections.items() if id_ in _to_grade(tool, asking)}
        yield from reasons.problems_by_all(command, graded, known, outcome.sections)
    yield from theirs.problems_of(
        tool,
        state.allocation.place.child_status,
        command.answers or ({} if graded is None else graded.answers),
        by=Respondent.MODERATOR,
        beside=outcome.answers,
        today=business_date(command.at),
    )


def _problems_of_standing(
    command: RecordModeration, overall: Grade | None, before: Sequence[Grade | None]
) -> Iterator[Problem]:
    """Yield a grade that is to stand though nobody gave it, nor does it lie between those that were given."""
    standing = command.standing_grade
    if standing is None or overall is None:
        return
    given = [grade.rank for grade in (overall, *before) if grade is not None]
    if not min(given) <= standing.rank <= max(given):
        message = "the grade that is to stand is neither the auditor's nor the moderator's, nor between the two"
        yield Problem("standing_grade", message, "Give one of theirs or one between them, or leave it out.")


def problems_of_settlement(
    command: SettleDispute, moderation_id: UUID, grade: Grade | None, state: Completed
) -> Iterator[Problem]:
    """Yield every fault of what a panel grades: the grade that stands from now on, with the sections as they stand.

    Where the panel upholds the grade of the disputed moderation, why warnings were set aside then counts still.
    """
    tool, disputed = command.tool, state.moderations[moderation_id]
    asking = _asking(tool, state, state.outcome.answers)
    if not tool.graded and command.standing_grade is not None:
        yield Problem("standing_grade", "this tool is not graded", "Leave the grades out.")
    yield from _problems_of_sections(tool, asking, command.sections)
    if grade is None:
        return
    before: dict[Code, SealedText] = {}
    if disputed.done is not None and disputed.done.standing_grade == grade:
        given_blind = {} if disputed.graded is None else disputed.graded.overridden_limits
        before = {**given_blind, **disputed.done.overridden_limits}
    judged = state.outcome.model_copy(
        update={"overall_grade": grade, "sections": {**sections_standing(state), **_judged(command.sections)}}
    )
    yield from _beyond_limits(tool, judged, asking, before, command.overridden_limits, "standing_grade")


def sections_standing(state: Completed, *, before: UUID | None = None) -> Mapping[Code, SectionJudgement]:
    """Return how each section stands: as the last moderator graded it, or else as the auditor judged it.

    `before` is a moderation: neither its own grades nor those of later ones are looked at.
    """
    standing = dict(state.outcome.sections)
    for id_, moderation in state.moderations.items():
        if id_ == before:
            break
        if moderation.done is not None:
            standing.update(_judged(moderation.done.sections))
    return standing


def _asking(
    tool: ToolDocument, state: Completed, answers: Mapping[Code, Answer], unknown: frozenset[Code] = frozenset()
) -> Asking:
    return asking_of(tool, state.allocation.place.child_status, answers, moderating=True, unknown=unknown)


def _judged(sections: Mapping[Code, Grade]) -> dict[Code, SectionJudgement]:
    return {id_: SectionJudgement(grade=grade) for id_, grade in sections.items()}


def _problems_of_grades(
    command: GiveBlindGrades | RecordModeration, asking: Asking, overall: Grade | None, sections: Mapping[Code, Grade]
) -> Iterator[Problem]:
    tool = command.tool
    if tool.graded and overall is None:
        yield Problem("overall_grade", "the moderator's overall grade is missing", f"Give one of: {', '.join(Grade)}.")
    if not tool.graded and overall is not None:
        yield Problem("overall_grade", "this tool is not graded", "Leave the grades out.")
    yield from _problems_of_sections(tool, asking, sections)
    for id_ in command.section_reasons:
        if id_ not in sections:
            message = "a reason is given for a section that is not graded here"
            yield Problem(f"section_reasons.{id_}", message, "Grade the section too, or leave the reason out.")


def _problems_of_sections(tool: ToolDocument, asking: Asking, sections: Mapping[Code, Grade]) -> Iterator[Problem]:
    to_grade = _to_grade(tool, asking)
    for id_ in sections:
        if id_ not in to_grade:
            message = "the tool has no such graded section for this child's status"
            yield Problem(f"sections.{id_}", message, "Leave it out, or check its id.")


def _to_grade(tool: ToolDocument, asking: Asking) -> frozenset[Code]:
    return frozenset(
        section.id
        for section in tool.sections
        if section.judgement is Judgement.GRADE and asking.asks_section(section.id)
    )


def _problems_of_limits(  # noqa: PLR0917 - what is judged, by whom, against what
    command: RecordModeration,
    asking: Asking,
    state: Completed,
    graded: ModeratorGraded | None,
    overall: Grade | None,
    sections: Mapping[Code, Grade],
) -> Iterator[Problem]:
    """Hold the higher of the moderator's grade and the one that is to stand to the tool's limits.

    A section that the moderator did not grade is as it stands: as the moderator before them graded it, or the auditor
    judged it. A reason given blind counts still.
    """
    standing = command.standing_grade
    above = standing is not None and overall is not None and standing.rank > overall.rank
    others = sections_standing(state, before=command.moderation_id)
    judged = state.outcome.model_copy(
        update={"overall_grade": standing if above else overall, "sections": {**others, **_judged(sections)}}
    )
    before = {} if graded is None else graded.overridden_limits
    place = "standing_grade" if above else "overall_grade"
    yield from _beyond_limits(command.tool, judged, asking, before, command.overridden_limits, place)


def _beyond_limits(  # noqa: PLR0917 - what is judged, against what, and why it is beyond it
    tool: ToolDocument,
    judged: Outcome,
    asking: Asking,
    before: Mapping[Code, SealedText],
    given: Mapping[Code, SealedText],
    place: str,
) -> Iterator[Problem]:
    """Hold a grade to the tool's limits; reasons from `before` count for those that it is still beyond."""
    met = {limit.id for limit in limits.limits_met(tool, judged, asking)}
    kept = {id_: why for id_, why in before.items() if id_ in met}
    judged = judged.model_copy(update={"overridden_limits": {**kept, **given}})
    yield from limits.problems_of(tool, judged, asking, place=place)


def _problems_of_meetings(command: RecordModeration, allocated_on: date, today: date) -> Iterator[Problem]:
    met = ((f"meetings.{number}.role", meeting.role) for number, meeting in enumerate(command.meetings))
    yield from people.problems_of_roles(met)
    for number, meeting in enumerate(command.meetings):
        if not allocated_on <= meeting.on <= today:
            message = "the meeting would have been before the allocation or after the moderation"
            yield Problem(f"meetings.{number}.on", message, "Check the day.")
