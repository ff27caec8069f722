"""Two authorities' made-up facts in one database, and the pages served over them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.reporting.pages.boards import boards_router
from services.reporting.pages.desk import Desk, message
from services.reporting.pages.listing import listing_router
from services.reporting.pages.publishing import publishing_router
from services.reporting.pages.rebasing import rebasing_router
from services.reporting.pages.routes import router
from services.reporting.publications.publishing import Press
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import Pool, open_pool
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.topics import TopicSettings
from shared.pages.rendering import STATIC
from shared.web.app import create_app
from shared.web.tokens import LocalIssuer
from tests.integration.reporting.reports import made_up
from tests.support.stack import Stack

FIRST, LAST = date(2024, 10, 1), date(2026, 9, 30)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PUBLISHED = ("2025-10", "2026-06")


@dataclass(frozen=True)
class World:
    """A database of made-up facts, with the rows it was made of."""

    dsn: str
    large: AuthoritySettings
    small: AuthoritySettings
    none: AuthoritySettings
    facts: made_up.Facts
    few: made_up.Facts


async def empty_database(stack: Stack) -> str:
    name = f"pages_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(stack.postgres)
    try:
        await admin.execute(f'create database "{name}"')
    finally:
        await admin.close()
    return urlunsplit(urlsplit(stack.postgres)._replace(path=f"/{name}"))


async def drop_database(stack: Stack, dsn: str) -> None:
    admin = await asyncpg.connect(stack.postgres)
    try:
        await admin.execute(f'drop database if exists "{urlsplit(dsn).path[1:]}" with (force)')
    finally:
        await admin.close()


@pytest_asyncio.fixture(scope="session")
async def world(stack: Stack) -> AsyncIterator[World]:
    large = made_up.settings()
    small = made_up.settings("eastmarch", "Eastmarch Borough Council")
    none = made_up.settings("newport", "Newport City Council")
    facts = made_up.make(large, audits=1500, first=FIRST, last=LAST)
    few = made_up.make(small, audits=60, first=date(2025, 10, 1), last=LAST)
    dsn = await empty_database(stack)
    await made_up.prepare(dsn)
    await made_up.insert(dsn, facts, few)
    yield World(dsn, large, small, none, facts, few)
    await drop_database(stack, dsn)


@pytest_asyncio.fixture(scope="session")
async def pool(world: World) -> AsyncIterator[Pool]:
    pool = await open_pool(world.dsn, size=4)
    yield pool
    await pool.close()


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> LocalIssuer:
    return LocalIssuer(Path(tmp_path_factory.mktemp("issuer")))


def press_of(desk: Desk) -> Press:
    """Give what publishing needs beside a desk."""
    return Press(
        desk.pool, desk.authorities, desk.ends, PostgresEventStore(desk.pool), TopicSettings(prefix=""), lambda: None
    )


def served(desk: Desk, issuer: LocalIssuer) -> FastAPI:
    """Serve everything reporting answers with."""
    press = press_of(desk)
    return create_app(
        "Reports",
        "reporting",
        issuer.verifier(),
        [
            router(desk),
            listing_router(desk),
            publishing_router(desk, press),
            boards_router(desk, press),
            rebasing_router(desk, press),
        ],
        static=STATIC,
        page=message,
    )


@pytest_asyncio.fixture(scope="session")
async def app(world: World, pool: Pool, issuer: LocalIssuer) -> FastAPI:
    """Two windows of both authorities are published; how far the log goes is not known afterwards."""
    authorities = Authorities([world.large, world.small, world.none])
    publishing = served(Desk(pool, authorities, lambda _now: {}, lambda: NOW), issuer)
    for authority in (world.large.key, world.small.key):
        manager = client_of(publishing, issuer.issue("qa-manager", authority))
        for window in PUBLISHED:
            for kind in ("triannual", "quality-board", "corporate-parenting"):
                answer = await manager.post("/v1/publications", json={"kind": kind, "window": window})
                assert answer.status_code == 201, answer.text
    return served(Desk(pool, authorities, lambda _now: None, lambda: NOW), issuer)


def client_of(app: FastAPI, token: str) -> httpx.AsyncClient:
    """Give a client that asks an app with a token."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="http://reports",
        headers={"Authorization": f"Bearer {token}"},
    )


@dataclass(frozen=True)
class Reader:
    """Someone with a role in an authority, reading pages."""

    client: httpx.AsyncClient

    async def page(self, path: str, **query: str) -> httpx.Response:
        asked = {} if path == "/" else query  # the start page takes no parameter, and refuses one
        return await self.client.get(path, params=asked, headers={"Accept": "text/html"})

    async def json(self, path: str, **query: str) -> httpx.Response:
        return await self.client.get(f"{path}.json", params=query)


@pytest.fixture(scope="session")
def reader(app: FastAPI, issuer: LocalIssuer) -> Callable[[str, str], Reader]:
    def make(role: str, authority: str = "westshire") -> Reader:
        return Reader(client_of(app, issuer.issue(role, authority)))

    return make
