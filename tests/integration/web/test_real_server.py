"""The limits of the web side over a real socket, where a body comes in pieces and nobody can be trusted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio
import uvicorn

from shared.web.principal import Role
from tests.unit.web.support import BODY_LIMIT, application, issuer

DEADLINE_SECONDS = 20


@dataclass
class Server:
    port: int
    token: str

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    def head(self, *lines: str, method: str = "POST", path: str = "/audits/complete") -> bytes:
        fixed = [f"{method} {path} HTTP/1.1", "Host: service.test", f"Authorization: Bearer {self.token}", *lines]
        return ("\r\n".join(fixed) + "\r\n\r\n").encode()


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    made = issuer(tmp_path)
    config = uvicorn.Config(application(made.verifier()), host="127.0.0.1", port=0, log_config=None, lifespan="off")
    running = uvicorn.Server(config)
    task = asyncio.create_task(running.serve())
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not running.started:  # noqa: ASYNC110 - uvicorn tells it by this flag alone
                await asyncio.sleep(0.01)
        port: int = running.servers[0].sockets[0].getsockname()[1]
        yield Server(port, made.issue(Role.AUDITOR, "northmoor"))
    finally:
        running.should_exit = True
        await task


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, Any]]:
    async with asyncio.timeout(DEADLINE_SECONDS):
        status = int((await reader.readline()).split()[1])
        length = 0
        while (line := await reader.readline()) not in {b"\r\n", b""}:
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
        return status, json.loads(await reader.readexactly(length))


async def test_a_chunked_body_without_end_is_answered_at_the_limit(server: Server) -> None:
    async with server.connection() as (reader, writer):
        writer.write(server.head("Content-Type: application/json", "Transfer-Encoding: chunked"))
        answered = asyncio.create_task(answer_of(reader))
        sent = 0
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not answered.done() and sent < 100 * BODY_LIMIT:
                writer.write(b"64\r\n" + b" " * 100 + b"\r\n")
                sent += 100
                await asyncio.sleep(0.001)
        status, body = await answered
    assert (status, body["type"]) == (413, "urn:sightline:problem:body-too-large")
    assert sent < 100 * BODY_LIMIT


async def test_an_announced_giant_is_answered_before_it_is_sent(server: Server) -> None:
    async with server.connection() as (reader, writer):
        writer.write(server.head("Content-Type: application/json", "Content-Length: 50000000000"))
        status, body = await answer_of(reader)
    assert (status, body["type"]) == (413, "urn:sightline:problem:body-too-large")


async def test_a_caller_who_leaves_half_way_harms_nobody(server: Server) -> None:
    for _ in range(5):
        async with server.connection() as (_, writer):
            writer.write(server.head("Content-Type: application/json", "Content-Length: 500") + b'{"grade": ')
            await writer.drain()
    async with server.connection() as (reader, writer):
        writer.write(server.head("Content-Type: application/json", "Content-Length: 2") + b"{}")
        status, body = await answer_of(reader)
    assert (status, len(body["problems"])) == (422, 4)


async def test_two_lengths_are_refused(server: Server) -> None:
    """A request read differently by two servers in a row smuggles a second one; ours reads none of it."""
    async with server.connection() as (reader, writer):
        writer.write(
            server.head("Content-Type: application/json", "Content-Length: 2", "Content-Length: 40")
            + b"{}GET /audits/search?limit=2 HTTP/1.1\r\n\r\n"
        )
        async with asyncio.timeout(DEADLINE_SECONDS):
            status = int((await reader.readline()).split()[1])
    assert status == 400
