"""How a record's headers wait in the outbox: a JSON object of texts, which a person can read in psql."""

from __future__ import annotations

from collections.abc import Sequence

import orjson


def write(headers: Sequence[tuple[str, bytes]]) -> str:
    """Return headers as JSON; their names are unique and their values UTF-8, as those of our envelope are."""
    return orjson.dumps({name: value.decode() for name, value in headers}).decode()


def read(text: str) -> list[tuple[str, bytes]]:
    """Return the headers in the order they were written."""
    return [(name, value.encode()) for name, value in orjson.loads(text).items()]
