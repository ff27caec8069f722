"""From a raw record to an envelope and an event, or to the fault that keeps it from being one. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from shared.contracts.base import PublicEvent
from shared.contracts.envelope import Envelope, EnvelopeInvalid, decode, key_of
from shared.contracts.registry import EventInvalid, parse
from shared.messaging.records import RawRecord

_LARGEST_SEQUENCE: Final = 2**63 - 1
_EVENT_TYPE: Final = re.compile(r"[a-z][a-z0-9-]{0,79}\.v[0-9]{1,4}")
_CONCERN_FAMILIES: Final = ("audit-completed", "audit-amended", "moderation-done")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a message cannot take effect: a stable code, and a sentence that carries no value of the message."""

    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What can still be said of a message that cannot be read whole."""

    type: str | None
    stream_id: UUID | None
    sequence: int | None


class Interests:
    """The event types a consumer acts on; another version of one of them is never passed over in silence."""

    def __init__(self, types: Collection[str]) -> None:
        self.types = frozenset(types)
        self._families = frozenset(family_of(event_type) for event_type in types)

    def concerns(self, event_type: str) -> bool:
        """Whether a message of this type must be parsed: one of the types, or another version of one."""
        return event_type in self.types or family_of(event_type) in self._families

    def parse(self, envelope: Envelope) -> PublicEvent | Fault:
        """Give the event in an envelope of interest, lifted to its newest version, or the fault of its message."""
        try:
            event = parse(envelope)
        except EventInvalid as invalid:
            return Fault("event-invalid", str(invalid))
        except Exception as error:  # noqa: BLE001 - an upcaster may raise anything on what is not of its shape
            return Fault("event-invalid", f"{envelope.type}: the value cannot be lifted ({type(error).__name__})")
        if event is None:
            return Fault("unknown-version", f"{envelope.type}: this service does not know that version")
        return event


def family_of(event_type: str) -> str:
    """Return a type's name without its version: `audit-completed.v1` is of `audit-completed`."""
    return event_type.rpartition(".")[0]


def read_envelope(record: RawRecord) -> Envelope | Fault:
    """Give a record's envelope, or the fault that keeps it from being one of ours.

    The key must be the stream id: without that the partition's order says nothing about the stream's (G3).
    """
    try:
        envelope = decode(record.headers, record.value)
    except EnvelopeInvalid as invalid:
        return Fault("envelope-invalid", str(invalid))
    except Exception as error:  # noqa: BLE001 - bytes from outside: whatever they do to a parser is their own fault
        return Fault("envelope-invalid", f"the headers cannot be read ({type(error).__name__})")
    return _fault_in(record, envelope) or envelope


def _fault_in(record: RawRecord, envelope: Envelope) -> Fault | None:
    if record.key is None:
        return Fault("key-missing", "the message has no key, so its place in its stream's order is unknown")
    if record.key != key_of(envelope.subject):
        return Fault("key-mismatch", "the key is not the stream id that header ce_subject names")
    if envelope.sequence > _LARGEST_SEQUENCE:
        return Fault("envelope-invalid", "header ce_sequence is larger than any stream can be")
    if not _EVENT_TYPE.fullmatch(envelope.type):
        return Fault("envelope-invalid", "header ce_type is not a name with a version, such as audit-completed.v1")
    return None


def salvage(record: RawRecord) -> Salvaged:
    """Give type, stream and sequence of a record as far as each can be read by itself."""
    found: dict[str, str] = {}
    for name, value in record.headers:
        if value is not None:
            found[name] = value.decode("ascii", "replace")
    event_type = found.get("ce_type", "")
    sequence = found.get("ce_sequence", "")
    number = int(sequence) if sequence.isdecimal() and len(sequence) < len(str(_LARGEST_SEQUENCE)) else 0
    return Salvaged(
        event_type if _EVENT_TYPE.fullmatch(event_type) else None,
        _uuid(found.get("ce_subject", "")),
        number or None,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def may_be_concern(event_type: str | None, value: bytes | None) -> bool:
    """Whether a message is, or could be, about a concern for a child, so that parking it must alert at once (G6).

    Where that cannot be seen (no readable type, no readable value) the answer is yes: silence is the worse mistake.
    """
    if event_type is None:
        return True
    family = family_of(event_type)
    if family == "concern-flagged" or family.startswith("escalation-"):
        return True
    if family not in _CONCERN_FAMILIES:
        return False
    try:
        data = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return True
    if not isinstance(data, dict):
        return True
    grades = {data.get(name) for name in ("overall_grade", "moderator_grade", "standing_grade") if _plain(data, name)}
    return data.get("concern") != "none" or data.get("inadequate_likely") is not False or "inadequate" in grades


def _plain(data: dict[str, object], name: str) -> bool:
    return isinstance(data.get(name), str)
