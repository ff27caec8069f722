"""The quick way through a rebuild, for messages that are in every way as our own services write them.

It knows no rule of its own: whatever is not plainly in order (a header written otherwise, a value its model refuses, a
key that waits, a discarded number, a type without facts) goes the ordinary way, message by message, through the
planner the live consumer uses. Tests hold both ways to the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as QuickUUID  # noqa: N811 - a UUID the driver makes and sends ten times faster
from pydantic import ValidationError

from services.reporting.facts.fold import FOLDS
from services.reporting.facts.ledger import Facts
from services.reporting.facts.refusal import FactRefused
from services.reporting.facts.sieve import Sieve
from shared.contracts.envelope import key_of
from shared.messaging.plan import Hole, read_all
from shared.messaging.records import RawRecord, StreamKey
from shared.messaging.storage import PartitionKey

_UUID: Final = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_TIME: Final = rb"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\.[0-9]{6})?\+00:00"
_TEXT: Final = rb"[!-~]+"
_in_order: Final = re.compile(
    rb"\n".join((_UUID, _TEXT, _UUID, _TIME, _TEXT, _TEXT, rb"[1-9][0-9]{0,17}", _UUID, _TIME, rb"1\.0"))
).fullmatch
_is_uuid: Final = re.compile(_UUID).fullmatch
_SOME_UUID: Final = b"00000000-0000-0000-0000-000000000000"
_REQUIRED: Final = 12
"""How many headers `encode` always writes; causation and trace come on top."""

_Way = tuple[Callable[[Any], Any], Callable[[Facts, Any, Any], None]]

_WAYS: Final[dict[bytes, _Way]] = {
    model.TYPE.encode(): (model.__pydantic_validator__.validate_json, fold) for model, fold in FOLDS.items()
}


class _Stamp(NamedTuple):
    """What a fold uses of an envelope (ledger.Stamp), made quickly."""

    subject: UUID
    sequence: int
    time: datetime
    recorded_at: datetime
    authority: str


class StreamPositions(MutableMapping[StreamKey, int]):
    """How far each stream was applied: by topic and key for the quick way, by topic and id for the planner."""

    def __init__(self) -> None:
        self.by_topic: dict[str, dict[bytes, tuple[UUID, int]]] = {}

    def __getitem__(self, stream: StreamKey) -> int:
        topic, stream_id = stream
        return self.by_topic[topic][key_of(stream_id)][1]

    def __setitem__(self, stream: StreamKey, sequence: int) -> None:
        topic, stream_id = stream
        self.by_topic.setdefault(topic, {})[key_of(stream_id)] = (stream_id, sequence)

    def __delitem__(self, stream: StreamKey) -> None:
        topic, stream_id = stream
        del self.by_topic[topic][key_of(stream_id)]

    def __iter__(self) -> Iterator[StreamKey]:
        for topic, streams in self.by_topic.items():
            for stream_id, _ in streams.values():
                yield topic, stream_id

    def __len__(self) -> int:
        return sum(map(len, self.by_topic.values()))


class QuickWay:
    """Folds the messages of a rebuild's long read, in memory."""

    def __init__(self, discarded: Collection[bytes], discarded_numbers: Collection[tuple[bytes, int]]) -> None:
        """`discarded` are fingerprints; `discarded_numbers` keys and sequences of those that have them."""
        self.positions = StreamPositions()
        self.facts = Facts()
        self.sieve = Sieve(self.positions, set(discarded))
        self.reached: dict[PartitionKey, tuple[int, datetime]] = {}
        self._discarded_numbers = frozenset(discarded_numbers)

    def fold(self, partition: PartitionKey, records: Sequence[RawRecord]) -> None:
        """Fold messages of one partition, in order."""
        topic = partition[0]
        streams = self.positions.by_topic.setdefault(topic, {})
        facts, held, discarded = self.facts, self.sieve.held, self._discarded_numbers
        for record in records:
            read = _read(record)
            if read is None:
                self._ordinary(partition, record)
                continue
            key, sequence, headers, (validate, fold) = read
            stream_id, last = streams.get(key, _UNKNOWN)
            if sequence <= last:
                if (topic, stream_id) in self.sieve.holes:  # perhaps it had been missing
                    self._ordinary(partition, record)
                continue
            if (held and (topic, b"key:" + key) in held) or (discarded and (key, sequence) in discarded):
                self._ordinary(partition, record)
                continue
            try:
                stamp = _Stamp(
                    stream_id or QuickUUID(key.decode()),
                    sequence,
                    datetime.fromisoformat(headers["ce_time"].decode()),
                    datetime.fromisoformat(headers["ce_recordedtime"].decode()),
                    headers["ce_authority"].decode(),
                )
                event = validate(record.value)
                fold(facts, stamp, event)
            except (ValidationError, FactRefused, ValueError):  # none of it was folded
                self._ordinary(partition, record)
                continue
            if sequence != last + 1:
                self.sieve.note(Hole(topic, stamp.subject, last + 1, sequence))
            streams[key] = (stamp.subject, sequence)
            known = self.reached.get(partition)
            newest = stamp.recorded_at if known is None or known[1] < stamp.recorded_at else known[1]
            self.reached[partition] = (record.offset + 1, newest)

    def _ordinary(self, partition: PartitionKey, record: RawRecord) -> None:
        """Let the planner judge a message, as the live consumer would."""
        readings = read_all([record])
        for received in self.sieve.fold(self.facts, readings, self.sieve.plan(readings)).received:
            known = self.reached.get(partition)
            recorded_at = received.envelope.recorded_at
            newest = recorded_at if known is None or known[1] < recorded_at else known[1]
            self.reached[partition] = (received.offset + 1, newest)


_UNKNOWN: Final[tuple[Any, int]] = (None, 0)


def _read(record: RawRecord) -> tuple[bytes, int, dict[str, Any], _Way] | None:
    """Return key, sequence, headers and what to do with a message, or None where anything is not plainly in order."""
    headers: dict[str, Any] = dict(record.headers)
    try:
        subject = headers["ce_subject"]
        way = _WAYS[headers["ce_type"]]
        number = headers["ce_sequence"]
        together = b"\n".join(
            (
                headers["ce_id"],
                headers["ce_source"],
                subject,
                headers["ce_time"],
                headers["ce_dataschema"],
                headers["ce_authority"],
                number,
                headers["ce_correlationid"],
                headers["ce_recordedtime"],
                headers["ce_specversion"],
            )
        )
    except (KeyError, TypeError):  # a header is missing, or null
        return None
    if not _in_order(together) or record.key != subject or record.value is None:
        return None
    if len(headers) > _REQUIRED:
        causation, trace = headers.get("ce_causationid", _SOME_UUID), headers.get("traceparent", b"")
        if causation is None or trace is None or not _is_uuid(causation) or not trace.isascii():
            return None
    return subject, int(number), headers, way
