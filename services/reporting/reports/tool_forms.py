"""The audit tools as they were published: what sections and questions are called, and what a version asks otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from services.reporting.reports.counts import Line

COMPARABLE = frozenset({"grade", "yes-no"})
"""The scales of which everybody knows which answers are good: points and choices are a tool's own."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a tool, in the words of the newest version that asks it; its id keeps its meaning (ADR 15)."""

    tool: str
    id: str
    title: str
    section: str
    scale: str
    compliance: bool
    versions: tuple[int, ...]

    @property
    def key(self) -> str:
        """Return what the ledger and the tables call it."""
        return f"{self.tool}/{self.id}"


@dataclass(frozen=True, slots=True)
class Change:
    """What a version of a tool asks otherwise than the one before it."""

    tool: str
    version: int
    before: int
    published_at: datetime
    gone: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """An authority's tools: their titles, sections (by `tool/section`, in the order of the form), and questions."""

    titles: dict[str, str] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    versions: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def section(self, key: str) -> str:
        """Return what a section is called; with its tool where another tool has one of the same words."""
        tool, _, code = key.partition("/")
        label = self.sections.get(key) or code.replace("-", " ").capitalize()
        same = sum(label == other for other in self.sections.values())
        return label if same < 2 else f"{label} ({self.tool(tool)})"  # noqa: PLR2004 - one alone needs no tool

    def tool(self, code: str) -> str:
        """Return what a tool is called."""
        return self.titles.get(code) or code.replace("-", " ").capitalize()

    @property
    def comparable(self) -> list[Question]:
        """Return the questions whose answers can be told good from less than good, in the order of the forms."""
        return [question for question in self.questions.values() if question.scale in COMPARABLE]


def forms_of(sections: Sequence[Line], questions: Sequence[Line]) -> Forms:
    """Return the tools that these lines list by tool, version and place; what is newest names a thing."""
    found = Forms(
        titles={line["tool"]: line["tool_title"] for line in (*sections, *questions)},
        sections={f"{line['tool']}/{line['section']}": line["title"] for line in sections},
        changes=_changes(questions),
        versions=_versions((*sections, *questions)),
    )
    for line in questions:
        key = f"{line['tool']}/{line['question']}"
        earlier = found.questions.pop(key, None)  # so that the newest form says the order
        found.questions[key] = Question(
            tool=line["tool"],
            id=line["question"],
            title=line["title"],
            section=line["section"],
            scale=line["scale"],
            compliance=line["compliance"],
            versions=(*(earlier.versions if earlier else ()), line["tool_version"]),
        )
    return found


def _versions(lines: Sequence[Line]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for line in lines:
        found.setdefault(line["tool"], set()).add(line["tool_version"])
    return {tool: tuple(sorted(versions)) for tool, versions in found.items()}


def _changes(questions: Sequence[Line]) -> tuple[Change, ...]:
    asked: dict[str, dict[int, dict[str, None]]] = {}
    published: dict[tuple[str, int], datetime] = {}
    for line in questions:
        asked.setdefault(line["tool"], {}).setdefault(line["tool_version"], {})[line["question"]] = None
        published[line["tool"], line["tool_version"]] = line["published_at"]
    return tuple(
        Change(
            tool=tool,
            version=after,
            before=before,
            published_at=published[tool, after],
            gone=tuple(f"{tool}/{one}" for one in versions[before] if one not in versions[after]),
            new=tuple(f"{tool}/{one}" for one in versions[after] if one not in versions[before]),
        )
        for tool, versions in asked.items()
        for before, after in pairwise(sorted(versions))
    )
