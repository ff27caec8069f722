"""`python -m benchmarks.growth [AUDITS ...]`: measure reporting as its data grows; write results/growth.json.

For each size: a region's log is written to Kafka in bulk, the facts are rebuilt from it, and every page is read from a
running service. The whole takes about half an hour and 30 GB of disk; `python -m benchmarks.growth 10000` a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import orjson
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks import figures
from benchmarks.growth import pages, region
from benchmarks.rebuild import rebuilt_into
from benchmarks.servers import Servers, serve
from services.reporting.main import MIGRATIONS, TOPICS
from shared.eventstore.migrations import migrate

SIZES: Final = (10_000, 100_000, 1_000_000)
RESULTS: Final = figures.ROOT / "benchmarks" / "results" / "growth.json"
_PROCESSES: Final = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the sizes named on the command line, or all; only a run of all is written to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("audits", nargs="*", type=int, help=f"of: {' '.join(map(str, SIZES))}; none means all")
    sizes = parser.parse_args(arguments).audits or list(SIZES)
    if any(size < region.CHUNKS for size in sizes):
        parser.error(f"a region has at least {region.CHUNKS} audits: one a year of each authority")
    machine = figures.machine()
    with serve() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = [runner.run(_measure(servers, size)) for size in sizes]
        versions = runner.run(servers.versions())
    if sizes == list(SIZES):
        document = {
            "machine": machine,
            "commit": figures.commit(),
            "versions": figures.versions(versions),
            "sizes": found,
        }
        RESULTS.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    _show(found)
    return 0


async def _measure(servers: Servers, audits: int) -> dict[str, Any]:
    async with servers.prefix(*TOPICS) as prefix, servers.database(migrated=False) as dsn:
        await migrate(dsn, MIGRATIONS)
        begun = time.perf_counter()
        written = await asyncio.to_thread(region.write_log, servers.bootstrap, prefix, audits)
        _say(f"{audits:,} audits: {written:,} messages written in {time.perf_counter() - begun:.0f} s")
        messages, seconds = await rebuilt_into(dsn, servers.bootstrap, [prefix + one for one in TOPICS], _PROCESSES)
        _say(f"{audits:,} audits: rebuilt in {seconds:.0f} s, {messages / seconds:,.0f} messages/s")
        size = await _size(dsn)
        timed = await pages.timed(dsn, servers.bootstrap, prefix)
        slowest, took = pages.worst(timed)
        _say(f"{audits:,} audits: the slowest page is {slowest}: {took * 1000:,.0f} ms")
    return {
        "audits": audits,
        "messages": messages,
        "rebuild_seconds": round(seconds, 1),
        "rebuild_messages_per_second": round(messages / seconds),
        "facts_bytes": size,
        "pages_ms": {
            name: {"median": round(statistics.median(took) * 1000, 1), "longest": round(max(took) * 1000, 1)}
            for name, took in timed.items()
        },
    }


async def _size(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await connection.close()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _show(found: Sequence[dict[str, Any]]) -> None:
    table = Table("", *(f"{one['audits']:,} audits" for one in found), title="Growth", title_justify="left")
    table.add_row("messages", *(f"{one['messages']:,}" for one in found))
    table.add_row("rebuild, messages/s", *(f"{one['rebuild_messages_per_second']:,}" for one in found))
    table.add_row("facts, MB", *(f"{one['facts_bytes'] / 1e6:,.0f}" for one in found))
    for name in found[0]["pages_ms"]:
        table.add_row(f"{name}, ms", *(f"{one['pages_ms'][name]['median']:,}" for one in found))
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
