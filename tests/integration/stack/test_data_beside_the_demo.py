"""Whether a home folder holds anybody's data is asked of the audit service's own store."""

from __future__ import annotations

import asyncpg
import pytest

from infra.cli.demo import _holds_events
from infra.errors import SightlineError
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate

pytestmark = pytest.mark.stack


async def test_a_store_holds_data_from_its_first_event_on(postgres_dsn: str) -> None:
    await migrate(postgres_dsn, [OUTBOX, EVENTSTORE])
    assert not await _holds_events(postgres_dsn)
    connection = await asyncpg.connect(postgres_dsn)
    try:
        await connection.execute(
            "INSERT INTO eventstore.events (stream_id, version, public_sequence, recorded_at, correlation_id, "
            "category, authority, actor, type, data) VALUES (gen_random_uuid(), 1, 0, now(), gen_random_uuid(), "
            "'tool', 'northmoor', 'qa-manager', 'tool-published', '{}')"
        )
    finally:
        await connection.close()
    assert await _holds_events(postgres_dsn)


async def test_a_store_that_does_not_answer_is_said_in_a_sentence() -> None:
    with pytest.raises(SightlineError, match="does not answer"):
        await _holds_events("postgresql://postgres@127.0.0.1:1/none")
