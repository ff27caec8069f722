"""Notices on a real database: how long settled ones are kept, and what a trace reads of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.cli.trace_notices import read_told
from services.escalation.app.keeping import Keeping
from services.escalation.app.sending import RefusedForGood, TryLater
from tests.integration.escalation.telling.test_notices import DAY, TOLD_OF_A_RAISE, Wire, desk
from tests.unit.escalation import scenes as s

pytestmark = pytest.mark.stack

TOLD_OF_A_CONSIDERATION = 2
EVERYONE = TOLD_OF_A_CONSIDERATION + TOLD_OF_A_RAISE


async def test_settled_ones_are_deleted_after_their_days_and_what_is_tried_again_is_not(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        keeping = Keeping(at.notices, 400 * DAY, lambda: at.now)
        await at.do(s.consider(s.cause(1)))
        at.now = s.CONSIDERED
        await at.sender(Wire(trouble=RefusedForGood("mail-recipient-refused-550"))).run()
        assert await at.states() == {("considered", "given-up"): TOLD_OF_A_CONSIDERATION}
        given_up_at = at.now

        await at.do(s.raise_())
        at.now = s.RAISED
        await at.sender(Wire(trouble=TryLater("mail-server-away"))).run()
        at.now = given_up_at + 400 * DAY
        assert await keeping.run() == 0
        at.now += timedelta(microseconds=1)
        assert await keeping.run() == TOLD_OF_A_CONSIDERATION
        assert await at.states() == {("raised", "failed"): TOLD_OF_A_RAISE}


async def test_what_was_sent_goes_oldest_first_and_no_more_than_a_batch(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)), s.raise_())
        assert await at.sender(Wire()).run() == EVERYONE - TOLD_OF_A_CONSIDERATION, "what is decided is overtaken"
        assert await at.notices.prune(at.now + DAY, EVERYONE - 1) == EVERYONE - 1
        assert sum((await at.states()).values()) == 1
        plan = await at.pool.fetchval(
            "select indexdef from pg_indexes where schemaname = 'escalation' and indexname = 'notices_settled'"
        )
        assert "settled_at" in plan


async def test_a_trace_reads_when_each_was_queued_and_settled(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as at:
        await at.do(s.consider(s.cause(1)))
        at.now = s.CONSIDERED + timedelta(seconds=5)
        assert await at.sender(Wire()).run() == TOLD_OF_A_CONSIDERATION
        async with at.pool.acquire() as connection:
            told = await read_told(connection, [s.ESCALATION])
        assert {(one.kind, one.role, one.state) for one in told} == {
            ("considered", "qa-manager", "sent"),
            ("considered", "service-manager", "sent"),
        }
        assert {(one.version, one.created_at, one.settled_at) for one in told} == {(1, s.CONSIDERED, at.now)}
