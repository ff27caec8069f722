"""What an authority calls roles, the levels of its organisation and the kinds of its audits.

Codes are the same everywhere, in events and in addresses; only what people read is in the authority's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, get_args

from pydantic import Field, StringConstraints

from shared.authority.base import Strict
from shared.authority.coherence import Coherent, Fault, Raw, parts, text, twice
from shared.web.principal import Role

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*$")]
Level = Literal["area", "district", "team", "service"]

_USUAL: Final[Mapping[str, str]] = {
    "qa-officer": "QA officer",
    "qa-manager": "QA manager",
}
"""Roles whose words are not their codes' own."""

_LEVELS: Final[frozenset[str]] = frozenset(get_args(Level))
_CODES: Final = _LEVELS | {role.value for role in Role}
_SAID: Final = re.compile(r"\{(?P<article>[Aa]n? )?(?P<code>[A-Za-z-]+?)(?P<many>s)?\}")
_ES: Final = re.compile(r"(s|x|z|ch|sh)$", re.IGNORECASE)
_IES: Final = re.compile(r"(?<=[^aeiou\s])y$")
_SOUNDS_LIKE_YOU: Final = re.compile(r"(uni|use|eu|one\b)", re.IGNORECASE)
_SPELLED_WITH_A_VOWEL_FIRST: Final = re.compile(r"[AEFHILMNORSX](?![a-z])")


class LevelWords(Strict):
    """What the levels of the organisation are called, a singular each: a district may be a locality."""

    area: Word = "area"
    district: Word = "district"
    team: Word = "team"
    service: Word = Field(default="service", description="What is beside the levels: which service a team is of")


class KindOfAudit(Strict):
    """A kind of audit in use, by the code that tools, allocations and events have, and its name."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._/-]{0,79}$")]
    name: Word


class Names(Coherent):
    """An authority's own words; what is left out is called as usual, and without `kinds` every kind is in use."""

    roles: Mapping[Role, Word] = Field(default_factory=dict, description="What roles are called: {team-manager: ...}")
    units: LevelWords = Field(default=LevelWords(), description="What area, district, team and service are called")
    plurals: Mapping[Word, Word] = Field(
        default_factory=dict,
        description="The plural of a word used above, where it is not as usual: {Person in Charge: People in Charge}",
    )
    kinds: tuple[KindOfAudit, ...] = Field(
        default=(), description="The kinds of audit in use; where given, an audit of another kind is refused"
    )

    @classmethod
    def incoherent(cls, raw: Raw) -> Iterator[Fault]:
        """Yield a kind that stands twice, and a plural of a word that nothing is called by."""
        yield from twice("kind", ((("kinds", at, "key"), text(one, "key")) for at, one in parts(raw, "kinds")))
        given = [raw.get(part) for part in ("roles", "units")]
        used = {word.strip() for one in given if isinstance(one, Mapping) for word in one.values() if _is_text(word)}
        plurals = raw.get("plurals")
        for word in plurals if isinstance(plurals, Mapping) else ():
            if _is_text(word) and word.strip() not in used:
                yield ("plurals", word), "no role and no level is called so; write the word as it stands above"

    def role(self, code: str) -> str:
        """Return what a role is called; a code that is no role is said as it is written, without its hyphens."""
        own: Mapping[str, str] = {role.value: word for role, word in self.roles.items()}
        return own.get(code) or _USUAL.get(code) or code.replace("-", " ")

    def kind(self, code: str) -> str | None:
        """Return the name of a kind of audit, or None where the authority gives it none."""
        return next((one.name for one in self.kinds if one.key == code), None)

    def level(self, level: Level) -> str:
        """Return what a level of the organisation, or a service, is called, as a sentence has it."""
        return str(getattr(self.units, level))

    def many(self, word: str) -> str:
        """Return the plural of a word: as the authority gives it, else by the rule; of `Head of Service`, `Heads`."""
        return self.plurals.get(word) or _plural(word)

    def say(self, sentence: str) -> str:
        """Return a sentence with the authority's words for the roles and levels it names by code in braces.

        `{team-manager}` and `{district}` are one, `{team-managers}` several; a capital (`{District}`) begins a
        sentence or heading, and `{a district}` brings the article that fits. Other braces stay as they are.
        """
        return _SAID.sub(self._word, sentence)

    def _word(self, found: re.Match[str]) -> str:
        code, article = found["code"].lower(), found["article"] or ""
        if code not in _CODES:
            return found[0]
        word = str(getattr(self.units, code)) if code in _LEVELS else self.role(code)
        if found["many"]:
            word = self.many(word)
        if found["code"][:1].isupper():
            word = capital(word)
        if article:
            article = article[0] + ("n " if _takes_an(word) else " ")
        return f"{article}{word}"

    def has_kind(self, code: str) -> bool:
        """Tell whether a kind of audit is in use."""
        return not self.kinds or self.kind(code) is not None


def capital(words: str) -> str:
    """Return words as a sentence begins: only the first letter changes."""
    return words[:1].upper() + words[1:]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _plural(word: str) -> str:
    head, of, rest = word.partition(" of ")
    head = _IES.sub("ies", head) if _IES.search(head) else head + ("es" if _ES.search(head) else "s")
    return head + of + rest


def _takes_an(word: str) -> bool:
    if _SPELLED_WITH_A_VOWEL_FIRST.match(word):
        return True
    return word[:1].lower() in "aeiou" and _SOUNDS_LIKE_YOU.match(word) is None


USUAL: Final = Names()
"""The words where an authority gives none of its own."""
