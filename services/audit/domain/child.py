"""A child's erasure: the one event of a stream named by the child's random reference (design.md section 4, G8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from services.audit.domain.words import Actor, Code, Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseChild:
    """Erase a child: the key and the link are destroyed beside this command, in its transaction."""

    at: datetime
    by: Actor
    case_reference: UUID
    reason: Code


class ChildErased(Stored):
    """The child's key and link are destroyed: text is unreadable and the reference means nothing."""

    type: Literal["child-erased"] = "child-erased"
    at: AwareDatetime
    by: Actor
    case_reference: UUID
    reason: Code


@dataclass(frozen=True, slots=True)
class ChildState:
    """Whether the child was erased."""

    erased: bool = False


def decide(command: EraseChild, state: ChildState) -> Sequence[ChildErased]:
    """Return the erasure, none where it was erased before."""
    if state.erased:
        return []
    return [ChildErased(at=command.at, by=command.by, case_reference=command.case_reference, reason=command.reason)]


def evolve(_state: ChildState, _event: ChildErased) -> ChildState:
    """Return the state after the erasure."""
    return ChildState(erased=True)


def to_json(event: ChildErased) -> tuple[str, bytes]:
    """Return the event's stored name and its JSON."""
    return event.type, event.model_dump_json().encode()


def from_json(_type: str, data: bytes) -> ChildErased:
    """Return the event that was stored."""
    return ChildErased.model_validate_json(data)
