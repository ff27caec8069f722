"""A relay killed before and after each of its steps, under load, loses nothing and reorders nothing (G1, G3, G4)."""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import uuid4

import pytest

from tests.faults.outbox.processes import a_relay, kill, start_relay
from tests.support.outboxes import Service, a_service, sixteen_writers, until
from tests.support.stack import Stack
from tests.support.topics import until_empty

pytestmark = pytest.mark.stack

STEPS = ("relay.before-read", "relay.after-read", "relay.after-send", "relay.after-ack", "relay.after-delete")


async def until_leading(service: Service, *, seconds: float = 30) -> int:
    """Wait until some relay holds the lock; return the process id of its database session."""
    async with asyncio.timeout(seconds):
        while True:
            pid = await service.pool.fetchval(
                "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            if pid is not None:
                return int(pid)
            await asyncio.sleep(0.05)


async def write_for_a_while(service: Service, done: asyncio.Event) -> None:
    seed = 0
    while not done.is_set():
        seed += 1
        await sixteen_writers(service, commands=6, streams=12, seed=seed)


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_a_step_under_load(stack: Stack, step: str) -> None:
    async with a_service(stack) as service:
        done = asyncio.Event()
        writers = asyncio.create_task(write_for_a_while(service, done))
        for passes in (1, 6):
            relay = await start_relay(service, f"{step}=kill:{passes}")
            async with asyncio.timeout(60):
                await relay.wait()
            assert relay.returncode == -signal.SIGKILL
        done.set()
        await writers
        async with a_relay(service):
            await until_empty(service.pool)
        findings = await service.findings()
        assert findings.faults == ({}, [], [])
        if step == "relay.after-ack":
            assert findings.repeats > 0, "a kill between acknowledgement and delete must have been met"
        elif step != "relay.after-send":
            assert findings.repeats == 0


async def test_killed_at_random_under_load_with_another_standing_by(stack: Stack) -> None:
    async with a_service(stack) as service:
        done = asyncio.Event()
        writers = asyncio.create_task(write_for_a_while(service, done))
        leading, standing_by = await start_relay(service), await start_relay(service)
        try:
            for _ in range(3):
                await until_leading(service)
                rows = await service.pool.fetchval("SELECT count(*) FROM eventstore.events")
                await _until_more_events(service, rows + 150)
                await kill(leading)
                leading, standing_by = standing_by, await start_relay(service)
            done.set()
            await writers
            await until_empty(service.pool)
        finally:
            done.set()
            await kill(leading)
            await kill(standing_by)
        assert (await service.findings()).faults == ({}, [], [])


async def _until_more_events(service: Service, rows: int) -> None:
    async with asyncio.timeout(60):
        while await service.pool.fetchval("SELECT count(*) FROM eventstore.events") < rows:  # noqa: ASYNC110 - other tasks write, and the database tells no event
            await asyncio.sleep(0.02)


async def test_a_stopped_leader_is_put_off_and_does_no_harm_when_it_wakes(stack: Stack) -> None:
    """A process that stands still (SIGSTOP) between read and send keeps the lock only as long as its session.

    When it goes on, it sends what it had read: a repeat of older events, which readers ignore by their number.
    """
    async with a_service(stack) as service:
        streams = [uuid4() for _ in range(6)]
        for stream in streams:
            await service.write(stream, "one", "two")
        async with a_relay(service, "relay.after-read=stop", session_seconds=1.0) as stopped:
            first_session = await until_leading(service)
            async with a_relay(service, session_seconds=1.0):
                await until_empty(service.pool)
                assert await until_leading(service) != first_session
                for stream in streams:
                    await service.write(stream, "three")
                await until_empty(service.pool)

                before = len(await service.records())
                os.kill(stopped.pid, signal.SIGCONT)
                await until(lambda: stopped.returncode is None, seconds=5)
                for stream in streams:
                    await service.write(stream, "four")
                await until_empty(service.pool)
                async with asyncio.timeout(30):
                    while len(await service.records()) < before + 6 + 12:  # noqa: ASYNC110 - the topic tells no event
                        await asyncio.sleep(0.2)
        findings = await service.findings()
        assert findings.faults == ({}, [], [])
        assert findings.repeats == 12, "the stopped relay must have sent its twelve messages again"
