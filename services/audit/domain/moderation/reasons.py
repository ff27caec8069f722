"""What a moderator owes beside grades: the judgement of the audit's own quality, and why each grade is what it is.

Two judgements, kept apart: how good the audit is, and how good the practice in it; a grade is a judgement with its
reason (domain.md section 3; practice.md sections 3 and 4). Owed once, when a moderation is first recorded: one that was
recorded before this was asked for may be repeated as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from services.audit.domain.audits.outcome import SectionJudgement
from services.audit.domain.moderation.commands import GiveBlindGrades, RecordModeration
from services.audit.domain.moderation.events import ModeratorGraded
from services.audit.domain.refusals import Problem
from services.audit.domain.words import Code, Grade

_NO_QUALITY: Final = Problem(
    "quality",
    "the judgement of the audit's own quality is missing",
    "Say whether it is thorough and evidenced, and its actions right: thorough, evidenced, actions_right.",
)
_NO_RATIONALE: Final = Problem(
    "rationale", "the reason for the overall grade is missing", "Say in a sentence or two what decided it."
)
_OTHER_GRADE: Final = Problem(
    "rationale", "the reason is missing for another grade than the one given blind", "Say what changed your mind."
)


def problems_of_blind(command: GiveBlindGrades) -> Iterator[Problem]:
    """Yield that the reason for the overall grade is missing: always, and by nothing but the command."""
    if command.tool.graded and not command.rationale:
        yield _NO_RATIONALE


def problems_in_one_step(command: RecordModeration, graded: Iterable[Code]) -> Iterator[Problem]:
    """Yield what is missing of a blind moderation that is recorded without grades given before.

    A reason is owed for each of the sections that are `graded` in it, however the auditor graded them, so that none
    that is missing tells how.
    """
    if command.quality is None:
        yield _NO_QUALITY
    if command.tool.graded and not command.rationale:
        yield _NO_RATIONALE
    for id_ in graded:
        if not command.section_reasons.get(id_):
            yield Problem(f"section_reasons.{id_}", "the reason for the section's grade is missing", "Say why.")


def problems_by_all(
    command: RecordModeration,
    graded: ModeratorGraded | None,
    sections: Mapping[Code, Grade],
    audited: Mapping[Code, SectionJudgement],
) -> Iterator[Problem]:
    """Yield what is missing of a moderation whose moderator knows the auditor's grades; what was given blind counts.

    The overall grade needs its reason also where it is the auditor's: agreement without one cannot be told from a
    moderation that was waved through, and a rule that does not look at the difference is the same one blind and
    sighted. Of the `sections` graded in it, those that the auditor graded otherwise, or not at all, need one each.
    """
    if command.quality is None and (graded is None or graded.quality is None):
        yield _NO_QUALITY
    if command.tool.graded and not command.rationale:
        if graded is None or not graded.rationale:
            yield _NO_RATIONALE
        elif {command.overall_grade, command.standing_grade} - {None, graded.overall_grade}:
            yield _OTHER_GRADE
    blind: Mapping[Code, Grade] = {} if graded is None else graded.sections
    reasons = {} if graded is None else {id_: why for id_, why in graded.section_reasons.items() if why}
    for id_, grade in sections.items():
        auditors = audited.get(id_)
        same = auditors is not None and auditors.grade is grade
        before = id_ in reasons and blind.get(id_) is grade
        if not (same or before or command.section_reasons.get(id_)):
            message = "the reason is missing for a grade that is not the auditor's"
            yield Problem(f"section_reasons.{id_}", message, "Say what you saw that the auditor did not, or otherwise.")
