"""Tools through their lifecycle: draft, publish, retire, compare, list. A published version never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.audit.app.aggregates import TOOL
from services.audit.app.asking import Asked
from services.audit.app.audits.allocating import AuthorityUnknown
from services.audit.app.audits.changes import SeenIsOld
from services.audit.app.tools.views import ToolPage, row_of
from services.audit.domain.refusals import Problem, ToolInvalid, ToolNotFound
from services.audit.domain.tools.comparison import ToolComparison, compare
from services.audit.domain.tools.decider import (
    DraftTool,
    PublishTool,
    RetireTool,
    ToolCommand,
    ToolDrafted,
    ToolEvent,
    ToolRetired,
    ToolState,
    tool_stream,
)
from services.audit.domain.tools.document import ToolDocument, read_tool
from services.audit.domain.tools.refusals import ToolNotDrafted
from shared.authority.settings import Authorities
from shared.eventstore.errors import VersionSeenIsOld
from shared.eventstore.handling import fold, handle
from shared.eventstore.store import EventStore
from shared.web.seen import Change

_TURNS: Final = frozenset(event.model_fields["type"].default for event in (ToolDrafted, ToolRetired))
"""What happened to a tool since, where the same words ask for something new."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a tool stands, and at which version of its story: what a writer has seen names that one (`If-Match`)."""

    state: ToolState
    version: int


@dataclass(frozen=True, slots=True)
class Written:
    """The document that was published or drafted, or read as a draft, and how its tool then stands."""

    document: ToolDocument
    standing: Standing


class Tools:
    """The tools of every authority, from their streams."""

    def __init__(self, store: EventStore, authorities: Authorities) -> None:
        self._store = store
        self._authorities = authorities
        self._kept: dict[tuple[str, str, int], ToolDocument] = {}

    async def publish(self, document: Mapping[str, Any], asked: Asked) -> Written:
        """Publish a tool document as the next version of its tool; what is in use already changes nothing.

        Raises:
            ToolInvalid: with every fault of the document.
            AuthorityUnknown: no settings document names the authority.
            SeenIsOld: others wrote since the version that the writer has seen.

        """
        tool = read_tool(document)
        command = PublishTool(at=asked.at, by=asked.by, authority=asked.authority, document=tool)
        standing = await self._handle(tool.tool, command, asked)
        return Written(standing.state.published_as(tool) or _in_use(standing), standing)

    async def publish_draft(self, tool: str, asked: Asked) -> Written:
        """Publish the draft of a tool as its next version; a draft of what is in use already is done with.

        Raises:
            ToolNotDrafted: there is none.
            ToolInvalid: with everything that keeps it from being published.
            SeenIsOld: others wrote since the version that the writer has seen.

        """
        command = PublishTool(at=asked.at, by=asked.by, authority=asked.authority)
        standing = await self._handle(tool, command, asked)
        return Written(_in_use(standing), standing)

    async def draft(self, tool: str, document: Mapping[str, Any], asked: Asked) -> Written:
        """Save a draft of a tool's next version, in place of the one before.

        Raises:
            ToolInvalid: with every fault of the document; what only publishing refuses is told by `compare`.
            SeenIsOld: others wrote since the version that the writer has seen.

        """
        read = read_tool(document)
        if read.tool != tool:
            message, way_out = "the document is of another tool", "Send it to the address of its own tool."
            raise ToolInvalid([Problem("tool", message, way_out)])
        command = DraftTool(at=asked.at, by=asked.by, authority=asked.authority, document=read)
        return Written(read, await self._handle(tool, command, asked))

    async def retire(self, tool: str, version: int, asked: Asked) -> Standing:
        """Retire a version: no new audit begins with it; audits under way finish on it.

        Raises:
            ToolNotFound: there is no such version.
            SeenIsOld: others wrote since the version that the writer has seen.

        """
        command = RetireTool(at=asked.at, by=asked.by, authority=asked.authority, version=version)
        return await self._handle(tool, command, asked)

    async def get(self, authority: str, tool: str, version: int | None = None) -> ToolDocument:
        """Return a version of a tool; without a number the newest in use, or the newest where all are retired.

        Raises:
            ToolNotFound: there is none.

        """
        if version is not None and (authority, tool, version) in self._kept:
            return self._kept[authority, tool, version]
        found = (await self.standing(authority, tool)).state.version(version)
        if found is None:
            raise ToolNotFound
        assert found.version is not None
        self._kept[authority, tool, found.version] = found
        return found

    async def is_retired(self, authority: str, tool: ToolDocument, at: datetime) -> bool:
        """Say whether a published version was retired by a moment: then no audit begins with it."""
        retired_at = await self.retired_at(authority, tool)
        return retired_at is not None and retired_at <= at

    async def retired_at(self, authority: str, tool: ToolDocument) -> datetime | None:
        """Return when a published version was retired, if it was."""
        rows = await self._store.find(TOOL.category, authority=authority, where={"tool": tool.tool}, limit=1)
        retired_at = rows[0].data.get("retired", {}).get(str(tool.version)) if rows else None
        return None if retired_at is None else datetime.fromisoformat(retired_at)

    async def drafted(self, authority: str, tool: str) -> Written:
        """Return the draft of a tool, and how the tool stands.

        Raises:
            ToolNotDrafted: there is none.

        """
        standing = await self.standing(authority, tool)
        if standing.state.draft is None:
            raise ToolNotDrafted
        return Written(standing.state.draft, standing)

    async def compare(self, authority: str, tool: str, old: int | None, new: int | None) -> ToolComparison:
        """Compare two versions: without a number the newest one, and for the new one the draft.

        Raises:
            ToolNotFound: there is no such version.
            ToolNotDrafted: no new version is named, and there is no draft.

        """
        state = (await self.standing(authority, tool)).state
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
        state, read = (await self.standing(authority, tool)).state, read_tool(document)
        return compare(_old(state, old), read.model_copy(update={"version": None}), state.versions)

    async def page(
        self, authority: str, *, kind: str | None, status: str | None, limit: int, after: UUID | None
    ) -> ToolPage:
        """Return a page of an authority's tools by their summaries.

        Raises:
            AuthorityUnknown: no settings document names the authority.

        """
        if authority not in self._authorities:
            raise AuthorityUnknown
        where = {} if kind is None else {"kinds": [kind]}
        rows = await self._store.find(
            TOOL.category, authority=authority, where=where, status=status, limit=limit + 1, after=after
        )
        page = rows[:limit]
        return ToolPage(
            tools=tuple(row_of(row) for row in page), after=page[-1].stream_id if len(rows) > limit else None
        )

    async def standing(self, authority: str, tool: str) -> Standing:
        """Return how a tool stands; one that nobody drafted or published has nothing, at version 0."""
        stream = await self._store.load(tool_stream(authority, tool))
        return Standing(fold(TOOL, stream.events), stream.version)

    async def _handle(self, tool: str, command: ToolCommand, asked: Asked) -> Standing:
        if asked.authority not in self._authorities:
            raise AuthorityUnknown
        stream = tool_stream(asked.authority, tool)
        if asked.key_is_derived:
            asked = await self._in_its_turn(stream, asked)
        try:
            handled = await handle(self._store, TOOL, stream, command, asked.meta(), expected=asked.expected)
        except VersionSeenIsOld as old:
            raise SeenIsOld(old.actual, await self._changes(stream, old.seen), seen=old.seen) from None
        return Standing(handled.state, handled.version)

    async def _in_its_turn(self, stream: UUID, asked: Asked) -> Asked:
        """Return what is asked, told apart from the same words before another draft or a retirement.

        A draft is published without a word that names it, and what was retired is published anew in the same words:
        without this the second one would be taken for a repeat of the first.
        """
        turns = sum(event.type in _TURNS for event in (await self._store.load(stream)).events)
        return replace(asked, idempotency_key=f"{asked.idempotency_key}:{turns}") if turns else asked

    async def _changes(self, stream: UUID, seen: int) -> list[Change]:
        """Return what happened to a tool after a version of its story: names of events and fields, never values."""
        stored = await self._store.load(stream)
        return [
            Change(event=one.type, version=one.version, role=event.by.role, fields=_fields_of(event))
            for one in stored.events
            if one.version > seen
            for event in [TOOL.from_json(one.type, one.data)]
        ]


def _fields_of(event: ToolEvent) -> tuple[str, ...]:
    return tuple(sorted(event.model_fields_set - {"type", "at", "by", "authority"}))


def _in_use(standing: Standing) -> ToolDocument:
    """Return the version that a publication made, or found in use already."""
    in_use = standing.state.in_use
    assert in_use is not None
    return in_use


def _old(state: ToolState, number: int | None) -> ToolDocument:
    found = state.versions[-1] if number is None and state.versions else state.version(number)
    if found is None:
        raise ToolNotFound
    return found
