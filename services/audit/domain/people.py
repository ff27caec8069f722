"""With whom an audit, its moderation or its outcome is talked over: roles by their codes, never names.

Sources: domain.md section 1; practice.md sections 1 and 4. What was stored before there was a list stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final

from services.audit.domain.refusals import Problem
from services.audit.domain.words import Code

SIGNED_IN: Final = (
    "auditor",
    "moderator",
    "practitioner",
    "team-manager",
    "service-manager",
    "assistant-director",
    "director",
    "board-member",
    "qa-officer",
    "qa-manager",
    "principal-social-worker",
    "analyst",
)
"""The roles of people that a token may name."""

BESIDE: Final = (
    "advocate",
    "carer",
    "child",
    "child-protection-chair",
    "early-help-worker",
    "family",
    "family-help-practitioner",
    "foster-carer",
    "independent-reviewing-officer",
    "local-authority-designated-officer",
    "parent",
    "partner-agency",
    "personal-adviser",
    "practice-development-manager",
    "senior-auditor",
    "social-work-standards-officer",
    "social-worker",
    "supervising-social-worker",
)
"""The field's other people, who do not sign in here."""

KNOWN: Final = frozenset({*SIGNED_IN, *BESIDE})
_NEAR: Final = 0.6
_LISTED: Final = ", ".join(sorted(KNOWN))


def problems_of_roles(roles: Iterable[tuple[str, Code]]) -> Iterator[Problem]:
    """Yield each role that is none of the list, at its place, with the one it may have been meant to be."""
    for place, role in roles:
        if role in KNOWN:
            continue
        near = get_close_matches(role, sorted(KNOWN), n=1, cutoff=_NEAR)
        meant = f"Did you mean {near[0]}? " if near else ""
        yield Problem(place, "there is no such role", f"{meant}Give one of: {_LISTED}.")


def problems_in_list(place: str, roles: Iterable[Code]) -> Iterator[Problem]:
    """Yield the faults of a list of roles, each by its number in it."""
    yield from problems_of_roles((f"{place}.{number}", role) for number, role in enumerate(roles))
