"""Notices on a real database: written with their event or not at all, in one hand at a time, settled for good."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.escalation.adapters.notifying.storage import (
    MIGRATIONS,
    NoticeWriter,
    StoredNotices,
    list_notices,
    retry_given_up,
    retry_notice,
    show_notice,
)
from services.escalation.app.aggregate import escalations
from services.escalation.app.notices import Notice
from services.escalation.app.policy import Policies
from services.escalation.app.sending import RefusedForGood, Route, Sender, TryLater
from services.escalation.app.telling import Teller
from services.escalation.app.wording import Letter, Links, Writer
from services.escalation.domain.commands import Command
from shared.eventstore.database import Connection, Pool, open_pool
from shared.eventstore.handling import handle
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from shared.eventstore.model import Meta
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.storage import SCHEMA as MESSAGING
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY, authorities

pytestmark = pytest.mark.stack

TOLD_OF_A_RAISE = 3
DAY = timedelta(days=1)


@dataclass
class Wire:
    """A channel that keeps what it took, slowly, and does as the test says."""

    name: str = "mail"
    timeout: float = 5.0
    trouble: Exception | None = None
    took: list[UUID] = field(default_factory=list)

    async def send(self, letter: Letter, to: str) -> None:
        await asyncio.sleep(0)
        if self.trouble is not None:
            raise self.trouble
        self.took.append(letter.id)

    async def rest(self) -> None:
        pass


class Everywhere:
    def route(self, notice: Notice) -> Route:
        return Route("mail", str(notice.person))


@dataclass
class Desk:
    """Event store, notices and any number of senders over one database, with a clock that the test sets."""

    pool: Pool
    now: datetime = s.RAISED

    def __post_init__(self) -> None:
        self.aggregate = escalations(tell=Teller(Policies(authorities())))
        self.store = PostgresEventStore(self.pool, beside=NoticeWriter(3 * DAY))
        self.notices = StoredNotices(self.pool)

    async def do(
        self, *commands: Command, escalation: UUID = s.ESCALATION, connection: Connection | None = None, key: str = ""
    ) -> None:
        for command in commands:
            meta = Meta(AUTHORITY, command.recorded_at, uuid4(), None, key or str(uuid4()))
            await handle(self.store, self.aggregate, escalation, command, meta, connection=connection)

    def sender(self, wire: Wire) -> Sender:
        writer = Writer(Links("https://e.example", "https://a.example"), lambda _: "Riverside, North")
        return Sender(self.notices, Everywhere(), {"mail": wire}, writer.write, lambda: self.now)

    async def states(self) -> Counter[tuple[str, str]]:
        rows = await self.pool.fetch("select kind, state from escalation.notices")
        return Counter((row["kind"], row["state"]) for row in rows)


def considered(escalation: UUID) -> Command:
    """A consideration of one of many."""
    place = s.PLACE.model_copy(update={"escalation_id": escalation})
    return replace(s.consider(s.cause(1)), place=place)


@asynccontextmanager
async def desk(dsn: str) -> AsyncIterator[Desk]:
    await migrate(dsn, [EVENTSTORE, OUTBOX, MESSAGING, MIGRATIONS])
    pool = await open_pool(dsn, size=12)
    try:
        yield Desk(pool)
    finally:
        await pool.close()


async def test_they_are_written_with_their_event_and_once_though_it_is_asked_twice(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)))
        for _ in range(2):
            await at.do(s.raise_(), key="the same request")
        assert await at.states() == {("considered", "waiting"): 2, ("raised", "waiting"): TOLD_OF_A_RAISE}
        rows = await at.pool.fetch("select * from escalation.notices where kind = 'raised'")
        assert {row["version"] for row in rows} == {2}
        assert {row["due_at"] for row in rows} == {s.END_OF_21}
        assert {row["give_up_at"] - row["created_at"] for row in rows} == {3 * DAY}


async def test_in_a_callers_transaction_that_is_rolled_back_nobody_is_told(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        async with at.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await at.do(s.consider(s.cause(1)), connection=connection)
            assert await connection.fetchval("select count(*) from escalation.notices") == 2
            await transaction.rollback()
        assert await at.states() == {}
        async with at.pool.acquire() as connection, connection.transaction():
            await at.do(s.consider(s.cause(1)), connection=connection)
        assert await at.states() == {("considered", "waiting"): 2}


async def test_several_replicas_send_each_one_once(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        for number in range(40):
            escalation = UUID(int=1000 + number)
            await at.do(considered(escalation), s.raise_(), escalation=escalation)
        wires = [Wire() for _ in range(4)]
        senders = [at.sender(wire) for wire in wires]
        counts = await asyncio.gather(*(one.run() for one in senders for _ in range(2)))
        took = [one for wire in wires for one in wire.took]
        assert len(took) == len(set(took)) == sum(counts) == 40 * TOLD_OF_A_RAISE
        assert await at.states() == {("considered", "overtaken"): 80, ("raised", "sent"): 40 * TOLD_OF_A_RAISE}


async def test_what_one_has_in_hand_another_takes_when_the_lease_has_run_out_and_what_is_sent_stays_sent(
    postgres_dsn: str,
) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)))
        dead = await at.notices.lease(at.now, 20, at.now + timedelta(minutes=2))
        assert len(dead) == 2
        assert {one.attempts for one in dead} == {1}
        wire = Wire()
        assert await at.sender(wire).run() == 0
        at.now += timedelta(minutes=2)
        assert await at.sender(wire).run() == 2
        # The first was only slow: what it says now changes nothing, neither that it failed nor that it was sent.
        await at.notices.failed(dead[0], "mail-server-away", at.now)
        await at.notices.settle(dead[0], "given-up", "mail-server-away", at.now)
        await at.notices.sent(dead[1], "mail", at.now + DAY)
        assert await at.states() == {("considered", "sent"): 2}
        assert await at.pool.fetchval("select max(settled_at) from escalation.notices") == at.now
        assert await at.sender(wire).run() == 0


async def test_one_that_was_sent_is_recorded_though_its_lease_had_run_out(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)))
        [slow, _] = await at.notices.lease(at.now, 20, at.now + timedelta(minutes=2))
        at.now += timedelta(minutes=3)
        [again, *_] = await at.notices.lease(at.now, 20, at.now + timedelta(minutes=2))
        await at.notices.sent(slow, "mail", at.now)
        assert {slow.id, again.id} <= {row["id"] for row in await at.pool.fetch("select id from escalation.notices")}
        row = await at.pool.fetchrow("select state, lease from escalation.notices where id = $1", slow.id)
        assert row is not None
        assert (row["state"], row["lease"]) == ("sent", None)


async def test_what_is_closed_before_it_could_be_sent_is_overtaken(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        found = s.cause(1).model_copy(update={"by": s.AUDITOR})
        wire = Wire(trouble=TryLater("mail-server-away", channel_down=True))
        away = at.sender(wire)
        await at.do(s.consider(found), s.raise_())
        assert await away.run() == 0
        await at.do(s.add_action(), s.complete_action(), s.record_oversight(), s.sign_off(), s.close())
        at.now = s.january(16)
        wire.trouble = None
        assert await away.run() == 3
        assert await at.states() == {
            ("considered", "overtaken"): 2,
            ("raised", "overtaken"): TOLD_OF_A_RAISE,
            ("signed-off", "sent"): 2,
            ("closed", "sent"): 1,
        }
        assert await away.run() == 0


async def test_a_reminder_of_a_due_moment_that_no_longer_holds_is_overtaken(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)), s.raise_())
        await at.do(s.reclassify(s.SAFEGUARDING), s.reclassify(s.PRACTICE, s.january(17), second=s.QA_MANAGER))
        at.now = s.january(18)
        await at.sender(Wire()).run()
        rows = await at.pool.fetch("select due_at, state from escalation.notices where kind = 'reclassified'")
        assert {(row["due_at"], row["state"]) for row in rows} == {(s.END_OF_15, "overtaken"), (s.END_OF_21, "sent")}


async def test_figures_lists_and_a_retry_for_the_operator(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)))
        wire = Wire(trouble=TryLater("mail-recipient-refused-450"))
        sender = at.sender(wire)
        await sender.run()
        at.now += timedelta(seconds=40)
        found = await at.notices.figures(at.now)
        assert (found.waiting, found.failing, found.given_up) == (2, 2, 0)
        assert found.reason == "mail-recipient-refused-450"
        assert found.oldest_age_seconds == (at.now - s.CONSIDERED).total_seconds()

        wire.trouble = RefusedForGood("mail-recipient-refused-550")
        await sender.run()
        found = await at.notices.figures(at.now)
        assert (found.waiting, found.failing, found.given_up, found.reason) == (0, 0, 2, None)
        async with at.pool.acquire() as connection:
            listed = await list_notices(connection, ["given-up"], escalation=s.ESCALATION)
            assert {(one.reason, one.attempts) for one in listed} == {("mail-recipient-refused-550", 2)}
            assert await list_notices(connection, ["given-up"], escalation=uuid4()) == []
            assert await show_notice(connection, uuid4()) is None
            assert await retry_notice(connection, listed[0].id)
            assert await retry_given_up(connection) == 1
            shown = await show_notice(connection, listed[0].id)
            assert shown is not None
            assert shown.state == "waiting"
            assert shown.give_up_at > shown.next_at
        wire.trouble = None
        at.now = shown.next_at + DAY
        assert await sender.run() == 2
        async with at.pool.acquire() as connection:
            assert not await retry_notice(connection, listed[0].id)


async def test_a_channel_that_is_down_costs_no_attempts_of_those_that_only_wait(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        for number in range(5):
            await at.do(considered(UUID(int=1000 + number)), escalation=UUID(int=1000 + number))
        wire = Wire(trouble=TryLater("mail-server-away", channel_down=True))
        sender = at.sender(wire)
        await sender.run()
        attempts = sorted(row["attempts"] for row in await at.pool.fetch("select attempts from escalation.notices"))
        assert attempts == [0] * 9 + [1]
        wire.trouble = None
        at.now += timedelta(minutes=10)
        assert await sender.run() == 10
