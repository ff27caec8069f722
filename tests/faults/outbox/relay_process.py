"""A relay as a process of its own, to be killed, stopped and continued: `python -m ... DSN BOOTSTRAP PREFIX SECONDS`."""

from __future__ import annotations

import asyncio
import sys

from shared.messaging.kafka import KafkaSettings
from shared.outbox.relay import Relay
from tests.support.outboxes import NOTES


async def main(dsn: str, bootstrap: str, prefix: str, session_seconds: str) -> None:
    kafka, seconds = KafkaSettings(bootstrap=bootstrap), float(session_seconds)
    relay = Relay(dsn, kafka, "audit", prefix, ownership=NOTES, session_seconds=seconds)
    await relay.start()
    await relay.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
