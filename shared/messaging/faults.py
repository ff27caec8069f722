"""Whose fault an error is: the message's own (it will be parked), or the infrastructure's (the consumer waits)."""

import traceback
from typing import Final

import asyncpg
from aiokafka.errors import KafkaError

from shared.messaging.reading import Fault

_INFRASTRUCTURE_CLASSES: Final = frozenset(
    {
        "08",  # connection
        "28",  # sign-in refused
        "3D",  # no such database
        "3F",  # no such schema
        "40",  # rolled back: serialisation, deadlock
        "42",  # no such table or no right to it: the installation is wrong, no message can mend or cause that
        "53",  # out of disk, memory or connections
        "55",  # locked, in use
        "57",  # shut down, cancelled, starting
        "58",  # the system underneath
        "F0",  # configuration
        "XX",  # internal error, corrupted data
    }
)
_INFRASTRUCTURE_STATES: Final = frozenset({"25006", "25P03", "25P04"})  # read-only standby, timed out transactions

_OUR_PACKAGES: Final = ("services/", "shared/", "tests/")


class Interrupted(Exception):
    """A wait inside a batch was cut short; the batch is given back and comes again."""


class NotNow(Exception):
    """Raised by a handler that can take no message at present, whichever: the consumer waits, and parks nothing."""


class Overtaken(Exception):
    """The positions moved between reading and claiming them; the batch is planned again."""


def is_infrastructure(error: BaseException) -> bool:
    """Whether an error, or what it was raised from, speaks of a database or broker that is away or unwell."""
    seen: BaseException | None = error
    while seen is not None:
        if _infrastructure_itself(seen):
            return True
        seen = seen.__cause__
    return False


def _infrastructure_itself(error: BaseException) -> bool:
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in _INFRASTRUCTURE_CLASSES or state in _INFRASTRUCTURE_STATES
    if isinstance(error, asyncpg.DataError):  # a value the driver cannot send: an InterfaceError by inheritance only
        return False
    return isinstance(
        error,
        asyncpg.InterfaceError
        | asyncpg.InternalClientError
        | KafkaError
        | OSError
        | MemoryError
        | Interrupted
        | NotNow,
    )


def fault_of(error: BaseException) -> Fault:
    """Describe a handler's refusal without a word of the message: the error's kind, its place, and its constraint.

    An error's own text may repeat what was in the message (pydantic quotes its input, PostgreSQL the row), so it is
    never kept.
    """
    kind = type(error).__name__
    if isinstance(error, asyncpg.PostgresError):
        kind += f" ({error.sqlstate})"
        constraint = getattr(error, "constraint_name", None)
        if constraint:
            kind += f" on {constraint}"
    place = _place_of(error)
    return Fault("handler-refused", f"the handler raised {kind}" + (f" at {place}" if place else ""))


def _place_of(error: BaseException) -> str | None:
    """Return the innermost line of our own code an error came through, as `services/audit/app/x.py:12 in name`."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for package in _OUR_PACKAGES:
            _, found, rest = frame.filename.replace("\\", "/").rpartition("/" + package)
            if found and not rest.startswith("messaging/"):
                return f"{package}{rest}:{frame.lineno} in {frame.name}"
    return None
