"""What is told of tools: rows of a list, versions with their standing, what a publication or a draft came to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.audit.app.viewing import View
from services.audit.domain.tools.comparison import ToolComparison
from services.audit.domain.tools.decider import ToolState
from services.audit.domain.tools.document import ToolDocument
from services.audit.domain.tools.parts import Scale
from shared.eventstore.model import SummaryRow


class ToolRow(View):
    """A tool in the list: `in_use` is the newest version that new audits begin with, none where there is none."""

    tool: str
    title: str
    kinds: tuple[str, ...]
    graded: bool
    versions: int
    status: str
    in_use: int | None
    has_draft: bool


class ToolPage(View):
    """A page of tools; `after` leads to the next one, none on the last."""

    tools: tuple[ToolRow, ...]
    after: UUID | None = None


class ToolVersionRow(View):
    """A published version and its standing: `published`, or `retired` from a moment on."""

    tool: str
    version: int
    title: str
    status: str
    published_at: datetime
    retired_at: datetime | None = None


class ToolVersionPage(View):
    """A page of a tool's versions, oldest first; `after` leads to the next one, none on the last."""

    versions: tuple[ToolVersionRow, ...]
    after: int | None = None


class ToolPublishedAnswer(View):
    """Which version a document was published as."""

    tool: str
    version: int
    free_text_boxes: int
    warnings: tuple[str, ...] = Field(default=(), description="what to look at again, though nothing is refused")


class ToolDraftAnswer(View):
    """A saved draft, and what publishing it would change against the newest version, if there is one."""

    tool: str
    free_text_boxes: int
    comparison: ToolComparison | None = None
    warnings: tuple[str, ...] = Field(default=(), description="what to look at again, though nothing is refused")


def warnings_of(tool: ToolDocument) -> tuple[str, ...]:
    """Return what a tool's designer should look at again: numbers leave the service as coded answers do (G7)."""
    numbers = [question.id for _, question in tool.questions() if question.scale is Scale.NUMBER]
    if not numbers:
        return ()
    warning = (
        f"Numbers that are answered travel as they are, with the other coded answers ({', '.join(numbers)}): ask there "
        "for no number that could name somebody, such as a case or telephone number, or a day written as one."
    )
    return (warning,)


def row_of(row: SummaryRow) -> ToolRow:
    """Return a tool's row; one stored before tools had a lifecycle stands with all its versions in use."""
    data: dict[str, Any] = row.data
    return ToolRow(
        tool=data["tool"],
        title=data["title"],
        kinds=tuple(data["kinds"]),
        graded=data["graded"],
        versions=data["versions"],
        status=row.status,
        in_use=data.get("in_use", data["versions"]),
        has_draft=data.get("has_draft", False),
    )


def without_drafts(page: ToolPage) -> ToolPage:
    """Return a page as whoever is not of the QA unit sees it: nothing tells that a draft is being written."""
    published = (row for row in page.tools if row.status != "draft")
    return page.model_copy(update={"tools": tuple(row.model_copy(update={"has_draft": False}) for row in published)})


def versions_of(state: ToolState) -> list[ToolVersionRow]:
    """Return the rows of a tool's versions, oldest first."""
    return [
        ToolVersionRow(
            tool=document.tool,
            version=number,
            title=document.title,
            status="retired" if number in state.retired_at else "published",
            published_at=state.published_at[number],
            retired_at=state.retired_at.get(number),
        )
        for number, document in enumerate(state.versions, 1)
    ]
