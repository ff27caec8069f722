"""CloudEvents 1.0 in Kafka's binary mode: who says what of which stream, as headers beside a JSON value.

A codec of our own, since the envelope is on the hot path of every reader (docs/adr/0005); tests hold it to
the `cloudevents` package. Nothing here knows what an event means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, SafeUUID, uuid5

SPECIFICATION_VERSION = b"1.0"
CONTENT_TYPE = b"application/json"
SCHEMA_ROOT = "urn:sightline:schema:"

_UUID_LENGTH = 36
_UUID_DIGITS = 32
_EVENT_NAMESPACE = uuid5(NAMESPACE_URL, "urn:sightline:event")


class EnvelopeInvalid(ValueError):
    """A Kafka record is no CloudEvent of ours; the sentence names the header, never its value."""


class Message(NamedTuple):
    """One Kafka record to send: key, value and headers, as bytes."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every public event carries around its data.

    `time` is when it happened in the business, `recorded_at` when the service wrote it down; both are aware.
    `sequence` is the dense number of the event among the public events of its stream, from 1.
    `data` is the event itself as JSON, not yet decoded.
    """

    id: UUID
    type: str
    source: str
    subject: UUID
    time: datetime
    recorded_at: datetime
    authority: str
    sequence: int
    correlation_id: UUID
    causation_id: UUID | None
    data_schema: str
    traceparent: str | None
    data: bytes


def event_id(source: str, subject: UUID, sequence: int) -> UUID:
    """Return the id of a stream's n-th public event: the same however often it is published (G2)."""
    return uuid5(_EVENT_NAMESPACE, f"{source}|{subject}|{sequence}")


def schema_of(event_type: str) -> str:
    """Return the `dataschema` of an event type such as `audit-completed.v1`."""
    return SCHEMA_ROOT + event_type


def key_of(subject: UUID) -> bytes:
    """Return the Kafka key of a stream: one stream, one partition, one order (G3)."""
    return str(subject).encode()


def encode(envelope: Envelope) -> Message:
    """Write an envelope as a Kafka record."""
    headers = [
        ("ce_specversion", SPECIFICATION_VERSION),
        ("ce_id", str(envelope.id).encode()),
        ("ce_type", envelope.type.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_subject", str(envelope.subject).encode()),
        ("ce_time", _write_time(envelope.time)),
        ("ce_dataschema", envelope.data_schema.encode()),
        ("ce_authority", envelope.authority.encode()),
        ("ce_sequence", str(envelope.sequence).encode()),
        ("ce_correlationid", str(envelope.correlation_id).encode()),
        ("ce_recordedtime", _write_time(envelope.recorded_at)),
        ("content-type", CONTENT_TYPE),
    ]
    if envelope.causation_id is not None:
        headers.append(("ce_causationid", str(envelope.causation_id).encode()))
    if envelope.traceparent is not None:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return Message(key_of(envelope.subject), envelope.data, headers)


def decode(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Envelope:
    """Read a Kafka record's envelope.

    Raises:
        EnvelopeInvalid: a header is missing or cannot be read, or there is no value.

    """
    found: dict[str, bytes | None] = dict(headers)
    try:
        return _decode_proper(found, value)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return _decode_careful(found, value)  # which says what is wrong


def _decode_proper(found: dict[str, Any], value: bytes | None) -> Envelope:
    """Read an envelope on the way that nearly all take; raises something at the least doubt.

    Half the time of the careful way: ids are made of their bytes, and the frozen envelope is filled slot by slot.
    """
    if value is None or found["ce_specversion"] != SPECIFICATION_VERSION:
        raise ValueError
    causation, trace = found.get("ce_causationid"), found.get("traceparent")
    sequence = int(found["ce_sequence"])
    time = datetime.fromisoformat(found["ce_time"].decode())
    recorded_at = datetime.fromisoformat(found["ce_recordedtime"].decode())
    words = [found[name].decode() for name in ("ce_type", "ce_source", "ce_authority", "ce_dataschema")]
    if sequence < 1 or time.tzinfo is not UTC or recorded_at.tzinfo is not UTC or not all(words):
        raise ValueError
    envelope = _new(Envelope)
    fill = _SLOTS
    fill["id"](envelope, _read_uuid(found["ce_id"]))
    fill["subject"](envelope, _read_uuid(found["ce_subject"]))
    fill["correlation_id"](envelope, _read_uuid(found["ce_correlationid"]))
    fill["causation_id"](envelope, None if causation is None else _read_uuid(causation))
    fill["traceparent"](envelope, None if trace is None else trace.decode("ascii"))
    fill["time"](envelope, time)
    fill["recorded_at"](envelope, recorded_at)
    fill["sequence"](envelope, sequence)
    fill["data"](envelope, value)
    fill["type"](envelope, words[0])
    fill["source"](envelope, words[1])
    fill["authority"](envelope, words[2])
    fill["data_schema"](envelope, words[3])
    return envelope


_SLOTS: dict[str, Callable[[Envelope, Any], None]] = {
    name: getattr(Envelope, name).__set__ for name in Envelope.__dataclass_fields__
}
_UUID_INT: Callable[[UUID, int], None] = UUID.__dict__["int"].__set__
_UUID_SAFETY: Callable[[UUID, SafeUUID], None] = UUID.__dict__["is_safe"].__set__
_UNKNOWN = SafeUUID.unknown
_new = object.__new__


def _read_uuid(raw: bytes) -> UUID:
    """Make an id of its usual 36 characters: a fifth of the time `UUID` takes, which looks for other spellings."""
    digits = raw.replace(b"-", b"")
    if len(raw) != _UUID_LENGTH or len(digits) != _UUID_DIGITS:
        raise ValueError
    made = _new(UUID)
    _UUID_INT(made, int(digits, 16))
    _UUID_SAFETY(made, _UNKNOWN)
    return made


def _decode_careful(found: dict[str, bytes | None], value: bytes | None) -> Envelope:
    if value is None:
        raise EnvelopeInvalid("the message has no value")
    try:
        if found["ce_specversion"] != SPECIFICATION_VERSION:
            raise EnvelopeInvalid("header ce_specversion is not 1.0")
        causation = found.get("ce_causationid")
        trace = found.get("traceparent")
        return Envelope(
            id=UUID(_text(found, "ce_id")),
            type=_text(found, "ce_type"),
            source=_text(found, "ce_source"),
            subject=UUID(_text(found, "ce_subject")),
            time=_read_time(found, "ce_time"),
            recorded_at=_read_time(found, "ce_recordedtime"),
            authority=_text(found, "ce_authority"),
            sequence=_read_sequence(found),
            correlation_id=UUID(_text(found, "ce_correlationid")),
            causation_id=None if causation is None else UUID(causation.decode()),
            data_schema=_text(found, "ce_dataschema"),
            traceparent=None if trace is None else trace.decode("ascii"),
            data=value,
        )
    except KeyError as missing:
        raise EnvelopeInvalid(f"header {missing.args[0]} is missing") from None
    except (ValueError, OverflowError) as unreadable:
        if isinstance(unreadable, EnvelopeInvalid):
            raise
        raise EnvelopeInvalid(_which_is_unreadable(found)) from None


def _text(found: dict[str, bytes | None], name: str) -> str:
    value = found[name]
    if not value:
        raise EnvelopeInvalid(f"header {name} is empty")
    return value.decode()


def _read_time(found: dict[str, bytes | None], name: str) -> datetime:
    moment = datetime.fromisoformat(_text(found, name))
    if moment.tzinfo is None:
        raise EnvelopeInvalid(f"header {name} has no time zone")
    return moment.astimezone(UTC)


def _read_sequence(found: dict[str, bytes | None]) -> int:
    sequence = int(_text(found, "ce_sequence"))
    if sequence < 1:
        raise EnvelopeInvalid("header ce_sequence is not a number from 1")
    return sequence


def _write_time(moment: datetime) -> bytes:
    if moment.tzinfo is None:
        raise ValueError("an event's times are aware of their zone")
    return moment.astimezone(UTC).isoformat().encode()


def _which_is_unreadable(found: dict[str, bytes | None]) -> str:
    """Name the first header that cannot be read; only on the way to parking, so slow is fine."""
    readers: dict[str, Callable[[str], object]] = {
        "ce_id": UUID,
        "ce_type": str,
        "ce_source": str,
        "ce_subject": UUID,
        "ce_time": datetime.fromisoformat,
        "ce_recordedtime": datetime.fromisoformat,
        "ce_authority": str,
        "ce_sequence": int,
        "ce_correlationid": UUID,
        "ce_causationid": UUID,
        "ce_dataschema": str,
        "traceparent": str,
    }
    for name, read in readers.items():
        value = found.get(name)
        if value is None:
            continue
        try:
            read(value.decode())
        except ValueError:
            return f"header {name} cannot be read"
    return "the headers cannot be read"
