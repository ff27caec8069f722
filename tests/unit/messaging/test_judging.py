"""Where reading begins, when it must not, who is dead, and whose fault an error is: all decided from plain values."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError

from shared.messaging.faults import fault_of, is_infrastructure
from shared.messaging.offsets import Begin, Offsets, Restored, judge, lag_of
from shared.messaging.storage import ReadTo
from shared.messaging.watchdog import Vitals, Watchdog

HERE = ("audit.events", 3)


@pytest.mark.parametrize(
    ("offsets", "read_to", "verdict"),
    [
        pytest.param(Offsets(0, 10, None), None, Begin(0), id="a new group begins at the beginning"),
        pytest.param(Offsets(4, 10, None), None, Begin(4), id="wherever that is"),
        pytest.param(Offsets(0, 10, 7), ReadTo(7), None, id="reading goes on"),
        pytest.param(Offsets(0, 10, 5), ReadTo(7), None, id="the offsets' commit was lost: some are read twice"),
        pytest.param(Offsets(0, 10, 10), ReadTo(10), None, id="all was read"),
        pytest.param(Offsets(0, 10, 9), ReadTo(7), Begin(7), id="the database is an older copy"),
        pytest.param(Offsets(0, 10, 9), None, Begin(0), id="the database is new, the group is not"),
        pytest.param(Offsets(0, 10, None), ReadTo(7), Begin(7), id="the group's offsets have expired"),
        pytest.param(
            Offsets(0, 6, 7), ReadTo(7), Restored(*HERE, "topic-ends-earlier", 7, 0, 6), id="the topic is an older copy"
        ),
        pytest.param(
            Offsets(0, 6, 5), ReadTo(7), Restored(*HERE, "topic-ends-earlier", 7, 0, 6), id="and so are its offsets"
        ),
        pytest.param(
            Offsets(0, 6, 7), None, Restored(*HERE, "topic-ends-earlier", 7, 0, 6), id="known from the group alone"
        ),
        pytest.param(
            Offsets(8, 10, 7), ReadTo(7), Restored(*HERE, "topic-begins-later", 7, 8, 10), id="unread events are gone"
        ),
        pytest.param(Offsets(0, 6, 7), ReadTo(0, accepted=True), Begin(0), id="accepted by a person: read anew"),
        pytest.param(Offsets(0, 6, 0), ReadTo(0, accepted=True), None, id="and that is prepared"),
    ],
)
def test_a_partition_is_judged(offsets: Offsets, read_to: ReadTo | None, verdict: object) -> None:
    assert judge(HERE, offsets, read_to) == verdict


def test_lag_is_counted_where_a_position_is_known() -> None:
    offsets = {("a", 0): Offsets(0, 10, None), ("a", 1): Offsets(0, 5, None)}
    assert lag_of(offsets, {("a", 0): 4, ("b", 0): 1}) == {("a", 0): 6}


def _error(code: str) -> asyncpg.PostgresError:
    error: asyncpg.PostgresError = asyncpg.PostgresError.new({"C": code, "M": "a value of the message"})
    return error


@pytest.mark.parametrize(
    "code",
    [
        "08006",
        "57P01",
        "57P02",
        "57P03",
        "53100",
        "53300",
        "58030",
        "40001",
        "40P01",
        "25006",
        "42P01",
        "42501",
        "XX001",
    ],
)
def test_the_servers_state_is_the_infrastructures_fault(code: str) -> None:
    assert is_infrastructure(_error(code))


@pytest.mark.parametrize("code", ["23505", "23503", "22001", "22P02", "22P05", "P0001", "25P02"])
def test_what_a_message_brought_is_its_own_fault(code: str) -> None:
    assert not is_infrastructure(_error(code))
    assert "a value of the message" not in fault_of(_error(code)).sentence
    assert code in fault_of(_error(code)).sentence


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        FileNotFoundError(),
        TimeoutError(),
        KafkaConnectionError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_lost_connection_is_the_infrastructures_fault_also_when_wrapped(error: Exception) -> None:
    assert is_infrastructure(error)
    wrapped = RuntimeError("the store is away")
    wrapped.__cause__ = error
    assert is_infrastructure(wrapped)


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), asyncpg.DataError("$1: expected str")])
def test_a_refusal_is_not(error: Exception) -> None:
    assert not is_infrastructure(error)


def _ended() -> asyncio.Task[None]:
    async def at_once() -> None:
        return

    return asyncio.ensure_future(at_once())


async def _vitals(**ended: bool) -> tuple[Vitals, list[asyncio.Task[Any]]]:
    tasks: dict[str, asyncio.Task[Any]] = {}
    for name in ("fetch", "coordination", "heartbeat", "refresh", "consume"):
        tasks[name] = _ended() if ended.get(name) else asyncio.ensure_future(asyncio.Event().wait())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    consume = (tasks["consume"],)
    vitals = Vitals(tasks["fetch"], tasks["coordination"], tasks["heartbeat"], tasks["refresh"], consume)
    return vitals, list(tasks.values())


@pytest.mark.parametrize(
    ("name", "first", "later"),
    [
        ("fetch", "fetch-task-ended", None),
        ("coordination", "coordination-task-ended", None),
        ("consume", "consume-task-ended", None),
        ("heartbeat", None, "heartbeat-task-ended"),
        ("refresh", None, "heartbeat-task-ended"),
        ("nothing", None, None),
    ],
)
async def test_an_ended_task_is_a_death_a_heartbeat_only_if_it_stays_away(
    name: str, first: str | None, later: str | None
) -> None:
    vitals, tasks = await _vitals(**{name: True})
    dog = Watchdog(heartbeat_missing_after=20, stall_after=60)
    assert dog.dead_tasks(vitals, 100.0) == first
    if first is None:
        assert dog.dead_tasks(vitals, 119.0) is None
        assert dog.dead_tasks(vitals, 120.0) == later
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_stall_is_lag_without_progress_outside_handler_and_pause() -> None:
    dog = Watchdog(heartbeat_missing_after=20, stall_after=60)
    assert dog.stalled(position=5, lag=3, busy=False, now=0) is None
    assert dog.stalled(position=5, lag=3, busy=False, now=1) is None
    assert dog.stalled(position=5, lag=3, busy=True, now=59) is None  # a handler at work begins the count anew
    assert dog.stalled(position=5, lag=3, busy=False, now=100) is None
    assert dog.stalled(position=6, lag=2, busy=False, now=150) is None
    assert dog.stalled(position=6, lag=2, busy=False, now=151) is None
    assert dog.stalled(position=6, lag=0, busy=False, now=300) is None
    assert dog.stalled(position=6, lag=1, busy=False, now=301) is None
    assert dog.stalled(position=6, lag=1, busy=False, now=361) == "no-progress"
