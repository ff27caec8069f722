"""The library `eventsourcing` doing the same work, in a process of its own, by its defaults and its own idioms.

`python -m benchmarks.eventsourcing_side append|load_append WRITERS AMOUNT` prints operations a second; AMOUNT is
seconds for append and a number of streams for load_append. Its event carries the same facts; it keeps no outbox and no
key.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from benchmarks.servers import Servers

EVENTS_BEFORE = 20


class Audit(Aggregate):
    """An audit as the library's own aggregate."""

    @event("Allocated")
    def __init__(self, allocation: dict[str, Any]) -> None:
        self.allocation = allocation
        self.concerns = 0

    @event("Flagged")
    def flag(self, concern: dict[str, Any]) -> None:
        """Flag a concern."""
        self.concerns += bool(concern)


class Audits(Application[UUID]):
    """The application that keeps them."""


def allocated() -> Audit:
    """Return a new audit, with the facts of ours."""
    return Audit(
        {
            "kind": "case-file",
            "cycle": "2026-03",
            "organisation": {"area": "east", "district": "east-coast", "team": "east-coast-3"},
            "service": "childrens-social-work",
            "case_reference": str(uuid4()),
            "child_status": "protection",
            "tool": "case-file",
            "tool_version": 3,
            "auditor_reference": str(uuid4()),
            "selected_because": "random",
            "due_on": "2026-03-31",
        }
    )


def flag(audit: Audit) -> None:
    """Flag a concern on an audit."""
    audit.flag(
        {
            "concern": "practice",
            "inadequate_likely": True,
            "flagged_by": str(uuid4()),
            "at": "2026-03-02T09:30:00+00:00",
        }
    )


def append(app: Audits, writers: int, seconds: float) -> float:
    """Save new audits from so many threads for so long; return audits a second."""

    def until(end: float) -> Callable[[], int]:
        def work() -> int:
            done = 0
            while time.perf_counter() < end:
                app.save(allocated())
                done += 1
            return done

        return work

    _in_threads(writers, until(time.perf_counter() + 0.5))
    begun = time.perf_counter()
    done = _in_threads(writers, until(begun + seconds))
    return done / (time.perf_counter() - begun)


def load_append(app: Audits, writers: int, streams: int) -> float:
    """Load audits of 20 events, flag once more, save; return audits a second."""
    ids: list[UUID] = []
    for _ in range(streams):
        audit = allocated()
        for _ in range(EVENTS_BEFORE - 1):
            flag(audit)
        app.save(audit)
        ids.append(audit.id)
    left = iter(ids)
    lock = threading.Lock()

    def work() -> int:
        done = 0
        while True:
            with lock:
                audit_id = next(left, None)
            if audit_id is None:
                return done
            audit: Audit = app.repository.get(audit_id)
            flag(audit)
            app.save(audit)
            done += 1

    begun = time.perf_counter()
    done = _in_threads(writers, work)
    return done / (time.perf_counter() - begun)


def _in_threads(count: int, work: Callable[[], int]) -> int:
    done = [0] * count
    counter = itertools.count()

    def one() -> None:
        done[next(counter)] = work()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done)


async def run_eventsourcing(servers: Servers, what: str, writers: int, amount: float) -> float:
    """Run this module in a process of its own on a fresh database; return operations a second."""
    async with servers.database(migrated=False) as dsn:
        parts = urlsplit(dsn)
        settings = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.lstrip("/"),
            "POSTGRES_HOST": parts.hostname or "127.0.0.1",
            "POSTGRES_PORT": str(parts.port or 5432),
            "POSTGRES_USER": parts.username or "postgres",
            "POSTGRES_PASSWORD": parts.password or "unused",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.eventsourcing_side", what, str(writers), str(amount)),
            env={**os.environ, **settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, problem = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"eventsourcing: {problem.decode()[-500:]}")
    return float(output)


def main() -> None:
    """Do as the command line says."""
    what, writers, amount = sys.argv[1:]
    with Audits() as app:
        if what == "append":
            print(append(app, int(writers), float(amount)))
        else:
            print(load_append(app, int(writers), int(float(amount))))


if __name__ == "__main__":
    main()
