"""From a real `audit.events` into a real store: joined, in order, once, whatever is repeated or late (G2, G3, G6)."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID, uuid4

import pytest

from services.escalation.app.casework import Request
from services.escalation.app.policies import escalation_of
from services.escalation.domain.model import Category
from services.escalation.domain.states import Considering, NotConsidered, Raised
from shared.contracts.base import Concern, Grade
from tests.integration.escalation.support import Sent, desk, publish, reading, until
from tests.support.stack import TestKafka
from tests.unit.escalation import incoming
from tests.unit.escalation import scenes as s

pytestmark = pytest.mark.stack


def story(audit: UUID) -> list[Sent]:
    """An audit with a practice concern flagged, graded inadequate, found unsafe by its moderator, then withdrawn."""
    return [
        (incoming.flagged(Concern.PRACTICE, audit_id=audit), 1),
        (incoming.completed(Grade.INADEQUATE, Concern.PRACTICE, audit_id=audit), 2),
        (
            incoming.moderated(Grade.INADEQUATE, Grade.INADEQUATE, concern=Concern.SAFEGUARDING, audit_id=audit),
            3,
        ),
        (incoming.withdrawn(audit_id=audit), 4),
    ]


EXPECTED = ["consideration-opened", "cause-joined", "cause-joined", "audit-withdrawal-noted"]


async def test_each_audit_has_one_consideration_with_all_its_causes(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic()
    audits = [uuid4() for _ in range(20)]
    quiet = uuid4()
    interleaved = [story(audit)[number] for number in range(4) for audit in audits]
    async with desk(postgres_dsn) as service, reading(service.consumer(kafka.bootstrap, topic)):
        await publish(kafka.bootstrap, topic, [(incoming.completed(Grade.GOOD, audit_id=quiet), 1), *interleaved])

        async def all_noted() -> bool:
            counted = "select count(*) from eventstore.events where type = 'audit-withdrawal-noted'"
            return int(await service.pool.fetchval(counted)) == len(audits)

        await until(all_noted)
        for audit in audits:
            assert await service.types(escalation_of(audit)) == EXPECTED
            state = await service.state(escalation_of(audit))
            assert isinstance(state, Considering)
            assert state.category is Category.SAFEGUARDING
            assert len(state.causes) == 5
        assert isinstance(await service.state(escalation_of(quiet)), NotConsidered)


async def test_repeated_and_late_deliveries_change_nothing(postgres_dsn: str, kafka: TestKafka) -> None:
    """A relay that repeats sends older numbers after newer ones; readers ignore what is not newer."""
    topic = await kafka.create_topic()
    audits = [uuid4() for _ in range(10)]
    shuffled = [one for audit in audits for one in story(audit)] * 2
    random.Random(7).shuffle(shuffled)
    end = uuid4()
    async with desk(postgres_dsn) as service, reading(service.consumer(kafka.bootstrap, topic)):
        await publish(kafka.bootstrap, topic, [one for audit in audits for one in story(audit)])
        await publish(kafka.bootstrap, topic, shuffled)
        for partition_filler in [end, *(uuid4() for _ in range(30))]:
            await publish_flag(kafka.bootstrap, topic, partition_filler)

        async def all_read() -> bool:
            return await service.count() == len(audits) + 31

        await until(all_read)
        for audit in audits:
            assert await service.types(escalation_of(audit)) == EXPECTED


async def publish_flag(bootstrap: str, topic: str, audit: UUID) -> None:
    await publish(bootstrap, topic, [(incoming.flagged(audit_id=audit), 1)])


async def test_even_without_remembered_positions_an_event_takes_effect_once(
    postgres_dsn: str, kafka: TestKafka
) -> None:
    """The second line of defence: the idempotency key is derived from the event, and the id from the audit."""
    topic = await kafka.create_topic()
    audits = [uuid4() for _ in range(5)]
    async with desk(postgres_dsn) as service:
        await publish(kafka.bootstrap, topic, [one for audit in audits for one in story(audit)])
        async with reading(service.consumer(kafka.bootstrap, topic)):

            async def all_noted() -> bool:
                counted = "select count(*) from eventstore.events where type = 'audit-withdrawal-noted'"
                return int(await service.pool.fetchval(counted)) == len(audits)

            await until(all_noted)
        before = await service.pool.fetch("select * from eventstore.events order by stream_id, version")
        await service.pool.execute("truncate messaging.stream_position")
        await publish(kafka.bootstrap, topic, [one for audit in audits for one in story(audit)])
        async with reading(service.consumer(kafka.bootstrap, topic)):

            async def all_read_again() -> bool:
                read = "select count(*) from messaging.stream_position where sequence = 4"
                return int(await service.pool.fetchval(read)) == len(audits)

            await until(all_read_again)
        assert await service.pool.fetch("select * from eventstore.events order by stream_id, version") == before


async def test_a_concern_that_cannot_be_read_is_parked_and_holds_nobody_up(postgres_dsn: str, kafka: TestKafka) -> None:
    topic = await kafka.create_topic()
    stranger, audit = uuid4(), uuid4()
    async with desk(postgres_dsn) as service, reading(service.consumer(kafka.bootstrap, topic)):
        await publish(kafka.bootstrap, topic, [(incoming.flagged(audit_id=stranger), 1)], authority="nowhere")
        await publish(kafka.bootstrap, topic, story(audit))

        async def considered() -> bool:
            return await service.types(escalation_of(audit)) == EXPECTED

        await until(considered)

        async def parked() -> int:
            return int(await service.pool.fetchval("select count(*) from messaging.parked"))

        assert await until(parked) == 1
        assert await service.types(escalation_of(stranger)) == []


async def test_people_and_events_may_come_at_the_same_time(postgres_dsn: str, kafka: TestKafka) -> None:
    """Causes arrive while the same escalations are raised: each side decides again on what the other wrote."""
    topic = await kafka.create_topic()
    audits = [uuid4() for _ in range(20)]
    async with desk(postgres_dsn) as service, reading(service.consumer(kafka.bootstrap, topic)):
        for audit in audits:
            await publish_flag(kafka.bootstrap, topic, audit)

        async def all_opened() -> bool:
            return await service.count() == len(audits)

        await until(all_opened)

        async def raise_it(audit: UUID) -> None:
            known = await service.casework.known(escalation_of(audit))
            await service.casework.take(known, s.discuss(), Request(f"{audit}/discussion", b"discuss"))
            await service.casework.take(known, s.raise_(), Request(str(audit), b"raise"))

        graver = [(incoming.moderated(concern=Concern.SAFEGUARDING, audit_id=audit), 2) for audit in audits]
        await asyncio.gather(publish(kafka.bootstrap, topic, graver), *(raise_it(audit) for audit in audits))

        async def all_lifted() -> bool:
            states = [await service.state(escalation_of(audit)) for audit in audits]
            return all(isinstance(one, Raised) and one.category is Category.SAFEGUARDING for one in states)

        await until(all_lifted)
        for audit in audits:
            types = await service.types(escalation_of(audit))
            assert types.count("escalation-raised") == 1
            assert types.count("cause-joined") == 1
