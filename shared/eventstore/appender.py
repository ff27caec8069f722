"""Appends that wait at the same moment go together: one round trip and one commit for several streams.

A commit costs a flush to disk however much is in it, so under load this answers more commands with the same disk and
less work a command; alone, an append goes at once. Each command is still all or nothing by itself: when anything in a
shared transaction is refused, all of it is rolled back, and each append is tried again in a transaction of its own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from copy import copy
from typing import Any, Final, NamedTuple
from uuid import UUID

import asyncpg

from shared.eventstore.database import Connection, Pool, borrow, is_connection_error

LANES: Final = 2
"""How many transactions of shared appends are under way at most; more of them means fewer appends in each."""

TOGETHER: Final = 32
"""How many appends share a transaction at most."""

_LIMIT_WAITS: Final = "SET lock_timeout = '50ms'"
_ALLOW_WAITS: Final = "RESET lock_timeout"


class _Waiting(NamedTuple):
    stream_id: UUID
    key: str | None
    arguments: tuple[Any, ...]
    answer: asyncio.Future[asyncpg.Record]


class Appender:
    """Runs one statement for many callers at once; each gets the row or the error of its own arguments."""

    def __init__(self, pool: Pool, statement: str, *, lanes: int = LANES) -> None:
        self._pool = pool
        self._statement = statement
        self._waiting: deque[_Waiting] = deque()
        self._free_lanes = lanes
        self._tasks: set[asyncio.Task[None]] = set()

    async def append(self, stream_id: UUID, key: str | None, arguments: tuple[Any, ...]) -> asyncpg.Record:
        """Return the row that the statement answers with for these arguments, once it is committed."""
        answer: asyncio.Future[asyncpg.Record] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(stream_id, key, arguments, answer))
        self._open_lane()
        return await answer

    def _open_lane(self) -> None:
        if self._waiting and self._free_lanes:
            self._free_lanes -= 1
            self._start(self._lane())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lane(self) -> None:
        """Take what waits, until nothing does; when the connection breaks, another lane goes on with the rest."""
        connected = False
        try:
            async with borrow(self._pool) as connection:
                connected = True
                limited = False
                while self._waiting:
                    limited = await self._run(connection, self._take(), limited=limited)
                if limited:
                    await connection.execute(_ALLOW_WAITS)
        except Exception as error:  # noqa: BLE001 - those it concerns have been told, in _run or here
            if not connected:
                self._fail_waiting(error)
        finally:
            self._free_lanes += 1
            self._open_lane()  # for whoever came while the connection was given back, or was left by a broken one

    def _take(self) -> list[_Waiting]:
        """Take the longest waiting appends; of one stream or one key only the first, since they would collide."""
        some: list[_Waiting] = []
        later: list[_Waiting] = []
        taken: set[object] = set()
        while self._waiting and len(some) < TOGETHER:
            one = self._waiting.popleft()
            if one.answer.done():
                continue  # its caller gave up
            if one.stream_id in taken or (one.key is not None and one.key in taken):
                later.append(one)
                continue
            taken.update((one.stream_id, one.key))
            some.append(one)
        self._waiting.extendleft(reversed(later))
        return some

    async def _run(self, connection: Connection, some: Sequence[_Waiting], *, limited: bool) -> bool:
        """Answer these appends; tell whether waits are limited on the connection; raises when that is lost."""
        if not some:
            return limited
        try:
            if len(some) > 1 and not limited:
                await connection.execute(_LIMIT_WAITS)
                limited = True
            rows = await self._rows(connection, some)
        except Exception as error:
            if is_connection_error(error):
                for one in some:
                    _fail(one, error)  # whether it was committed, nobody knows
                connection.terminate()  # also after a mere timeout: nobody else shall get it in this state
                raise
            if len(some) == 1 and not isinstance(error, asyncpg.LockNotAvailableError):
                _fail(some[0], error)
                return limited
            for one in some:
                self._start(self._alone(one))
            return limited
        for one, row in zip(some, rows, strict=True):
            _succeed(one, row)
        return limited

    async def _rows(self, connection: Connection, some: Sequence[_Waiting]) -> Sequence[asyncpg.Record | None]:
        if len(some) == 1:
            return [await connection.fetchrow(self._statement, *some[0].arguments)]
        return await connection.fetchmany(self._statement, [one.arguments for one in some])

    async def _alone(self, one: _Waiting) -> None:
        try:
            async with borrow(self._pool) as connection:
                row = await connection.fetchrow(self._statement, *one.arguments)
        except Exception as error:  # noqa: BLE001 - it is the caller's, who waits for it
            _fail(one, error)
        else:
            _succeed(one, row)

    def _fail_waiting(self, error: Exception) -> None:
        """Tell those who still wait that their lane broke; nothing of theirs was sent."""
        while self._waiting:
            _fail(self._waiting.popleft(), error)


def _succeed(one: _Waiting, row: asyncpg.Record | None) -> None:
    assert row is not None, "the statement answers with one row"
    if not one.answer.done():
        one.answer.set_result(row)


def _fail(one: _Waiting, error: Exception) -> None:
    if not one.answer.done():
        one.answer.set_exception(copy(error))
