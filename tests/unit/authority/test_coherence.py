"""A part of a settings document whose fields must fit each other says itself how: none is made without that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.authority.coherence import Coherent, Fault, Raw


class Silent(Coherent):
    """A part that does not say what would be wrong with it."""

    most: int


class Told(Silent):
    """A part that does."""

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        if raw.get("most") == 0:
            yield ("most",), "nobody moderates"


def test_a_part_that_does_not_say_what_is_wrong_with_it_is_never_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Silent(most=1)  # type: ignore[abstract]  # that it cannot be made is what is tested
    assert Told(most=1).most == 1
    with pytest.raises(ValueError, match="nobody moderates"):
        Told(most=0)
