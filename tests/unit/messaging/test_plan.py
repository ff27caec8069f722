"""What happens to each message of a batch, decided without a server (G2, G3, G6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import pytest

from shared.contracts.envelope import Message
from shared.messaging.plan import Known, Plan, plan, read_all, streams_of
from shared.messaging.reading import Interests
from shared.messaging.records import Headers, fingerprint, fingerprint_of, key_class_of
from tests.integration.messaging.support import INTERESTED, erased, with_header

TOPIC = "audit.events"
A, B = UUID(int=1), UUID(int=2)


@dataclass(frozen=True)
class Record:
    message: Message
    offset: int
    topic: str = TOPIC
    partition: int = 0
    headers: Headers = field(default=())

    @property
    def key(self) -> bytes | None:
        return self.message.key

    @property
    def value(self) -> bytes | None:
        return self.message.value


def records(*messages: Message) -> list[Record]:
    return [Record(message, number, headers=message.headers) for number, message in enumerate(messages)]


def planned(*messages: Message, known: Known | None = None) -> Plan:
    return plan(read_all(records(*messages)), known or Known({}), Interests(INTERESTED))


def received(made: Plan) -> list[tuple[UUID, int]]:
    return [(one.envelope.subject, one.envelope.sequence) for one in made.received]


def spoilt(stream: UUID, sequence: int) -> Message:
    return erased(stream, sequence)._replace(value=b"{")


def test_new_messages_reach_the_handler_in_order_and_move_their_streams() -> None:
    made = planned(erased(A, 1), erased(B, 1), erased(A, 2))
    assert received(made) == [(A, 1), (B, 1), (A, 2)]
    assert made.positions == {(TOPIC, A): 2, (TOPIC, B): 1}
    assert made.holes == []


def test_what_is_not_newer_than_the_position_is_dropped() -> None:
    made = planned(erased(A, 4), erased(A, 5), erased(A, 6), known=Known({(TOPIC, A): 5}))
    assert received(made) == [(A, 6)]
    assert made.duplicates == 2


def test_a_position_is_of_its_topic_alone() -> None:
    assert received(planned(erased(A, 1), known=Known({("other.events", A): 9}))) == [(A, 1)]


def test_a_skipped_number_is_noticed_with_what_was_expected() -> None:
    [hole] = planned(erased(A, 8), known=Known({(TOPIC, A): 5})).holes
    assert (hole.stream_id, hole.expected, hole.found) == (A, 6, 8)


def test_one_that_cannot_be_understood_holds_back_its_own_key_alone() -> None:
    made = planned(erased(A, 1), spoilt(A, 2), erased(A, 3), erased(B, 1), spoilt(A, 4))
    assert received(made) == [(A, 1), (B, 1)]
    assert [(one.sequence, one.behind) for one in made.parked] == [(2, False), (3, True), (4, True)]
    assert made.positions == {(TOPIC, A): 1, (TOPIC, B): 1}


def test_messages_of_a_parked_key_wait_behind_it_and_old_ones_are_still_dropped() -> None:
    [first, *_rest] = records(erased(A, 3))
    known = Known({(TOPIC, A): 2}, parked_keys={key_class_of(first): 3})
    made = planned(erased(A, 2), erased(A, 4), erased(B, 1), known=known)
    assert made.duplicates == 1
    assert [(one.sequence, one.behind) for one in made.parked] == [(4, True)]
    assert received(made) == [(B, 1)]


def test_a_discarded_message_is_stepped_over_without_a_hole() -> None:
    first = erased(A, 1)
    known = Known({}, discarded={fingerprint_of(records(first)[0])}, any_discarded=True)
    made = planned(first, erased(A, 2), known=known)
    assert received(made) == [(A, 2)]
    assert (made.discarded_again, made.holes) == (1, [])


def test_messages_without_a_key_are_ordered_by_partition() -> None:
    keyless = erased(A, 1)._replace(key=None)  # type: ignore[arg-type]  # what a stranger may send
    made = planned(keyless, keyless, erased(B, 1))
    assert [one.fault.reason for one in made.parked] == ["key-missing", "key-missing"]
    assert received(made) == [(B, 1)]


def test_streams_are_asked_for_once_and_only_where_there_is_an_envelope() -> None:
    nameless = erased(B, 1)._replace(headers=[])
    assert streams_of(read_all(records(erased(A, 1), erased(A, 2), nameless))) == {(TOPIC, A)}


@pytest.mark.parametrize(
    "other",
    [
        ("audit.events", b"k", [("a", b"1")], b"w"),
        ("audit.events", b"k", [("a", b"2")], b"v"),
        ("audit.events", b"k", [("a", None)], b"v"),
        ("audit.events", b"k", [], b"v"),
        ("audit.events", None, [("a", b"1")], b"v"),
        ("audit.events", b"k", [("a", b"1")], None),
        ("other.events", b"k", [("a", b"1")], b"v"),
        ("audit.events", b"ka", [("", b"1")], b"v"),
    ],
)
def test_a_fingerprint_tells_messages_apart(
    other: tuple[str, bytes | None, list[tuple[str, bytes | None]], bytes | None],
) -> None:
    assert fingerprint("audit.events", b"k", [("a", b"1")], b"v") != fingerprint(*other)


def test_a_fingerprint_does_not_know_where_a_message_lay() -> None:
    here = Record(erased(A, 1), 7)
    assert fingerprint_of(here) == fingerprint_of(Record(here.message, 9000, partition=3))


def test_a_hostile_header_is_parked_with_what_can_be_said_of_it() -> None:
    made = planned(with_header(erased(A, 3), "ce_time", b"yesterday"))
    [one] = made.parked
    assert (one.type, one.stream_id, one.sequence) == ("child-erased.v1", A, 3)
    assert "yesterday" not in one.fault.sentence
