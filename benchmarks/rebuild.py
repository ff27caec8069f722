"""rebuild: messages a second from offset 0 to finished, indexed, switched-to facts, with one process and with two.

Against a loop written by hand for the same tables (`rebuild_by_hand`), which needs the indexes of current versions
from the start. Both read the same log of a made-up year, each in a process of its own on a fresh database.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import uvloop
from aiokafka import AIOKafkaProducer

from benchmarks.figures import Figure, figure
from benchmarks.plan import Plan, interleaved
from benchmarks.servers import Servers
from services.reporting.facts import rebuild as rebuilding
from services.reporting.facts.live import ensure_live
from services.reporting.main import MIGRATIONS, TOPICS
from shared.eventstore.migrations import migrate
from shared.messaging.kafka import KafkaSettings
from tests.support.fact_count import digests
from tests.support.fact_log import interleaved as mixed
from tests.support.fact_log import year

NAMES: Final = ("rebuild.1", "rebuild.2")
AUDITS: Final = 30_000
"""About 6.5 messages an audit, with its share of escalations."""


async def measure(servers: Servers, plan: Plan) -> list[Figure]:
    """Measure the wanted figures."""
    figures = []
    same = _SameRows()
    async with _log(servers, plan.count(AUDITS), plan) as topics:
        for name in filter(plan.wanted, NAMES):
            processes = int(name.rpartition(".")[2])
            values = await interleaved(
                plan,
                name,
                {
                    "sightline": lambda processes=processes: rebuilt(servers, topics, processes, same),  # type: ignore[misc] # bound per turn
                    "bare": lambda: by_hand(servers, topics, same),
                },
            )
            figures.append(figure(name, "messages/s", values.pop("sightline"), values))
    return figures


@asynccontextmanager
async def _log(servers: Servers, audits: int, plan: Plan) -> AsyncIterator[list[str]]:
    """Give the topics of a made-up year."""
    async with servers.prefix(*TOPICS) as prefix:
        plan.say(f"rebuild: writing a log of {audits:,} audits")
        producer = AIOKafkaProducer(
            bootstrap_servers=servers.bootstrap, acks="all", enable_idempotence=True, linger_ms=20,
            max_batch_size=1_000_000,
        )  # fmt: skip
        await producer.start()
        try:
            for sent in mixed(year(7, audits), 7):
                message = sent.message
                await producer.send(prefix + sent.topic, message.value, message.key, headers=message.headers)
            await producer.flush()
        finally:
            await producer.stop()
        yield [prefix + topic for topic in TOPICS]


@asynccontextmanager
async def _reporting(servers: Servers) -> AsyncIterator[tuple[str, str]]:
    """Give a database of reporting's with empty live facts, and the name of their schema."""
    async with servers.database(migrated=False) as dsn:
        await migrate(dsn, MIGRATIONS)
        connection = await asyncpg.connect(dsn)
        try:
            schema = await ensure_live(connection)
        finally:
            await connection.close()
        yield dsn, schema


async def rebuilt(servers: Servers, topics: list[str], processes: int, same: _SameRows) -> float:
    """Return messages a second of Sightline's rebuild, start of its processes included."""
    async with _reporting(servers) as (dsn, _):
        messages, seconds = await rebuilt_into(dsn, servers.bootstrap, topics, processes)
        await same.hold(dsn)
    return messages / seconds


async def rebuilt_into(dsn: str, bootstrap: str, topics: list[str], processes: int) -> tuple[int, float]:
    """Rebuild a migrated database's facts in a process apart; return how many messages were read, and the seconds."""
    answer = await _apart("benchmarks.rebuild", dsn, bootstrap, str(processes), *topics)
    messages, seconds = answer.split()
    return int(messages), float(seconds)


async def by_hand(servers: Servers, topics: list[str], same: _SameRows) -> float:
    """Return messages a second of the loop by hand."""
    async with _reporting(servers) as (dsn, schema):
        answer = await _apart("benchmarks.rebuild_by_hand", dsn, servers.bootstrap, schema, *topics)
        messages, seconds = answer.split()
        await same.hold(dsn)
    return int(messages) / float(seconds)


async def _rows(dsn: str) -> dict[str, tuple[int, str]]:
    """Return a digest of each table of the live facts, outside of what is timed."""
    connection = await asyncpg.connect(dsn)
    try:
        return await digests(connection, str(await connection.fetchval("SELECT schema_name FROM reporting.live")))
    finally:
        await connection.close()


class _SameRows:
    """Holds every contender to the rows of the first: nobody is fast by leaving something out."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[int, str]] | None = None

    async def hold(self, dsn: str) -> None:
        """Compare a database's facts with the first ones.

        Raises:
            RuntimeError: the contenders made different facts.

        """
        rows = await _rows(dsn)
        if self._first is None:
            self._first = rows
        different = sorted(
            table for table in rows.keys() | self._first.keys() if rows.get(table) != self._first.get(table)
        )
        if different:
            raise RuntimeError(f"the contenders made different facts: {', '.join(different)}")


async def _apart(module: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, problem = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{module}: {problem.decode()[-800:]}")
    return output.decode()


async def _rebuild(dsn: str, bootstrap: str, processes: int, topics: list[str]) -> tuple[int, float]:
    done = await rebuilding.rebuild(rebuilding.Plan(dsn, KafkaSettings(bootstrap=bootstrap), topics, processes))
    return done.messages, done.seconds


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(*runner.run(_rebuild(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:])))
