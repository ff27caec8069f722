"""Tools through their lifecycle: draft, publish, retire, compare, list. A published version never changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.audit.app.aggregates import TOOL
from services.audit.app.asking import Asked
from services.audit.app.audits.allocating import AuthorityUnknown
from services.audit.app.tools.views import ToolPage, row_of
from services.audit.domain.refusals import Problem, ToolInvalid, ToolNotFound
from services.audit.domain.tools.comparison import ToolComparison, compare
from services.audit.domain.tools.decider import (
    DraftTool,
    PublishTool,
    RetireTool,
    ToolCommand,
    ToolEvent,
    ToolPublished,
    ToolState,
    tool_stream,
)
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.tools.refusals import ToolNotDrafted
from shared.authority.settings import Authorities
from shared.eventstore.handling import Handled, fold, handle
from shared.eventstore.store import EventStore


class Tools:
    """The tools of every authority, from their streams."""

    def __init__(self, store: EventStore, authorities: Authorities) -> None:
        self._store = store
        self._authorities = authorities
        self._kept: dict[tuple[str, str, int], ToolDocument] = {}

    async def publish(self, document: Mapping[str, Any], asked: Asked) -> ToolDocument:
        """Publish a tool document as the next version of its tool; the same document again changes nothing.

        Raises:
            ToolInvalid: with every fault of the document.
            AuthorityUnknown: no settings document names the authority.

        """
        tool = read_tool(document)
        command = PublishTool(at=asked.at, by=asked.by, authority=asked.authority, document=tool)
        handled = await self._handle(tool.tool, command, asked)
        there = None if handled.replayed else handled.state.published_as(tool)
        return there or _published(handled)

    async def publish_draft(self, tool: str, asked: Asked) -> ToolDocument:
        """Publish the draft of a tool as its next version.

        Raises:
            ToolNotDrafted: there is none.
            ToolInvalid: with everything that keeps it from being published.

        """
        return _published(
            await self._handle(tool, PublishTool(at=asked.at, by=asked.by, authority=asked.authority), asked)
        )

    async def draft(self, tool: str, document: Mapping[str, Any], asked: Asked) -> ToolDocument:
        """Save a draft of a tool's next version, in place of the one before.

        Raises:
            ToolInvalid: with every fault of the document; what only publishing refuses is told by `compare`.

        """
        read = read_tool(document)
        if read.tool != tool:
            message, way_out = "the document is of another tool", "Send it to the address of its own tool."
            raise ToolInvalid([Problem("tool", message, way_out)])
        await self._handle(tool, DraftTool(at=asked.at, by=asked.by, authority=asked.authority, document=read), asked)
        return read

    async def retire(self, tool: str, version: int, asked: Asked) -> ToolState:
        """Retire a version: no new audit begins with it; audits under way finish on it.

        Raises:
            ToolNotFound: there is no such version.

        """
        command = RetireTool(at=asked.at, by=asked.by, authority=asked.authority, version=version)
        return (await self._handle(tool, command, asked)).state

    async def get(self, authority: str, tool: str, version: int | None = None) -> ToolDocument:
        """Return a version of a tool; without a number the newest in use, or the newest where all are retired.

        Raises:
            ToolNotFound: there is none.

        """
        if version is not None and (authority, tool, version) in self._kept:
            return self._kept[authority, tool, version]
        found = (await self.state(authority, tool)).version(version)
        if found is None:
            raise ToolNotFound
        assert found.version is not None
        self._kept[authority, tool, found.version] = found
        return found

    async def is_retired(self, authority: str, tool: ToolDocument, at: datetime) -> bool:
        """Say whether a published version was retired by a moment: then no audit begins with it."""
        rows = await self._store.find(TOOL.category, authority=authority, where={"tool": tool.tool}, limit=1)
        retired_at = rows[0].data.get("retired", {}).get(str(tool.version)) if rows else None
        return retired_at is not None and datetime.fromisoformat(retired_at) <= at

    async def drafted(self, authority: str, tool: str) -> ToolDocument:
        """Return the draft of a tool.

        Raises:
            ToolNotDrafted: there is none.

        """
        draft = (await self.state(authority, tool)).draft
        if draft is None:
            raise ToolNotDrafted
        return draft

    async def compare(self, authority: str, tool: str, old: int | None, new: int | None) -> ToolComparison:
        """Compare two versions: without a number the newest one, and for the new one the draft.

        Raises:
            ToolNotFound: there is no such version.
            ToolNotDrafted: no new version is named, and there is no draft.

        """
        state = await self.state(authority, tool)
        document = state.draft if new is None else state.version(new)
        if document is None:
            raise ToolNotDrafted if new is None else ToolNotFound
        history = state.versions if document.version is None or new is None else state.versions[: document.version - 1]
        return compare(_old(state, old), document, history)

    async def compare_with(
        self, authority: str, tool: str, old: int | None, document: Mapping[str, Any]
    ) -> ToolComparison:
        """Compare a document that is not published with a version, the newest without a number.

        Raises:
            ToolInvalid: with every fault of the document.
            ToolNotFound: there is no such version.

        """
        state, read = await self.state(authority, tool), read_tool(document)
        return compare(_old(state, old), read.model_copy(update={"version": None}), state.versions)

    async def page(
        self, authority: str, *, kind: str | None, status: str | None, limit: int, after: UUID | None
    ) -> ToolPage:
        """Return a page of an authority's tools by their summaries."""
        where = {} if kind is None else {"kinds": [kind]}
        rows = await self._store.find(
            TOOL.category, authority=authority, where=where, status=status, limit=limit + 1, after=after
        )
        page = rows[:limit]
        return ToolPage(
            tools=tuple(row_of(row) for row in page), after=page[-1].stream_id if len(rows) > limit else None
        )

    async def state(self, authority: str, tool: str) -> ToolState:
        """Return how a tool stands; one that nobody drafted or published has nothing."""
        stream = await self._store.load(tool_stream(authority, tool))
        state: ToolState = fold(TOOL, stream.events)
        return state

    async def _handle(self, tool: str, command: ToolCommand, asked: Asked) -> Handled[ToolState, ToolEvent]:
        if asked.authority not in self._authorities:
            raise AuthorityUnknown
        return await handle(self._store, TOOL, tool_stream(asked.authority, tool), command, asked.meta())


def _published(handled: Handled[ToolState, ToolEvent]) -> ToolDocument:
    """Return the version a publication made, now or when it was first asked for."""
    made = [event.document for event in handled.events if isinstance(event, ToolPublished)]
    return made[-1] if made else handled.state.versions[-1]


def _old(state: ToolState, number: int | None) -> ToolDocument:
    found = state.versions[-1] if number is None and state.versions else state.version(number)
    if found is None:
        raise ToolNotFound
    return found
