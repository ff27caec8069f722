"""Published tools: publish a document, find one, list them. A published version never changes, so it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.audit.app.aggregates import TOOL
from services.audit.app.allocating import AuthorityUnknown
from services.audit.app.asking import Asked
from services.audit.domain.refusals import ToolNotFound
from services.audit.domain.tool import ToolDocument, read_tool
from services.audit.domain.tool_decider import PublishTool, ToolState, tool_stream
from shared.authority.settings import Authorities
from shared.eventstore.handling import fold, handle
from shared.eventstore.model import SummaryRow
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
        if asked.authority not in self._authorities:
            raise AuthorityUnknown
        tool = read_tool(document)
        command = PublishTool(at=asked.at, by=asked.by, authority=asked.authority, document=tool)
        stream = tool_stream(asked.authority, tool.tool)
        handled = await handle(self._store, TOOL, stream, command, asked.meta())
        there = handled.state.version(tool.version)
        same = (each for each in handled.state.versions if tool.model_copy(update={"version": each.version}) == each)
        return there if there is not None and tool.version is not None else list(same)[-1]

    async def get(self, authority: str, tool: str, version: int | None = None) -> ToolDocument:
        """Return a version of a tool, the newest without a number.

        Raises:
            ToolNotFound: there is none.

        """
        if version is not None and (authority, tool, version) in self._kept:
            return self._kept[authority, tool, version]
        stream = await self._store.load(tool_stream(authority, tool))
        state: ToolState = fold(TOOL, stream.events)
        found = state.version(version)
        if found is None:
            raise ToolNotFound
        assert found.version is not None
        self._kept[authority, tool, found.version] = found
        return found

    async def list(self, authority: str) -> list[SummaryRow]:
        """Return an authority's tools by their summaries."""
        return await self._store.find(TOOL.category, authority=authority, limit=1000)
