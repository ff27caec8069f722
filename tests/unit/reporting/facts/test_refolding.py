"""A stream of which a message came late makes the same facts as one that came in order."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.facts.fold import apply
from services.reporting.facts.ledger import Facts
from services.reporting.facts.refolding import Standing, in_order
from services.reporting.facts.sieve import Sieve
from shared.messaging.plan import Hole, read_all
from shared.messaging.records import StoredRecord, fingerprint_of
from tests.support.fact_log import AUDIT, Sent, Story, interleaved, year
from tests.unit.reporting.facts.builders import folded, record
from tests.unit.reporting.facts.test_quick import _rows, same

STORIES = [story for story in year(23, 60) if len(story.events) > 2]
LONGEST = max((story for story in STORIES if story.topic == AUDIT), key=lambda story: len(story.events))


def messages(story: Story) -> list[StoredRecord]:
    return [record(sent, offset) for offset, sent in enumerate(story.sealed())]


def refolded(records: Sequence[StoredRecord], standing: Standing) -> dict[str, list[str]]:
    received = in_order(records, standing)
    assert received is not None
    facts = Facts()
    for one in received:
        apply(facts, one)
    return _rows(facts)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STORIES), st.randoms(use_true_random=False))
def test_any_order_and_repeats_make_the_facts_of_the_story(story: Story, draw: random.Random) -> None:
    """Whole or with the last messages still to come, as the stream's position says."""
    position = draw.randint(1, len(story.events))
    shuffled = messages(story) + draw.choices(messages(story), k=3)
    draw.shuffle(shuffled)
    told = Story(story.stream, story.topic, story.source, story.events[:position])
    assert refolded(shuffled, Standing(position)) == _rows(folded([told]))


def test_folded_where_it_came_the_facts_would_be_wrong() -> None:
    """Why streams are folded anew at all: the first event last is not what the story says."""
    facts = Facts()
    first, *later = in_order(messages(LONGEST), Standing(len(LONGEST.events))) or []
    for one in (*later, first):
        apply(facts, one)
    assert _rows(facts) != _rows(folded([LONGEST]))


def test_what_is_still_missing_is_not_waited_for_and_not_let_in() -> None:
    """3 is in a hole: it takes effect when the consumer has let it through, not because the log has it."""
    records, position = messages(LONGEST), len(LONGEST.events)
    standing = Standing(position, [Hole(AUDIT, LONGEST.stream, 2, 3)])
    told = in_order(records, standing)
    assert told is not None
    assert [one.envelope.sequence for one in told] == [1, *range(3, position + 1)]
    assert in_order([records[0], *records[2:]], standing) == told


def test_a_log_that_lacks_what_took_effect_is_not_folded() -> None:
    records, position = messages(LONGEST), len(LONGEST.events)
    assert in_order(records[1:], Standing(position)) is None
    assert in_order([*records[:-1]], Standing(position)) is None
    assert in_order(records, Standing(position + 1)) is None


def test_what_people_discarded_stays_out_and_is_not_looked_for() -> None:
    """By its content where the log has it, by its number where its headers could not be read."""
    records, position = messages(LONGEST), len(LONGEST.events)
    by_content = in_order(records, Standing(position, discarded={fingerprint_of(records[1])}))
    by_number = in_order([records[0], *records[2:]], Standing(position, stepped_over={2}))
    assert by_content is not None
    assert by_content == by_number
    assert [one.envelope.sequence for one in by_content] == [1, *range(3, position + 1)]


def spoilt(one: StoredRecord) -> StoredRecord:
    """Give the same message about another stream than its key's: the tables refuse that."""
    assert one.key is not None
    assert one.value is not None
    other = one.value.replace(one.key, b"0" * 8 + one.key[8:])
    return StoredRecord(one.topic, one.partition, one.offset, one.key, one.headers, other)


def test_a_number_takes_effect_by_the_first_message_of_it_that_can() -> None:
    """A refused message was parked, and another one of its number took effect later."""
    records, position = messages(LONGEST), len(LONGEST.events)
    assert refolded([spoilt(records[1]), *records], Standing(position)) == _rows(folded([LONGEST]))


@pytest.mark.parametrize("spoil", [False, True])
def test_a_rebuild_notes_the_stream_of_a_late_message_unless_the_tables_refuse_it(spoil: bool) -> None:
    first, second, third, *_ = messages(LONGEST)
    late = spoilt(second) if spoil else second
    facts, sieve = Facts(), Sieve({}, set())
    readings = read_all([first, third, late])
    sieve.fold(facts, readings, sieve.plan(readings))
    stream = (AUDIT, LONGEST.stream)
    if spoil:
        assert [(message.sequence, message.fault.reason) for message in sieve.parked] == [(2, "handler-refused")]
        assert (sieve.late, sieve.held) == ({}, {sieve.parked[0].key_class: 2})
        assert sieve.holes == {stream: [Hole(*stream, 2, 3)]}
    else:
        assert (sieve.late, sieve.holes, sieve.parked) == ({stream: 0}, {}, [])


def lossy(seed: int) -> list[Sent]:
    """Traffic of which one in six is lost, and then much of the store again: some in order, some not, some twice."""
    draw = random.Random(seed)
    stories = year(seed, 20)
    sent = interleaved(stories, seed)
    came = [one for one in sent if draw.random() > 1 / 6]
    again = [one for story in stories for one in story.sealed() if draw.random() > 1 / 4]
    return [*came, *again, *draw.choices(again, k=20)]


@pytest.mark.parametrize("seed", range(3))
def test_the_quick_way_knows_late_messages_as_the_planner_does(seed: int) -> None:
    same([record(sent, offset, 0 if sent.topic == AUDIT else 1) for offset, sent in enumerate(lossy(seed))])
