"""A tool's own stream: a draft may be replaced; a published version is numbered and never changed; it may be retired.

Retiring is for good. The same words may be published again, as a new version with a number of its own: the audits of
the two stay apart, and it can be said which were begun when.

A question id is never reused (domain.md section 2): past answers keep meaning what they meant. Retiring a version stops
new audits on it; audits under way finish on the version they began with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Final, Literal, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime, Field, TypeAdapter

from services.audit.domain.refusals import Problem, ToolInvalid, ToolNotFound
from services.audit.domain.tools.comparison import conflicts
from services.audit.domain.tools.document import ToolDocument, faults
from services.audit.domain.tools.refusals import ToolNotDrafted
from services.audit.domain.words import Actor, Code, Stored

_TOOLS = uuid5(NAMESPACE_URL, "urn:sightline:tool")


def tool_stream(authority: str, tool: str) -> UUID:
    """Return the stream of an authority's tool: the same for whoever publishes it."""
    return uuid5(_TOOLS, f"{authority}|{tool}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftTool:
    """Save a draft of a tool's next version; it takes the place of the draft before."""

    at: datetime
    by: Actor
    authority: Code
    document: ToolDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTool:
    """Publish a tool, or its next version: the document, or the draft where none is given."""

    at: datetime
    by: Actor
    authority: Code
    document: ToolDocument | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireTool:
    """Retire a version: no new audit begins with it."""

    at: datetime
    by: Actor
    authority: Code
    version: int


ToolCommand = DraftTool | PublishTool | RetireTool
"""Everything that may be asked of a tool."""


class ToolDrafted(Stored):
    """A draft of the tool's next version was saved, in place of the one before."""

    type: Literal["tool-drafted"] = "tool-drafted"
    at: AwareDatetime
    by: Actor
    authority: Code
    document: ToolDocument


class ToolPublished(Stored):
    """A version of a tool was published: immutable from now on."""

    type: Literal["tool-published"] = "tool-published"
    at: AwareDatetime
    by: Actor
    authority: Code
    version: int
    document: ToolDocument


class ToolDraftDropped(Stored):
    """What the draft says was asked to be published, and the version in use says the same: the draft was done with."""

    type: Literal["tool-draft-dropped"] = "tool-draft-dropped"
    at: AwareDatetime
    by: Actor
    authority: Code
    version: int


class ToolRetired(Stored):
    """A version of a tool was retired: no new audit begins with it."""

    type: Literal["tool-retired"] = "tool-retired"
    at: AwareDatetime
    by: Actor
    authority: Code
    version: int


ToolEvent = ToolDrafted | ToolDraftDropped | ToolPublished | ToolRetired
"""Everything that can happen to a tool."""

_EVENTS: Final = TypeAdapter[ToolEvent](Annotated[ToolEvent, Field(discriminator="type")])


@dataclass(frozen=True, slots=True)
class ToolState:
    """Every version published so far, when, and which are retired since when; and the draft of the next, if any."""

    versions: tuple[ToolDocument, ...] = ()
    published_at: Mapping[int, datetime] = field(default_factory=dict)
    retired_at: Mapping[int, datetime] = field(default_factory=dict)
    draft: ToolDocument | None = None

    @property
    def in_use(self) -> ToolDocument | None:
        """Return the newest version that is not retired."""
        return next((each for each in reversed(self.versions) if each.version not in self.retired_at), None)

    def version(self, number: int | None) -> ToolDocument | None:
        """Return a version; without a number the newest in use, or the newest of all where every one is retired."""
        if number is None:
            return self.in_use or (self.versions[-1] if self.versions else None)
        return self.versions[number - 1] if 1 <= number <= len(self.versions) else None

    def published_as(self, document: ToolDocument) -> ToolDocument | None:
        """Return the version in use that this very document is published as, the newest of several."""
        for there in reversed(self.versions):
            meant = document.version in (None, there.version) and there.version not in self.retired_at
            if meant and says_the_same(document, there):
                return there
        return None


def says_the_same(document: ToolDocument, other: ToolDocument) -> bool:
    """Say whether two documents are the same but for their numbers."""
    return document.model_copy(update={"version": other.version}) == other


def decide(command: ToolCommand, state: ToolState) -> Sequence[ToolEvent]:
    """Return the events that follow, none where it was done before.

    Raises:
        ToolInvalid: with every fault of the document at once.
        ToolNotDrafted: there is no draft to publish.
        ToolNotFound: there is no such version to retire.

    """
    match command:
        case DraftTool():
            return _draft(command, state)
        case PublishTool():
            return _publish(command, state)
        case RetireTool():
            return _retire(command, state)
    assert_never(command)


def _draft(command: DraftTool, state: ToolState) -> Sequence[ToolEvent]:
    problems = list(faults(command.document))
    if problems:
        raise ToolInvalid(problems)
    if command.document == state.draft:
        return []
    return [ToolDrafted(at=command.at, by=command.by, authority=command.authority, document=command.document)]


def _publish(command: PublishTool, state: ToolState) -> Sequence[ToolEvent]:
    document = command.document or state.draft
    if document is None:
        raise ToolNotDrafted
    there = state.published_as(document)
    if there is not None and there == state.in_use:
        return _drop(command, state, there)
    if there is not None and command.document is not None:
        return []
    number = len(state.versions) + 1
    problems = [*faults(document), *_misnumbered(document, state), *conflicts(document, state.versions)]
    if problems:
        raise ToolInvalid(problems)
    numbered = document.model_copy(update={"version": number})
    return [ToolPublished(at=command.at, by=command.by, authority=command.authority, version=number, document=numbered)]


def _drop(command: PublishTool, state: ToolState, there: ToolDocument) -> Sequence[ToolEvent]:
    """Drop a draft that says what the version in use says: there is nothing left of it to publish."""
    if state.draft is None or not says_the_same(state.draft, there):
        return []
    assert there.version is not None
    return [ToolDraftDropped(at=command.at, by=command.by, authority=command.authority, version=there.version)]


def _retire(command: RetireTool, state: ToolState) -> Sequence[ToolEvent]:
    if state.version(command.version) is None:
        raise ToolNotFound
    if command.version in state.retired_at:
        return []
    return [ToolRetired(at=command.at, by=command.by, authority=command.authority, version=command.version)]


def _misnumbered(document: ToolDocument, state: ToolState) -> Iterator[Problem]:
    number = len(state.versions) + 1
    if document.version is None or document.version == number:
        return
    way_out = f"The next version is {number}; published ones are never changed."
    there = state.version(document.version)
    if there is None:
        message = "a version would be left out"
    elif there.version in state.retired_at and says_the_same(document, there):
        message = "this version is published already, and is retired"
        way_out = f"A retired version stays so. Leave `version` out to publish it anew, as version {number}."
    else:
        message = "this version is published already, otherwise"
    yield Problem("version", message, way_out)


def evolve(state: ToolState, event: ToolEvent) -> ToolState:
    """Return the state after an event; publishing what the draft says uses the draft up."""
    match event:
        case ToolDrafted():
            return replace(state, draft=event.document)
        case ToolDraftDropped():
            return replace(state, draft=None)
        case ToolPublished():
            draft = state.draft
            used = draft is not None and says_the_same(draft, event.document)
            return replace(
                state,
                versions=(*state.versions, event.document),
                published_at={**state.published_at, event.version: event.at},
                draft=None if used else draft,
            )
        case ToolRetired():
            return replace(state, retired_at={**state.retired_at, event.version: event.at})
    assert_never(event)


def to_json(event: ToolEvent) -> tuple[str, bytes]:
    """Return the event's stored name and its JSON."""
    return event.type, event.model_dump_json(by_alias=True).encode()


def from_json(type_: str, data: bytes) -> ToolEvent:
    """Return the event that was stored under this name."""
    event = _EVENTS.validate_json(data)
    if event.type != type_:
        raise ValueError(f"a stored {event.type} stands under the name {type_}")
    return event
