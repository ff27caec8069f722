"""A tool's own stream: versions are published one after the other, numbered and never changed.

A question id is never reused with another meaning (domain.md section 2): past answers keep meaning what they meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import AwareDatetime

from services.audit.domain.refusals import Problem, ToolInvalid
from services.audit.domain.tool import ToolDocument, faults
from services.audit.domain.words import Actor, Code, Stored

_TOOLS = uuid5(NAMESPACE_URL, "urn:sightline:tool")


def tool_stream(authority: str, tool: str) -> UUID:
    """Return the stream of an authority's tool: the same for whoever publishes it."""
    return uuid5(_TOOLS, f"{authority}|{tool}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTool:
    """Publish a tool, or its next version."""

    at: datetime
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


@dataclass(frozen=True, slots=True)
class ToolState:
    """Every version published so far, and what each question id ever used means."""

    versions: tuple[ToolDocument, ...] = ()
    meanings: Mapping[str, tuple[object, ...]] = field(default_factory=dict)

    def version(self, number: int | None) -> ToolDocument | None:
        """Return a version, or the newest where no number is given."""
        if number is None:
            return self.versions[-1] if self.versions else None
        return self.versions[number - 1] if 1 <= number <= len(self.versions) else None


def decide(command: PublishTool, state: ToolState) -> Sequence[ToolPublished]:
    """Return the publication, none where this very document is published already.

    Raises:
        ToolInvalid: with every fault at once.

    """
    document = command.document
    for there in reversed(state.versions):
        if document.model_copy(update={"version": there.version}) == there and document.version in (
            None,
            there.version,
        ):
            return []
    number = len(state.versions) + 1
    problems = [*faults(document), *_conflicts(document, state, number)]
    if problems:
        raise ToolInvalid(problems)
    numbered = document.model_copy(update={"version": number})
    return [ToolPublished(at=command.at, by=command.by, authority=command.authority, version=number, document=numbered)]


def evolve(state: ToolState, event: ToolPublished) -> ToolState:
    """Return the state after a publication."""
    return ToolState((*state.versions, event.document), {**state.meanings, **event.document.meanings})


def to_json(event: ToolPublished) -> tuple[str, bytes]:
    """Return the event's stored name and its JSON."""
    return event.type, event.model_dump_json(by_alias=True).encode()


def from_json(type_: str, data: bytes) -> ToolPublished:
    """Return the event that was stored under this name."""
    event = ToolPublished.model_validate_json(data)
    if event.type != type_:
        raise ValueError(f"a stored {event.type} stands under the name {type_}")
    return event


def _conflicts(document: ToolDocument, state: ToolState, number: int) -> Iterator[Problem]:
    if document.version is not None and document.version != number:
        published = document.version < number
        message = "this version is published already, otherwise" if published else "a version would be left out"
        yield Problem("version", message, f"The next version is {number}; published ones are never changed.")
    for section, question in document.questions():
        place = f"sections.{section.id}.questions.{question.id}"
        meaning = state.meanings.get(question.id)
        if meaning is not None and meaning != section.meaning_of(question):
            message = "the question's id had another meaning in an earlier version"
            yield Problem(place, message, "Give it a new id, and name the old one in `replaces`.", question.id)
        if question.replaces is not None and question.replaces not in state.meanings:
            message = "it replaces a question that was never published"
            yield Problem(f"{place}.replaces", message, "Name an earlier question, or leave it out.", question.id)
