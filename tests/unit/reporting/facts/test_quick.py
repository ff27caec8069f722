"""The quick way of a rebuild against the planner's way, message by message: never another result."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.facts.ledger import Facts
from services.reporting.facts.quick import QuickWay
from services.reporting.facts.sieve import Sieve
from shared.contracts.envelope import key_of
from shared.messaging.plan import Hole, read_all
from shared.messaging.records import StoredRecord, fingerprint_of
from tests.support.fact_log import interleaved, year
from tests.unit.reporting.facts.builders import record

Outcome = tuple[dict[str, list[str]], dict[Any, int], list[Any], list[Any], dict[Any, int]]


def _rows(facts: Facts) -> dict[str, list[str]]:
    ledgers = {name: sorted(map(repr, [*one.current.values(), *one.ended])) for name, one in facts.ledgers.items()}
    return ledgers | {name: sorted(map(repr, some)) for name, some in facts.fixed.items()}


def flat(sieve: Sieve) -> list[Hole]:
    return [hole for holes in sieve.holes.values() for hole in holes]


def ordinary(records: Sequence[StoredRecord], discarded: set[bytes]) -> Outcome:
    """Judge every message as the live consumer does, one batch for all."""
    facts, sieve = Facts(), Sieve({}, discarded)
    readings = read_all(records)
    sieve.fold(facts, readings, sieve.plan(readings))
    parked = [(message.record, message.behind, message.fault.reason) for message in sieve.parked]
    return _rows(facts), dict(sieve.positions), parked, flat(sieve), sieve.late


def quick(records: Sequence[StoredRecord], discarded: set[bytes]) -> Outcome:
    """Take the quick way, partition by partition."""
    numbers = set()
    for reading in read_all([one for one in records if fingerprint_of(one) in discarded]):
        if reading.envelope is not None:
            numbers.add((key_of(reading.envelope.subject), reading.envelope.sequence))
    way = QuickWay(discarded, numbers)
    by_partition: dict[tuple[str, int], list[StoredRecord]] = defaultdict(list)
    for one in records:
        by_partition[one.topic, one.partition].append(one)
    for partition, some in by_partition.items():
        way.fold(partition, some)
    parked = [(message.record, message.behind, message.fault.reason) for message in way.sieve.parked]
    return _rows(way.facts), dict(way.positions), parked, flat(way.sieve), way.sieve.late


def same(records: Sequence[StoredRecord], discarded: set[bytes] | None = None) -> None:
    """Hold both ways to the same rows, positions, parked messages, holes and late streams."""
    one, other = ordinary(records, discarded or set()), quick(records, discarded or set())
    assert one[0] == other[0]
    assert one[1] == other[1]
    assert sorted(one[2], key=repr) == sorted(other[2], key=repr)
    assert sorted(one[3], key=repr) == sorted(other[3], key=repr)
    assert one[4] == other[4]


TRAFFIC = [
    record(sent, offset, 0 if sent.topic == "audit.events" else 1)
    for offset, sent in enumerate(interleaved(year(8, 30), 8))
]


def test_tidy_traffic_takes_the_quick_way_and_ends_the_same() -> None:
    """Nothing of what our own services write needs the long way."""
    way = QuickWay((), ())
    way._ordinary = lambda *_: never()  # type: ignore[method-assign] # to see that it is not called
    way.fold(("audit.events", 0), [one for one in TRAFFIC if one.topic == "audit.events"])
    same(TRAFFIC)


def never() -> None:
    raise AssertionError("a tidy message took the long way")


def _header(one: StoredRecord, name: str, value: bytes | None) -> StoredRecord:
    headers = tuple((key, value if key == name else old) for key, old in one.headers)
    return StoredRecord(one.topic, one.partition, one.offset, one.key, headers, one.value)


def _without(one: StoredRecord, name: str) -> StoredRecord:
    headers = tuple((key, old) for key, old in one.headers if key != name)
    return StoredRecord(one.topic, one.partition, one.offset, one.key, headers, one.value)


def _valued(one: StoredRecord, value: bytes | None) -> StoredRecord:
    return StoredRecord(one.topic, one.partition, one.offset, one.key, one.headers, value)


NAMES = [name for name, _ in TRAFFIC[0].headers]
VALUES: list[bytes | None] = [
    None,
    b"",
    b"1.0",
    b"\xff",
    b"0",
    b"007",
    b"+5",
    b"99999999999999999999",
    b"a\0b",
    b"a\nb",
    b" north",
    b"2026-02-30T10:00:00+00:00",
    b"2026-03-01T10:00:00",
    b"2026-03-01T10:00:00.5+00:00",
    b"2026-03-01 10:00:00+01:00",
    b"9999-12-31T23:59:59+00:00",
    b"2026-03-01T24:00:00+00:00",
    b"00000000-0000-4000-8000-000000000001",
    b"00000000000040008000000000000001",
    b"{00000000-0000-4000-8000-00000000000A}",
    b"audit-completed.v2",
    b"something-else.v1",
    b"audit-withdrawn.v1",
]
ONE_STREAM = [one for one in TRAFFIC if one.key == max(TRAFFIC, key=lambda one: one.offset).key]


@pytest.mark.parametrize("name", NAMES)
def test_a_header_written_any_other_way_ends_the_same(name: str) -> None:
    """Each header with each odd value, in the second message of a stream."""
    assert len(ONE_STREAM) > 2
    for value in VALUES:
        same([ONE_STREAM[0], _header(ONE_STREAM[1], name, value), *ONE_STREAM[2:]])


CHANGES = st.one_of(
    st.tuples(st.just("header"), st.sampled_from(NAMES), st.sampled_from(VALUES)),
    st.tuples(st.just("without"), st.sampled_from(NAMES), st.none()),
    st.tuples(
        st.just("value"), st.none(), st.sampled_from([None, b"", b"{", b"[]", b"{}", b'{"audit_id": 1}', b"null"])
    ),
    st.tuples(st.just("key"), st.none(), st.sampled_from([None, b"", b"x"])),
    st.tuples(st.just("extra"), st.sampled_from(["traceparent", "ce_causationid", "other"]), st.sampled_from(VALUES)),
    st.tuples(st.just("again"), st.none(), st.none()),
    st.tuples(st.just("left out"), st.none(), st.none()),
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(TRAFFIC) - 1), CHANGES), max_size=25), st.integers(0, 2**16))
def test_whatever_is_done_to_messages_both_ways_agree(changes: list[tuple[int, Any]], seed: int) -> None:
    """Headers spoilt or written otherwise, values of another shape, repeats, gaps, some of it discarded."""
    records = list(TRAFFIC)
    spoilt: list[StoredRecord] = []
    for place, (how, name, value) in changes:
        one = records[place]
        if how == "header":
            one = _header(one, name, value)
        elif how == "without":
            one = _without(one, name)
        elif how == "value":
            one = _valued(one, value)
        elif how == "key":
            one = StoredRecord(one.topic, one.partition, one.offset, value, one.headers, one.value)
        elif how == "extra":
            one = StoredRecord(one.topic, one.partition, one.offset, one.key, (*one.headers, (name, value)), one.value)
        elif how == "again":
            records.append(StoredRecord(one.topic, one.partition, len(records), one.key, one.headers, one.value))
        elif how == "left out":
            one = _valued(one, b"{")
        records[place] = one
        spoilt.append(one)
    draw = random.Random(seed)
    discarded = {fingerprint_of(one) for one in spoilt if draw.random() < 0.4}
    same(records, discarded)
