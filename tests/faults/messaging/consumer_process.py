"""A consumer as a process, for tests that kill it: `python -m ... DSN BOOTSTRAP TOPIC GROUP`; SIGTERM stops it."""

from __future__ import annotations

import asyncio
import signal
import sys

from tests.integration.messaging.support import QUICK, consumer_of, service


async def main(dsn: str, bootstrap: str, topic: str, group: str) -> int:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with service(dsn) as audit:
        consumer = consumer_of(
            audit.pool,
            audit.handle,
            bootstrap,
            [topic],
            group=group,
            settings=QUICK.model_copy(update={"batch": 20}),
        )
        await consumer.start()
        dead = asyncio.create_task(consumer.wait_dead())
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({dead, stopped}, return_when=asyncio.FIRST_COMPLETED)
        await consumer.stop()
        return 1 if dead.done() else 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(*sys.argv[1:])))
