"""What needs somebody who runs Sightline: districts that the settings no longer have, and children without a reference.

An audit escalation of a district that a new settings document left out goes on (`Policies.people` says with whom); that
it does is said in the log when the service starts and when such a document comes into force, and in `sightline status`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from services.escalation.app.policy import Policies
from shared.process.parts import Attention
from shared.telemetry import events, logs

DISTRICT_GONE: Final = "district-gone"
REFERENCE_AWAITED: Final = "reference-awaited"
_NAMED: Final = 5
"""So many districts are named in a sentence."""

log = logs.get_logger()

events.register(
    events.LogEvent(
        "district_gone",
        "warning",
        ("authority", "where", "count"),
        "The settings valid today have no district `where` (area/district) any more, and so many audit escalations are "
        "open there. Said when the service starts, when such settings come into force, and when the count changes.",
        "Nothing is lost: the people of the last settings that had it go on. If they left, name a service manager for "
        "the area or for the whole authority: docs/escalation-settings.md.",
    )
)


@dataclass(frozen=True, slots=True)
class OpenIn:
    """How many audit escalations are open in a district (area/district) of an authority."""

    authority: str
    district: str
    count: int


@dataclass(frozen=True, slots=True)
class Awaited:
    """How many children's references are awaited, for how long the oldest (seconds), of how many nothing comes so."""

    count: int
    oldest_age_seconds: float
    unusable: int = 0


class Standing(Protocol):
    """How open audit escalations stand, as the database counts them."""

    async def open_in_districts(self) -> Sequence[OpenIn]:
        """Return each district in which one is open."""

    async def awaited(self, now: datetime) -> Awaited:
        """Return the references that are awaited."""


@dataclass(frozen=True, slots=True)
class Watchman:
    """Looks for what needs attention: `run` says what is new in the log, `look` gives it for `sightline status`."""

    standing: Standing
    policies: Policies
    clock: Callable[[], datetime]
    _said: dict[tuple[str, str], int] = field(default_factory=dict)

    async def run(self) -> int:
        """Say in the log which districts are gone, each once until its count changes; return how many were said."""
        gone = {(one.authority, one.district): one.count for one in await self._gone()}
        new = {place: count for place, count in gone.items() if self._said.get(place) != count}
        for (authority, district), count in new.items():
            log.warning("district_gone", authority=authority, where=district, count=count)
        self._said.clear()
        self._said.update(gone)
        return len(new)

    async def look(self) -> Sequence[Attention]:
        """Return how many of each kind there are; in words where there are any."""
        gone = await self._gone()
        awaited = await self.standing.awaited(self.clock())
        return (
            Attention(DISTRICT_GONE, sum(one.count for one in gone), _gone_in_words(gone)),
            Attention(REFERENCE_AWAITED, awaited.count, _awaited_in_words(awaited), awaited.oldest_age_seconds),
        )

    async def _gone(self) -> list[OpenIn]:
        now = self.clock()
        found = await self.standing.open_in_districts()
        return [one for one in found if self.policies.is_gone(one.authority, one.district, now)]


def _gone_in_words(gone: Sequence[OpenIn]) -> str:
    count = sum(one.count for one in gone)
    places = [f"{one.authority} {one.district} ({one.count})" for one in gone[:_NAMED]]
    more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
    are = "1 audit escalation is" if count == 1 else f"{count:,} audit escalations are"
    return (
        f"{are} open in districts that the settings no longer have: {', '.join(places)}{more}. Their people of before "
        "go on; docs/escalation-settings.md says who else may."
    )


def _awaited_in_words(awaited: Awaited) -> str:
    hours, minutes = divmod(round(awaited.oldest_age_seconds / 60), 60)
    age = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    waits = (
        "1 concern waits for its child's reference"
        if awaited.count == 1
        else (f"{awaited.count:,} concerns wait for their children's references")
    )
    refused = f", {awaited.unusable:,} of them with a case number that audit does not take" if awaited.unusable else ""
    return f"{waits}, the oldest for {age}{refused}: docs/operations.md says what to do."
