"""Clocks in a real store: found after downtime, once by several replicas, by index; two managers acting at once."""

from __future__ import annotations

import asyncio
from datetime import datetime
from uuid import UUID

import pytest

from services.escalation.app.casework import Request
from services.escalation.app.summaries import OLD_ROWS
from services.escalation.domain.commands import Command
from services.escalation.domain.refusals import AlreadyRecorded
from services.escalation.domain.states import Raised, SignedOff
from services.escalation.main import count_overdue
from shared.eventstore.database import open_pool
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta
from shared.eventstore.resummarising import make_anew
from tests.integration.escalation.support import Desk, desk
from tests.unit.escalation import scenes as s

pytestmark = pytest.mark.stack


def at(service: Desk, moment: datetime) -> None:
    service.now = lambda: moment


async def do(service: Desk, escalation: UUID, *commands: Command) -> None:
    for command in commands:
        meta = Meta("northmoor", command.recorded_at, UUID(int=1), None, None)
        await handle(service.store, service.aggregate, escalation, command, meta)


async def test_a_deadline_that_passed_while_nothing_ran_is_found_at_the_next_start(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as before:
        await do(before, s.ESCALATION, s.consider(s.cause(1)), s.raise_())
        at(before, s.january(21, 18))
        assert await before.timer.run() == 0
    async with desk(postgres_dsn) as after:
        at(after, s.january(25))
        assert await after.timer.run() == 1
        state = await after.state(s.ESCALATION)
        assert isinstance(state, Raised)
        assert state.overdue_since == s.END_OF_21
        assert await count_overdue(after.pool, after.now()) == 1
        waiting = await after.pool.fetch("select headers from outbox.messages order by id")
        assert len(waiting) == 3


async def test_several_replicas_mark_each_escalation_once(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as one:
        other_pool = await open_pool(postgres_dsn, size=8)
        other = Desk(other_pool)
        ids = [UUID(int=1000 + number) for number in range(40)]
        for escalation in ids:
            await do(one, escalation, s.consider(s.cause(1)), s.raise_())
        for service in (one, other):
            at(service, s.january(22))
        marked = await asyncio.gather(*(service.timer.run() for service in (one, other) for _ in range(2)))
        assert sum(marked) == len(ids)
        for escalation in ids:
            assert (await one.types(escalation)).count("escalation-became-overdue") == 1
        await other_pool.close()


async def test_what_is_due_is_found_by_an_index(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        await do(service, s.ESCALATION, s.consider(s.cause(1)), s.raise_())
        await service.pool.execute(
            "insert into eventstore.summaries (stream_id, category, authority, status, version, wake_at, data) "
            "select gen_random_uuid(), 'escalation', 'northmoor', 'raised', 2, "
            "$1::timestamptz + n * interval '1 minute', '{}' from generate_series(1, 10000) n",
            s.END_OF_21,
        )
        await service.pool.execute("analyze eventstore.summaries")
        at(service, s.END_OF_21 + s.ONE_MICROSECOND)
        assert await service.timer.run() == 1
        plan = await service.pool.fetch(
            "explain select * from eventstore.summaries where wake_at <= $1 order by wake_at limit 100", s.END_OF_21
        )
        assert "summaries_due" in "\n".join(row[0] for row in plan)


async def test_of_two_managers_at_once_one_wins_and_the_other_hears_that_it_is_recorded(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        history = (s.consider(s.cause(1)), s.raise_(), s.add_action(), s.complete_action(), s.record_oversight())
        await do(service, s.ESCALATION, *history)
        known = await service.casework.known(s.ESCALATION)
        seen = await asyncio.gather(
            service.casework.take(known, s.sign_off(actor=s.DSM), Request("one", b"1")),
            service.casework.take(known, s.sign_off(actor=s.OTHER_DSM), Request("other", b"2")),
            return_exceptions=True,
        )
        assert (await service.types(s.ESCALATION)).count("actions-signed-off") == 1
        [refused] = [one for one in seen if isinstance(one, AlreadyRecorded)]
        assert "signed off already" in refused.message
        [view] = [one for one in seen if not isinstance(one, BaseException)]
        assert isinstance(view.state, SignedOff)


async def test_the_same_request_at_once_takes_effect_once(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        await do(service, s.ESCALATION, s.consider(s.cause(1)), s.raise_())
        known = await service.casework.known(s.ESCALATION)
        await asyncio.gather(*(service.casework.take(known, s.add_action(), Request("same", b"1")) for _ in range(8)))
        assert (await service.types(s.ESCALATION)).count("action-added") == 1


async def test_rows_of_an_earlier_version_are_made_anew_and_only_they(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        for escalation in (s.ESCALATION, UUID(int=2000)):
            await do(service, escalation, s.consider(s.cause(1)), s.discuss(), s.raise_())
        whole = await service.store.find("escalation")
        await service.pool.execute(
            "update eventstore.summaries set wake_at = null, data = data - array['reckoned_by', 'next_step', 'next_moment'] "
            "where stream_id = $1",
            s.ESCALATION,
        )
        assert await make_anew(service.pool, service.store, service.aggregate, OLD_ROWS) == 1
        assert await service.store.find("escalation") == whole
        assert await make_anew(service.pool, service.store, service.aggregate, OLD_ROWS) == 0
