"""JSON in which a key comes twice: the standard's readers take the last one in silence, so it is refused instead."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

Place = tuple[str | int, ...]
"""Where in a document: names of keys and numbers in lists, from the outside in."""


class _Pairs(list[tuple[str, Any]]):
    """An object as it was written, with every key as often as it came."""


def repeated_keys(document: bytes | str) -> list[Place]:
    """Return the place of each key that came before in the same object; none for what is no JSON.

    A document without one costs one reading; only one that has some is looked through for where.
    """
    if not _any_repeated(document):
        return []
    return list(dict.fromkeys(_places(json.loads(document, object_pairs_hook=_Pairs))))


def _any_repeated(document: bytes | str) -> bool:
    found = False

    def look(pairs: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in pairs}) != len(pairs)

    try:
        json.loads(document, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return False  # whoever reads it next says what is wrong
    return found


def _places(document: Any) -> Iterator[Place]:
    """Yield the places one after the other, without going deeper itself however deep the document goes."""
    left: deque[tuple[Any, Place]] = deque([(document, ())])
    while left:
        value, place = left.popleft()
        if isinstance(value, _Pairs):
            seen: set[str] = set()
            for key, within in value:
                if key in seen:
                    yield (*place, key)
                seen.add(key)
                left.append((within, (*place, key)))
        elif isinstance(value, list):
            left += [(within, (*place, number)) for number, within in enumerate(value)]
