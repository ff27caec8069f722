"""`python -m benchmarks.clocks [OPEN [DUE]]`: measure clocks with 10,000 open; write results/clocks.json.

Each figure stands beside its bare cost on a copy of the same database: the very same events written in the same
batches with nothing read or decided, and appended in a round trip each. The whole
takes some minutes, on a busy machine about ten.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import uvloop

from benchmarks import figures
from benchmarks.clocks import filling
from benchmarks.figures import Figure, figure
from benchmarks.servers import Servers, serve
from services.escalation.app.recomputing import Recomputing
from services.escalation.app.timers import OverdueTimer
from shared.eventstore.model import Append

OPEN: Final = 10_000
DUE: Final = 1_000
RESULTS: Final = figures.ROOT / "benchmarks" / "results" / "clocks.json"
MOMENTS: Final = (
    ("timer.chasers", datetime(2026, 1, 20, 9, 0, 1, tzinfo=UTC)),
    ("timer.chasers", datetime(2026, 1, 21, 9, 0, 1, tzinfo=UTC)),
    ("timer.overdue", datetime(2026, 1, 22, 0, 0, 1, tzinfo=UTC)),
    ("timer.second-line", datetime(2026, 1, 22, 9, 0, 1, tzinfo=UTC)),
)
"""What falls due of those raised first, one moment after the other; see `filling`."""

_PASSES: Final = 200
_REPETITIONS: Final = 1

T = TypeVar("T")
Batches = list[Sequence[Append]]
Writing = Callable[[filling.Recording, Batches], Awaitable[None]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure at the size given, or in full; only a run in full is written to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clocks", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("open", nargs="?", type=int, default=OPEN, help=f"audit escalations that are open ({OPEN})")
    parser.add_argument("due", nargs="?", type=int, default=DUE, help=f"of them due at once ({DUE})")
    asked = parser.parse_args(arguments)
    if not 0 < asked.due < asked.open:
        parser.error("more are open than are due at once, and one is due at least")
    machine = figures.machine()
    with serve() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(servers, asked.open, asked.due))
        versions = runner.run(servers.versions())
    if (asked.open, asked.due) == (OPEN, DUE):
        figures.write(RESULTS, found, machine_found=machine, server_versions=versions)
    figures.table(found)
    return 0


async def measure(servers: Servers, opened: int, due: int, repetitions: int = _REPETITIONS) -> list[Figure]:
    """Measure with so many open, and so many of them due at once."""
    async with servers.database(migrated=False) as full:
        begun = time.perf_counter()
        await filling.fill(full, due, opened - due)
        _say(f"{opened:,} audit escalations raised in {time.perf_counter() - begun:.0f} s")
        found = [await _nothing_due(servers, full)]
        passes: dict[str, list[float]] = {}
        bare: dict[str, dict[str, list[float]]] = {}
        for number in range(repetitions):
            timed, batches = await _passes(servers, full, due, opened)
            _add(passes, timed)
            for name, writing in _BARE.items():
                _add(bare.setdefault(name, {}), await _written(servers, full, batches, writing))
            _say(f"round {number + 1} of {repetitions} is done")
    return found + [
        figure(name, "s", took, {other: measured[name] for other, measured in bare.items()})
        for name, took in passes.items()
    ]


async def _nothing_due(servers: Servers, full: str) -> Figure:
    """Time a pass that finds nothing, beside a bare round trip; in milliseconds."""
    passes: list[float] = []
    trips: list[float] = []
    async with servers.database(like=full) as dsn, filling.store(dsn) as store:
        timer = OverdueTimer(store, filling.aggregate(filling.policies()), lambda: filling.NOTHING_DUE)
        for _ in range(_PASSES):
            seconds, acted = await _seconds(timer.run())
            _expect(acted, 0)
            passes.append(seconds * 1000)
            trips.append((await _seconds(store.pool.fetchval("SELECT 1")))[0] * 1000)
    whole = figure("timer.nothing-due", "ms", passes, {"a bare round trip": trips})
    return Figure(whole.name, whole.value, whole.unit, [min(whole.repetitions), max(whole.repetitions)], whole.against)


async def _passes(
    servers: Servers, full: str, due: int, opened: int
) -> tuple[list[tuple[str, float]], list[tuple[str, Batches]]]:
    """Time the service's own passes; return also what each appended."""
    timed: list[tuple[str, float]] = []
    batches: list[tuple[str, Batches]] = []
    async with servers.database(like=full) as dsn, filling.store(dsn) as store:
        how = filling.aggregate(filling.policies())
        for name, now in MOMENTS:
            seconds, acted = await _seconds(OverdueTimer(store, how, partial(_at, now)).run())
            _expect(acted, due)
            timed.append((name, seconds))
            batches.append((name, store.taken()))
    async with servers.database(like=full) as dsn, filling.store(dsn) as store:
        held = filling.policies(changed=True)
        recomputing = Recomputing(store, filling.aggregate(held), held, lambda: filling.CHANGED)
        seconds, changed = await _seconds(recomputing.run())
        _expect(changed, opened)
        timed.append(("settings-change", seconds))
        batches.append(("settings-change", store.taken()))
    return timed, batches


async def _written(
    servers: Servers, full: str, batches: Sequence[tuple[str, Batches]], writing: Writing
) -> list[tuple[str, float]]:
    """Time the same events written in another way, on copies of the same database."""
    timed: list[tuple[str, float]] = []
    timers, change = batches[: len(MOMENTS)], batches[len(MOMENTS) :]
    for part in (timers, change):
        async with servers.database(like=full) as dsn, filling.store(dsn) as store:
            before = await _events(store)
            for name, some in part:
                timed.append((name, (await _seconds(writing(store, some)))[0]))
            wanted = sum(len(request.events) for _, some in part for batch in some for request in batch)
            _expect(await _events(store) - before, wanted)
    return timed


async def _same_batches(store: filling.Recording, batches: Batches) -> None:
    for batch in batches:
        await store.append_many(batch)


async def _round_trip_each(store: filling.Recording, batches: Batches) -> None:
    for batch in batches:
        for request in batch:
            await store.append(request)


_BARE: Final[dict[str, Writing]] = {
    "the same batches, nothing read or decided": _same_batches,
    "an append each, nothing read or decided": _round_trip_each,
}


def _at(moment: datetime) -> datetime:
    return moment


async def _events(store: filling.Recording) -> int:
    return int(await store.pool.fetchval("SELECT count(*) FROM eventstore.events"))


async def _seconds(work: Awaitable[T]) -> tuple[float, T]:
    begun = time.perf_counter()
    found = await work
    return time.perf_counter() - begun, found


def _add(to: dict[str, list[float]], timed: Sequence[tuple[str, float]]) -> None:
    for name, seconds in timed:
        to.setdefault(name, []).append(seconds)


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} were acted on where {wanted} are due: what is measured is not what is meant")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
