"""A Kafka broker of a test's own, to be stopped, killed and started again."""

from __future__ import annotations

import asyncio
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.stack.home import Home
from infra.stack.kafka import KafkaPart
from infra.stack.part import Setup
from tests.integration.messaging.support import until
from tests.support.servers import kafka_answers


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Broker:
    """One node on loopback whose data survives its ends."""

    setup: Setup
    process: asyncio.subprocess.Process | None = None

    @property
    def bootstrap(self) -> str:
        return self.setup.bootstrap

    async def start(self) -> None:
        command = KafkaPart().command(self.setup)
        self.process = await asyncio.create_subprocess_exec(
            *command.arguments,
            cwd=command.folder,
            env=command.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await until(lambda: kafka_answers(self.bootstrap), within=60, what="the broker answers")

    async def end(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None, "the broker runs"
        self.process.send_signal(with_signal)
        await self.process.wait()


@asynccontextmanager
async def own_broker() -> AsyncIterator[Broker]:
    """Format a folder and run a broker in it; ended with the test, whatever happened."""
    with tempfile.TemporaryDirectory(prefix="sightline-broker-", ignore_cleanup_errors=True) as folder:
        home = Home(Path(folder))
        home.make()
        broker = Broker(Setup(home, {"kafka": _free_port(), "kafka-controller": _free_port()}, {}))
        await KafkaPart().prepare(broker.setup, lambda _text: None)
        await broker.start()
        try:
            yield broker
        finally:
            if broker.process is not None and broker.process.returncode is None:
                await broker.end()
