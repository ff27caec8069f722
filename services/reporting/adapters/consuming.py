"""What reporting does with a batch of messages: it folds them into the live facts, in the batch's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting.facts.fold import apply
from services.reporting.facts.ledger import Facts
from services.reporting.facts.live import live_schema
from services.reporting.facts.refolding import mark_late
from services.reporting.facts.tables import apply_batch, note_positions
from shared.eventstore.database import Connection
from shared.messaging.records import Received


async def fold_into_live(connection: Connection, batch: Sequence[Received]) -> None:
    """Fold a batch into the live facts.

    The name of the live schema is read after the consumer has claimed its streams: a switch of a rebuild locks those
    claims out, so a batch lands either wholly before it, in the old build, or wholly after it, in the new one.

    A message that had been missing is not folded after later ones of its stream: the stream is noted, and folded anew
    a moment later (refolding.py).

    Raises:
        FactRefused: a message the tables cannot hold; it will be parked.

    """
    schema = await live_schema(connection)
    late = [received for received in batch if received.late]
    if not late:
        await apply_batch(connection, schema, batch)
        return
    for received in late:
        apply(Facts(), received)
    await apply_batch(connection, schema, [received for received in batch if not received.late])
    await note_positions(connection, schema, late)
    await mark_late(connection, {(one.topic, one.envelope.subject): one.partition for one in late})
