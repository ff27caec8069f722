"""How published tools and erasures become rows (contracts: shared/contracts/audit.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.reporting.facts.ledger import Facts, Stamp
from services.reporting.facts.refusal import bigint, text
from services.reporting.facts.rows import (
    FOREVER,
    ErasedChildRow,
    ToolQuestionRow,
    ToolRow,
    ToolSectionRow,
    ToolThemeRow,
)
from shared.contracts import audit
from shared.contracts.base import PublicEvent


def _tool_published(facts: Facts, envelope: Stamp, event: audit.ToolPublishedV1) -> None:
    tool_id, sequence = envelope.subject, envelope.sequence
    version = event.version
    bigint(version, "version")
    text(event.title, "title")
    sections: list[ToolSectionRow] = []
    questions: list[ToolQuestionRow] = []
    for place, section in enumerate(event.sections, 1):
        title = text(section.title, "sections.title")
        sections.append(
            ToolSectionRow(tool_id, sequence, event.tool, version, place, section.id, title, section.graded)
        )
        for question in section.questions:
            questions.append(
                ToolQuestionRow(
                    tool_id,
                    sequence,
                    event.tool,
                    version,
                    len(questions) + 1,
                    section.id,
                    question.id,
                    text(question.text, "sections.questions.text"),
                    question.scale,
                    question.compliance,
                )
            )
    themes = [
        ToolThemeRow(
            tool_id,
            sequence,
            event.tool,
            version,
            place,
            theme.code,
            text(theme.label, "themes.label"),
            theme.component,
        )
        for place, theme in enumerate(event.themes, 1)
    ]
    facts.fixed["tools"].append(
        ToolRow(
            tool_id,
            sequence,
            envelope.recorded_at,
            FOREVER,
            envelope.authority,
            event.tool,
            version,
            event.title,
            list(event.kinds),
            event.graded,
        )
    )
    facts.fixed["tool_sections"].extend(sections)
    facts.fixed["tool_questions"].extend(questions)
    facts.fixed["tool_themes"].extend(themes)


def _child_erased(facts: Facts, envelope: Stamp, event: audit.ChildErasedV1) -> None:
    facts.fixed["erased_children"].append(
        ErasedChildRow(
            envelope.subject,
            envelope.sequence,
            envelope.recorded_at,
            FOREVER,
            envelope.authority,
            event.case_reference,
            event.reason,
            envelope.time,
        )
    )


TOOL_FOLDS: Final[dict[type[PublicEvent], Callable[[Facts, Any, Any], None]]] = {
    audit.ToolPublishedV1: _tool_published,
    audit.ChildErasedV1: _child_erased,
}
"""What published tools and erasures do to the facts."""
