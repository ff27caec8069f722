"""Parked messages for the people who settle them: list, show, and ask for a retry or a discard.

The running consumer carries out what is asked, with the service's own handler, usually within a second; whoever asks
waits for the outcome. Works with a connection to the service's database and nothing else.
"""

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final, Literal

from shared.eventstore.database import Connection
from shared.messaging.storage import ParkedMessage, parked_from

Action = Literal["retry", "discard"]
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9._/-]{0,79}")
_LOOK_EVERY: Final = 0.1


class NotParked(LookupError):
    """There is no parked message of this number."""


class ReasonUnusable(ValueError):
    """A discard needs a reason that is a code."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    `outcome` is applied, discarded, partly, refused, behind or gone; or waiting, if no consumer has carried it out in
    the time given: the request stays, and is carried out when the service runs.
    """

    request_id: int
    parked_id: int
    action: Action
    outcome: str
    detail: str
    applied: int

    @property
    def done(self) -> bool:
        """Whether what was asked for has happened in full."""
        return self.outcome in {"applied", "discarded"}


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers of a stream that were skipped, from `expected` to before `found`, and have not come since."""

    topic: str
    stream_id: str
    expected: int
    found: int
    noticed_at: datetime

    @property
    def numbers(self) -> str:
        """The missing numbers in words: `2`, or `2 to 5`."""
        last = self.found - 1
        return str(last) if self.expected == last else f"{self.expected} to {last}"


async def list_parked(connection: Connection, *, topic: str | None = None, limit: int = 200) -> list[ParkedMessage]:
    """Give parked messages, the oldest first; `topic` is the name in Kafka."""
    rows = await connection.fetch(
        "select * from messaging.parked where $1::text is null or topic = $1 order by id limit $2", topic, limit
    )
    return [parked_from(dict(row)) for row in rows]


async def show(connection: Connection, parked_id: int) -> ParkedMessage:
    """Give one parked message.

    Raises:
        NotParked: there is none of this number (any more).

    """
    row = await connection.fetchrow("select * from messaging.parked where id = $1", parked_id)
    if row is None:
        raise NotParked(f"there is no parked message {parked_id}; `sightline parked list` shows those there are")
    return parked_from(dict(row))


async def waiting_behind(connection: Connection, message: ParkedMessage) -> int:
    """Count the messages that wait behind this one."""
    return int(
        await connection.fetchval(
            "select count(*) from messaging.parked where topic = $1 and key_class = $2 and id > $3",
            *message.key_class,
            message.id,
        )
    )


async def retry(connection: Connection, parked_id: int, *, by: str, wait: float = 10.0) -> Outcome:
    """Ask for a message and those behind it to be applied now, and wait up to `wait` seconds for the outcome.

    Raises:
        NotParked: there is none of this number.

    """
    return await _ask(connection, parked_id, "retry", reason=None, by=by, wait=wait)


async def discard(connection: Connection, parked_id: int, *, reason: str, by: str, wait: float = 10.0) -> Outcome:
    """Ask for a message to be discarded for good, as a recorded decision; those behind it are then applied.

    Raises:
        NotParked: there is none of this number.
        ReasonUnusable: the reason is not a code: lower case letters, digits and `. _ / -`, at most 80.

    """
    if not _CODE.fullmatch(reason):
        raise ReasonUnusable(
            "a reason is a code of lower case letters, digits and . _ / -, such as duplicate-of-import; "
            "it is kept for ever and must name nobody"
        )
    return await _ask(connection, parked_id, "discard", reason=reason, by=by, wait=wait)


async def _ask(
    connection: Connection, parked_id: int, action: Action, *, reason: str | None, by: str, wait: float
) -> Outcome:
    message = await show(connection, parked_id)
    request_id = await connection.fetchval(
        "insert into messaging.parked_requests (parked_id, action, reason, requested_by, topic, key_class)"
        " values ($1, $2, $3, $4, $5, $6) returning id",
        parked_id,
        action,
        reason,
        by,
        *message.key_class,
    )
    deadline = monotonic() + wait
    while True:
        row = await connection.fetchrow(
            "select outcome, detail, applied from messaging.parked_requests where id = $1 and done_at is not null",
            request_id,
        )
        if row is not None:
            return Outcome(request_id, parked_id, action, row["outcome"], row["detail"], row["applied"])
        if monotonic() >= deadline:
            detail = "no consumer of this service has answered; the request stays and is carried out when it runs"
            return Outcome(request_id, parked_id, action, "waiting", detail, 0)
        await asyncio.sleep(_LOOK_EVERY)


async def accept_topic(connection: Connection, topic: str) -> int:
    """Accept a topic as it is now, after a restore: it is read again from its beginning; give its known partitions.

    What took effect before is known by its streams' positions and dropped, so reading again is harmless. The
    consumer begins within its next look.
    """
    status = await connection.execute(
        "update messaging.partition_position set next_offset = 0, accepted_at = now() where topic = $1", topic
    )
    return int(status.rpartition(" ")[2])


async def list_holes(connection: Connection, *, limit: int = 200) -> list[Hole]:
    """Give the numbers that are missing, those noticed last first."""
    rows = await connection.fetch("select * from messaging.holes order by noticed_at desc limit $1", limit)
    return [Hole(row["topic"], str(row["stream_id"]), row["expected"], row["found"], row["noticed_at"]) for row in rows]
