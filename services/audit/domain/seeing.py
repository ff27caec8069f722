"""A write that names the version its writer has seen, of what does not show every reader the same."""

from __future__ import annotations


class SeenOtherwise(Exception):
    """It stands, for this writer, at another version (`now`) than the one that was `seen`."""

    def __init__(self, now: int, *, seen: int) -> None:
        super().__init__(f"it stands at version {now}")
        self.now = now
        self.seen = seen


def check_seen(now: int, seen: int | None) -> None:
    """Refuse where somebody has seen another version than the one it stands at; who names none is decided as it stands.

    Raises:
        SeenOtherwise: they have.

    """
    if seen is not None and seen != now:
        raise SeenOtherwise(now, seen=seen)
