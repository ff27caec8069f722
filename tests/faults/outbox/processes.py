"""Starts relays as processes of their own, with fail points, and ends every one that a test has started."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.support.outboxes import Service

RelayProcess = asyncio.subprocess.Process


async def start_relay(service: Service, failpoint: str = "", *, session_seconds: float = 15.0) -> RelayProcess:
    """Start a relay; `failpoint` is what SIGHTLINE_FAILPOINT says."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.outbox.relay_process",
        service.dsn,
        service.kafka.bootstrap,
        service.prefix,
        str(session_seconds),
        env={**os.environ, "SIGHTLINE_LOCAL": "true", "SIGHTLINE_FAILPOINT": failpoint},
        stderr=asyncio.subprocess.DEVNULL,
    )


async def kill(process: RelayProcess) -> None:
    """Kill a process, if it still runs, and wait for its end."""
    if process.returncode is None:
        process.send_signal(signal.SIGKILL)
    await process.wait()


@asynccontextmanager
async def a_relay(
    service: Service, failpoint: str = "", *, session_seconds: float = 15.0
) -> AsyncIterator[RelayProcess]:
    """Run a relay while the block runs."""
    process = await start_relay(service, failpoint, session_seconds=session_seconds)
    try:
        yield process
    finally:
        await kill(process)
