"""append.1, append.16: new streams; decide, append the event, its outbox row and the idempotency key.

Against pgbench calling the same function of the same server with an event of the same size, and against
`eventsourcing` by its defaults (which publishes nothing and keeps no key).
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from uuid_utils.compat import uuid7

from benchmarks.eventsourcing_side import run_eventsourcing
from benchmarks.figures import Figure, figure
from benchmarks.plan import Contender, Plan, interleaved
from benchmarks.servers import Servers
from benchmarks.workload import AUDIT, SUMMARISED, allocation, meta
from infra.stack.postgres import programs
from shared.eventstore.database import open_pool
from shared.eventstore.handling import handle, prepare
from shared.eventstore.model import Aggregate, Stream
from shared.eventstore.postgres import PostgresEventStore
from shared.outbox import headers

NAMES: Final = ("append.1", "append.16")

_PGBENCH: Final = """\
SELECT a.* FROM (SELECT uuidv7() AS id, gen_random_uuid() AS command) AS s, LATERAL eventstore.append(
    s.id, 0, 0, 'bench-audit', 'north', s.command::text, now(), s.command, NULL,
    s.command::text, decode('{fingerprint}', 'hex'),
    ARRAY['allocated'], ARRAY[:data::text], ARRAY[1],
    ARRAY['audit.events'], ARRAY[convert_to(s.id::text, 'UTF8')], ARRAY[{key_hash}],
    ARRAY[:headers::text], ARRAY[convert_to(:value::text, 'UTF8')],
    NULL, NULL, NULL) AS a;
"""


async def measure(servers: Servers, plan: Plan) -> list[Figure]:
    """Measure both figures."""
    measured = []
    for name, writers in (("append.1", 1), ("append.16", 16)):
        if not plan.wanted(name):
            continue
        values = await interleaved(plan, name, _contenders(servers, writers, plan.seconds))
        summarised = values.pop("summarised")
        ours = values.pop("sightline")
        measured += [
            figure(name, "commands/s", ours, values),
            figure(f"{name}.summarised", "commands/s", summarised, {"without": ours}),
        ]
    return measured


def _contenders(servers: Servers, writers: int, seconds: float) -> dict[str, Contender]:
    return {
        "sightline": lambda: appends(servers, writers, seconds),
        "summarised": lambda: appends(servers, writers, seconds, SUMMARISED),
        "pgbench": lambda: pgbench(servers, writers, seconds),
        "eventsourcing": lambda: run_eventsourcing(servers, "append", writers, seconds),
    }


async def appends(servers: Servers, writers: int, seconds: float, aggregate: Aggregate[Any, Any, Any] = AUDIT) -> float:
    """Return commands a second: each writer handles one after the other, all on one event loop."""
    async with servers.database() as dsn:
        pool = await open_pool(dsn, size=writers)
        store = PostgresEventStore(pool)

        async def writer(until: float) -> int:
            done = 0
            while time.perf_counter() < until:
                audit_id = uuid7()
                await handle(store, aggregate, audit_id, allocation(audit_id), meta(), expects_new=True)
                done += 1
            return done

        await asyncio.gather(*(writer(time.perf_counter() + 0.5) for _ in range(writers)))
        begun = time.perf_counter()
        counts = await asyncio.gather(*(writer(begun + seconds) for _ in range(writers)))
        elapsed = time.perf_counter() - begun
        assert await pool.fetchval("SELECT count(*) FROM outbox.messages") >= sum(counts)
        await pool.close()
    return sum(counts) / elapsed


async def pgbench(servers: Servers, writers: int, seconds: float) -> float:
    """Return transactions a second of pgbench with prepared statements, the payload sent with each as ours is."""
    audit_id = uuid7()
    command = meta()
    events = AUDIT.decide(allocation(audit_id), AUDIT.initial)
    request, _ = prepare(AUDIT, audit_id, events, stream=Stream(), state=AUDIT.initial, meta=command)
    (event,) = request.events
    ((_, message),) = request.messages
    script = _PGBENCH.format(fingerprint=command.fingerprint.hex(), key_hash=123456789)
    async with servers.database() as dsn:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "append.sql"
            file.write_text(script)
            process = await asyncio.create_subprocess_exec(
                str(programs() / "pgbench"),
                *("--no-vacuum", "--protocol=prepared", f"--file={file}", f"--time={max(1, round(seconds))}"),
                *(f"--client={writers}", f"--jobs={min(writers, os.cpu_count() or 1)}"),
                *("-D", f"data={event.data.decode()}", "-D", f"value={message.value.decode()}"),
                *("-D", f"headers={headers.write(message.headers)}", dsn),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            output, problem = await process.communicate()
    found = re.search(rb"tps = ([\d.]+)", output)
    if process.returncode or not found:
        raise RuntimeError(f"pgbench: {problem.decode()[-500:]}")
    return float(found[1])
