"""The names of rows and lists. An id of a tool never holds an underscore, so a name with one is a row beside it."""

from __future__ import annotations

import re
from typing import Final

# Rows of the form as a whole.
DESCRIPTION: Final = "description_of_tool"
KIND: Final = "kind_of_audit"
STATUS: Final = "status_of_child"
ANSWERING: Final = "who_answers"
MONTHS_READ: Final = "months_read"
MONTHS_JUDGED: Final = "months_judged"
DAYS: Final = "complete_within_days"
IN_FIGURES: Final = "in_practice_figures"
EARLIER_AUDIT: Final = "earlier_audit"
OVERALL: Final = "grade_overall"
OVERALL_RATIONALE: Final = "rationale_overall"
FEEDBACK: Final = ("feedback_of_child", "feedback_of_parents", "feedback_of_practitioner")
OF_THE_FORM: Final = frozenset(
    {
        DESCRIPTION,
        KIND,
        STATUS,
        ANSWERING,
        MONTHS_READ,
        MONTHS_JUDGED,
        DAYS,
        IN_FIGURES,
        EARLIER_AUDIT,
        OVERALL,
        OVERALL_RATIONALE,
        *FEEDBACK,
    }
)

# Rows beside a question, a section or a limit: `<its id>_<one of these>`.
EVIDENCE: Final = "evidence"
IMPACT: Final = "impact"
REASON: Final = "reason"
UNANSWERED: Final = "unanswered"
WEIGHT: Final = "weight"
POLARITY: Final = "polarity"
REPLACES: Final = "replaces"
COMPARABLE: Final = "comparable"
AHEAD: Final = "ahead"
JUDGEMENT: Final = "judgement"
RATIONALE: Final = "rationale"
GUIDANCE: Final = "guidance"
GRADE: Final = "grade"
LIMIT: Final = "limit"
OF_A_QUESTION: Final = frozenset({EVIDENCE, IMPACT, REASON, UNANSWERED, WEIGHT, POLARITY, REPLACES, COMPARABLE, AHEAD})
OF_A_SECTION: Final = frozenset({JUDGEMENT, RATIONALE, GUIDANCE, GRADE})

# Lists of the choices sheet; a list of a question or section is `<its id>_<one of these>`.
KINDS: Final = "kinds"
STATUSES: Final = "statuses"
RESPONDENTS: Final = "respondents"
GRADES: Final = "grades"
YES_NO: Final = "yes_no"
THEMES: Final = "themes"
FEEDBACK_POINTS: Final = "feedback"
CHOICES: Final = "choices"
POINTS: Final = "points"
REASONS: Final = "reasons"

_COMPLIANCE_GROUP: Final = re.compile(r"(?P<section>.+)_compliance(-\d+)?")
_LIST: Final = {
    GRADES: re.compile(r"grades(_.+)?|.+_grades(_.+)?"),
    YES_NO: re.compile(r"yes_no(_.+)?"),
    THEMES: re.compile(r"themes(_.+)?"),
}


def name_of(id_: str) -> str:
    """Return the row name of an id. A name must begin with a letter or an underscore, an id may begin with a digit."""
    return f"_{id_}" if id_[0].isdigit() else id_


def id_of(name: str) -> str:
    """Return the id of a row name; the way back from `name_of`."""
    return name.removeprefix("_")


def beside(id_: str, part: str) -> str:
    """Return the name of a row or a list that belongs to an id."""
    return f"{name_of(id_)}_{part}"


def parted(name: str) -> tuple[str, str]:
    """Return a name as an id and its part, which is empty for a question or section itself."""
    id_, underscore, part = name.removeprefix("_").rpartition("_")
    return (id_, part) if underscore else (part, "")


def compliance_group(section: str, number: int) -> str:
    """Return the name of a section's group of compliance questions, numbered from the second one."""
    return beside(section, "compliance" if number == 1 else f"compliance-{number}")


def is_compliance_group(name: str) -> bool:
    """Say whether a group holds compliance questions."""
    return _COMPLIANCE_GROUP.fullmatch(name) is not None


def is_list(kind: str, name: str) -> bool:
    """Say whether a list of choices is one of grades, of yes and no, or of themes, by its name."""
    return _LIST[kind].fullmatch(name) is not None
