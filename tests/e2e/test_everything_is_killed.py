"""A year is told to the platform while every service is killed again and again: nothing is lost, nothing counts twice.

G1 to G4 over HTTP, stores, outboxes, Kafka and facts together, compared with the plan the year was made from.
"""

from __future__ import annotations

import asyncio
import random
from datetime import date
from itertools import cycle
from pathlib import Path

import pytest

from infra.sample.client import Client
from infra.sample.demonstration import LARGE, sample_authorities, sample_tools
from infra.sample.generator import plan_year
from infra.sample.loading import Loader
from infra.sample.plan import PlannedYear
from infra.sample.truth import truth_of
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS
from tests.support.platform import PARTITIONS, SERVICES, Platform, platform, until
from tests.support.servers import Stack
from tests.support.stores import connected
from tests.support.topics import compare, read_topic

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

AS_OF = date(2026, 11, 20)


def made_up_year() -> PlannedYear:
    return plan_year(sample_authorities().get(LARGE), sample_tools(), seed=11, as_of=AS_OF, audits=220)


class Killer:
    """Kills one service after the other, each after so many more steps of the load, and starts it again."""

    def __init__(self, running: Platform, rng: random.Random, *, every: int) -> None:
        self._running = running
        self._rng = rng
        self._every = every
        self._steps = 0
        self._last = ("", 0)
        self._more = asyncio.Event()
        self._over = False

    def heard(self, what: str, done: int, _total: int) -> None:
        """Count a step of the load; to hear the same again (while it waits) is no step."""
        if (what, done) == self._last:
            return
        self._last = (what, done)
        self._steps += 1
        if self._steps % self._every == 0:
            self._more.set()

    def stop(self) -> None:
        """Kill nothing more; what was killed is still started again."""
        self._over = True
        self._more.set()

    async def run(self) -> None:
        for name in cycle(SERVICES):
            await self._more.wait()
            self._more.clear()
            if self._over:
                return
            await asyncio.sleep(self._rng.uniform(0.0, 0.2))  # the moment of the kill is meant to be anywhere
            await self._running.kill(name)
            await self._running.begin(name)
            await until(lambda name=name: self._running.is_ready(name), f"{name} ready", 120)  # type: ignore[misc]  # bound per turn


async def test_what_was_told_is_there_however_often_services_are_killed(stack: Stack, tmp_path: Path) -> None:
    year = made_up_year()
    async with platform(stack, tmp_path) as running:
        await running.start()
        client = Client(running.addresses, running.issuer, LARGE, patience_seconds=120)
        killer = Killer(running, random.Random(5), every=20)
        killing = asyncio.create_task(killer.run())
        try:
            await Loader(client, sample_authorities().get(LARGE), year, killer.heard).load(sample_tools())
        finally:
            killer.stop()
            await killing
            await client.close()
        for name in SERVICES:
            await until(lambda name=name: running.is_ready(name), f"{name} ready", 120)  # type: ignore[misc]  # bound per turn
        assert set(running.kills) == set(SERVICES), running.kills
        await _compare_topics(running)
        await _compare_facts(running, year)
        assert set((await running.stop()).values()) == {0}


async def _compare_topics(running: Platform) -> None:
    """Every public event of every store is on its topic, in the order of its stream."""
    for service, topic in (("audit", AUDIT_EVENTS), ("escalation", ESCALATION_EVENTS)):
        async with connected(running.dsns[service]) as connection:
            rows = await connection.fetch(
                "select stream_id, max(public_sequence) as published from eventstore.events group by stream_id"
            )
        stored = {row["stream_id"]: row["published"] for row in rows if row["published"]}
        records = await read_topic(running.bootstrap, running.topic(topic), partitions=PARTITIONS)
        assert compare(records, stored).faults == ({}, [], [])


async def _compare_facts(running: Platform, year: PlannedYear) -> None:
    """The facts of the whole year count what the plan counts."""
    truth = truth_of(year, date(2000, 1, 1), date(2100, 1, 1))
    async with connected(running.dsns["reporting"]) as connection:
        schema = await connection.fetchval("select schema_name from reporting.live")
        await connection.execute(f"set search_path to {schema}")
        now = "known_until = 'infinity'"
        counted = await connection.fetch(
            f"select grade, count(*) as audits from audits where {now} and state = 'completed' group by grade"
        )
        assert {row["grade"]: row["audits"] for row in counted} == dict(truth.grades_before)
        assert await connection.fetchval(
            f"select count(*) from audits where {now} and late and state = 'completed'"
        ) == (truth.late)
        assert await connection.fetchval(f"select count(*) from moderations where {now}") == truth.moderated
        raised = await connection.fetch(
            f"select category, count(*) as raised, count(*) filter (where within_clock) as met from escalations"
            f" where {now} and raised_at is not null group by category"
        )
        assert {row["category"]: row["raised"] for row in raised} == dict(truth.escalations_raised)
        assert {row["category"]: row["met"] for row in raised if row["met"]} == dict(truth.clock_met)
        followed = await connection.fetchrow(
            f"select count(*) filter (where discussed_on is not null) as discussed, count(*) filter (where done) as done"
            f" from recommendations where {now}"
        )
        assert followed is not None
        assert dict(followed) == {name: truth.recommendations[name] for name in ("discussed", "done")}
