"""What reporting does with a batch of messages: it folds them into the live facts, in the batch's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.facts.live import live_schema
from services.reporting.facts.tables import apply_batch
from shared.eventstore.database import Connection
from shared.messaging.records import Received


async def fold_into_live(connection: Connection, batch: Sequence[Received]) -> None:
    """Fold a batch into the live facts.

    The name of the live schema is read after the consumer has claimed its streams: a switch of a rebuild locks those
    claims out, so a batch lands either wholly before it, in the old build, or wholly after it, in the new one.

    Raises:
        FactRefused: a message the tables cannot hold; it will be parked.

    """
    await apply_batch(connection, await live_schema(connection), batch)
