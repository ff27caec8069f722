"""Who stands in for whom, and from when until when: a district is never without somebody to tell and to sign off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from pydantic import Field, ValidationError, model_validator

from shared.authority.base import Strict
from shared.authority.coherence import Fault, Raw, parts, text


class Cover(Strict):
    """One person stands in for another, in every role and unit of theirs, from a date to a date, both included.

    Both stand under people of the same document, by their random references.
    """

    person: UUID = Field(description="Who is away")
    by: UUID = Field(description="Who stands in")
    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _hangs_together(self) -> Cover:
        if self.last < self.first:
            raise ValueError("a cover's `to` lies before its `from`")
        if self.person == self.by:
            raise ValueError("nobody stands in for themselves; name another person under `by`")
        return self


def standing_in(cover: Sequence[Cover], person: UUID, on: date) -> UUID:
    """Give who acts for a person on a date: the person, their cover, or the cover's own cover, and so on."""
    while (one := _cover_of(cover, person, on)) is not None:
        person = one.by
    return person


def _cover_of(cover: Sequence[Cover], person: UUID, on: date) -> Cover | None:
    return next((one for one in cover if one.person == person and one.first <= on <= one.last), None)


def cover_faults(raw: Raw) -> Iterator[Fault]:
    """Yield what of a document's cover does not fit: people it does not have, twice at a time, round in a circle."""
    known = {text(one, "person") for _, one in parts(raw, "people")}
    for at, line in parts(raw, "cover"):
        for name in ("person", "by"):
            reference = text(line, name)
            if reference is not None and reference not in known:
                yield ("cover", at, name), "nobody under people has this reference; correct it, or add the person there"
    read = dict(_readable(raw))
    for at, one in read.items():
        for other_at, other in read.items():
            if other_at < at and one.person == other.person and one.first <= other.last and other.first <= one.last:
                yield (
                    ("cover", at, "person"),
                    f"cover {other_at + 1} is of the same person on some of these days; let one end before the other",
                )
        if _comes_round(one, tuple(read.values())):
            yield ("cover", at, "by"), "they stand in for each other on some of these days; name someone who is there"


def _readable(raw: Raw) -> Iterator[tuple[int, Cover]]:
    for at, one in parts(raw, "cover"):
        try:
            yield at, Cover.model_validate(one)
        except ValidationError:  # told by its own type
            continue


def _comes_round(start: Cover, cover: Sequence[Cover]) -> bool:
    """Tell whether on some day the cover leads back to who is away; the days on which a cover begins are enough."""
    days = {start.first, *(one.first for one in cover if start.first <= one.first <= start.last)}
    return any(_leads_back(start, cover, day) for day in days)


def _leads_back(start: Cover, cover: Sequence[Cover], day: date) -> bool:
    person, seen = start.by, {start.by}
    while (one := _cover_of(cover, person, day)) is not None:
        person = one.by
        if person == start.person:
            return True
        if person in seen:  # a circle of others, told at their own place
            return False
        seen.add(person)
    return False
