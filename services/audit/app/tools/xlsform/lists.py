"""The lists of the choices sheet: built as a tool is written, each list once however many questions use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.audit.app.tools.xlsform import names
from services.audit.domain.tools.document import Choice, Question, Scale, ScalePoint, ToolDocument
from services.audit.domain.words import NOT_APPLICABLE, NOT_SEEN, ChildStatus, Grade

GRADE_LABELS: Final[Mapping[Grade, str]] = {
    Grade.OUTSTANDING: "Outstanding",
    Grade.GOOD: "Good",
    Grade.REQUIRES_IMPROVEMENT: "Requires improvement to be good",
    Grade.INADEQUATE: "Inadequate",
}
STATUS_LABELS: Final[Mapping[ChildStatus, str]] = {
    ChildStatus.EARLY_HELP: "Early help",
    ChildStatus.IN_NEED: "Child in need",
    ChildStatus.PROTECTION: "Child protection",
    ChildStatus.IN_CARE: "In care",
    ChildStatus.CARE_LEAVER: "Care leaver",
    ChildStatus.DISABLED: "Disabled child",
}
UNANSWERED_LABELS: Final[Mapping[str, str]] = {NOT_APPLICABLE: "Not applicable", NOT_SEEN: "Not seen"}
YES_NO_LABELS: Final[Mapping[str, str]] = {"yes": "Yes", "no": "No"}

Entry = tuple[str, str, str, str]
"""A choice: its name, its label, the grade it stands for, its component of the practice framework; or empty."""


def words_of(code: str) -> str:
    """Return a code as words, for a choice that has no label of its own: `sit-by` is "Sit by"."""
    text = " ".join(code.replace("-", " ").replace("_", " ").replace("/", " ").split()) or code
    return text[:1].upper() + text[1:]


def label_with(grade: Grade, descriptor: str | None) -> str:
    """Return a grade's label, with what it means here after a colon."""
    return GRADE_LABELS[grade] if descriptor is None else f"{GRADE_LABELS[grade]}: {descriptor}"


class Lists:
    """Every list of one workbook by its name; asking for a list that is there already gives that one."""

    def __init__(self, tool: ToolDocument) -> None:
        self._tool = tool
        self._entries: dict[str, tuple[Entry, ...]] = {}

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of the choices sheet."""
        columns = ("name", "label", "grade", "component")
        return [
            {"list_name": name, **{key: cell for key, cell in zip(columns, entry, strict=True) if cell}}
            for name, entries in self._entries.items()
            for entry in entries
        ]

    def labels(self, name: str, labels: Mapping[Any, str]) -> str:
        """Return the list of some codes and their labels."""
        return self._named(name, [(str(code), label, "", "") for code, label in labels.items()])

    def codes(self, name: str, choices: Sequence[Choice]) -> str:
        """Return the list of some choices."""
        return self._named(name, [(choice.code, choice.label, "", "") for choice in choices])

    def themes(self, question: Question | None = None) -> str:
        """Return the list of the tool's themes, with not applicable or not seen where a question may be so answered."""
        entries = [(theme.code, theme.label, "", theme.component or "") for theme in self._tool.themes]
        return self._with_unanswered(names.THEMES, entries, question)

    def points(self, name: str, points: Sequence[ScalePoint], question: Question | None = None) -> str:
        """Return the list of some points of a scale; a list of the same points is used again."""
        entries = [(str(point.value), point.name, point.grade or "", "") for point in points]
        whole = (*entries, *_unanswered(question))
        for other, there in self._entries.items():
            if there == whole and other.endswith(f"_{names.POINTS}"):
                return other
        return self._named(name, whole)

    def grades(self, id_: str, descriptors: Mapping[Grade, str], question: Question | None = None) -> str:
        """Return the list of the four grades, of an id's own where it says what they mean there."""
        entries = [(grade.value, label_with(grade, descriptors.get(grade)), "", "") for grade in GRADE_LABELS]
        if descriptors:
            return self._named(names.beside(id_, names.GRADES), (*entries, *_unanswered(question)))
        return self._with_unanswered(names.GRADES, entries, question)

    def yes_no(self, question: Question) -> str:
        """Return the list of yes and no."""
        entries = [(code, label, "", "") for code, label in YES_NO_LABELS.items()]
        return self._with_unanswered(names.YES_NO, entries, question)

    def choices(self, question: Question) -> str:
        """Return the list of a question's choices."""
        entries = [(choice.code, choice.label, "", "") for choice in question.choices]
        return self._named(names.beside(question.id, names.CHOICES), (*entries, *_unanswered(question)))

    def unanswered(self, question: Question) -> str:
        """Return the list of why a number, a date or a text is not given."""
        return self._with_unanswered(names.UNANSWERED, [], question)

    def _with_unanswered(self, name: str, entries: Sequence[Entry], question: Question | None) -> str:
        more = _unanswered(question)
        suffix = "".join(f"_{code}" for code, *_ in more)
        return self._named(f"{name}{suffix}", (*entries, *more))

    def _named(self, name: str, entries: Sequence[Entry]) -> str:
        self._entries.setdefault(name, tuple(entries))
        return name


def _unanswered(question: Question | None) -> list[Entry]:
    ways = () if question is None else question.unanswered_ways
    return [(code, UNANSWERED_LABELS[code], "", "") for code in ways]


def has_unanswered_row(question: Question) -> bool:
    """Say whether not applicable or not seen needs a row of its own: a number, a date or a text has no choices."""
    return bool(question.unanswered_ways) and question.scale in {Scale.NUMBER, Scale.DATE, Scale.TEXT}
