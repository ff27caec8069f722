"""What an authority calls roles, the levels of its organisation and the kinds of its audits.

Codes are the same everywhere, in events and in addresses; only what people read is in the authority's own words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from shared.authority.base import Strict
from shared.authority.coherence import Coherent, Fault, Raw, parts, text, twice
from shared.web.principal import Role

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$")]
Level = Literal["area", "district", "team"]

_USUAL: Final[Mapping[str, str]] = {
    "qa-officer": "QA officer",
    "qa-manager": "QA manager",
}
"""Roles whose words are not their codes' own."""


class LevelWords(Strict):
    """What the levels of the organisation are called, a singular each: a district may be a locality."""

    area: Word = "area"
    district: Word = "district"
    team: Word = "team"


class KindOfAudit(Strict):
    """A kind of audit in use, by the code that tools, allocations and events have, and its name."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._/-]{0,79}$")]
    name: Word


class Names(Coherent):
    """An authority's own words; what is left out is called as usual, and without `kinds` every kind is in use."""

    roles: Mapping[Role, Word] = Field(default_factory=dict, description="What roles are called: {team-manager: ...}")
    units: LevelWords = Field(default=LevelWords(), description="What area, district and team are called")
    kinds: tuple[KindOfAudit, ...] = Field(
        default=(), description="The kinds of audit in use; where given, an audit of another kind is refused"
    )

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield a kind that stands twice."""
        yield from twice("kind", ((("kinds", at, "key"), text(one, "key")) for at, one in parts(raw, "kinds")))

    def role(self, code: str) -> str:
        """Return what a role is called; a code that is no role is said as it is written, without its hyphens."""
        own: Mapping[str, str] = {role.value: word for role, word in self.roles.items()}
        return own.get(code) or _USUAL.get(code) or code.replace("-", " ")

    def kind(self, code: str) -> str | None:
        """Return the name of a kind of audit, or None where the authority gives it none."""
        return next((one.name for one in self.kinds if one.key == code), None)

    def level(self, level: Level) -> str:
        """Return what a level of the organisation is called, as a sentence has it."""
        return {"area": self.units.area, "district": self.units.district, "team": self.units.team}[level]

    def has_kind(self, code: str) -> bool:
        """Tell whether a kind of audit is in use."""
        return not self.kinds or self.kind(code) is not None


USUAL: Final = Names()
"""The words where an authority gives none of its own."""
