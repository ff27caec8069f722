"""How far many raters agree on the same items: Krippendorff's alpha by scale, exact and within-one percentages.

Ordinal for grades and the points of a scale, nominal for choices and yes or no, interval for numbers. Alpha corrects
for agreement by chance, takes any number of raters and missing ratings, and is 1 for complete agreement and about 0 for
chance (K. Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011). Pairs of raters on an item are what the
percentages count. Every figure carries its n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from math import nan
from typing import Final
from uuid import UUID

import krippendorff

from services.audit.domain.words import Grade

Rating = int | float | str
"""What a rater gave: a rank of an ordered scale, a number, or a word."""

GRADES: Final = tuple(grade.rank for grade in Grade)
"""The whole scale: all four grades count, also one that nobody gave (field-notes: statistics)."""

Ratings = Mapping[str, Mapping[UUID, Rating]]
"""By item (a case's whole, one of its sections or questions): each rater's rank, number or word."""


class Level(StrEnum):
    """What ratings of an item are: what can be told from two of them that differ."""

    ORDINAL = "ordinal"
    NOMINAL = "nominal"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far raters agree; `alpha` is none where it means nothing, and `why_no_alpha` then says why."""

    raters: int
    items: int
    pairs: int
    alpha: float | None
    why_no_alpha: str | None
    exact: float | None
    within_one: float | None


def agreement_of(ratings: Ratings, scale: Sequence[Rating] = GRADES, level: Level = Level.ORDINAL) -> Agreement:
    """Return how far raters agree on the items that at least two of them rated.

    `scale` is every rating there can be where they are in order; otherwise it is not looked at, since ratings that
    nobody gave change nothing. Within one is a share on a scale in order alone.
    """
    items = [rated for rated in ratings.values() if len(rated) > 1]
    raters = sorted({rater for rated in items for rater in rated})
    pairs = [pair for rated in items for pair in combinations(rated.values(), 2)]
    why = _why_no_alpha(items)
    return Agreement(
        raters=len(raters),
        items=len(items),
        pairs=len(pairs),
        alpha=None if why else _alpha(items, raters, scale, level),
        why_no_alpha=why,
        exact=_share([one == other for one, other in pairs]),
        within_one=_share([abs(scale.index(one) - scale.index(other)) <= 1 for one, other in pairs])
        if level is Level.ORDINAL
        else None,
    )


def with_agreed(
    ratings: Mapping[str, Mapping[UUID, int]], agreed: Mapping[str, int]
) -> tuple[int, float | None, float | None]:
    """Return how many ratings were compared with the agreed grades, and which share was the same and within one."""
    apart = [abs(rank - agreed[item]) for item, rated in ratings.items() if item in agreed for rank in rated.values()]
    return len(apart), _share([one == 0 for one in apart]), _share([one <= 1 for one in apart])


def _why_no_alpha(items: Sequence[Mapping[UUID, Rating]]) -> str | None:
    if len(items) < 2:  # noqa: PLR2004 - with one item alpha compares it with itself
        return "fewer than two items were rated by at least two"
    if len({rank for rated in items for rank in rated.values()}) == 1:
        return "every rating is the same, so that there is no chance to correct for"
    return None


def _alpha(
    items: Sequence[Mapping[UUID, Rating]], raters: Sequence[UUID], scale: Sequence[Rating], level: Level
) -> float:
    """Return alpha: ranks and numbers are what they are, and of words it counts only that they differ."""
    if level is not Level.ORDINAL:
        scale = sorted({rating for rated in items for rating in rated.values()}, key=str)
    places = {rating: float(place if isinstance(rating, str) else rating) for place, rating in enumerate(scale)}
    table = [[places[rated[rater]] if rater in rated else nan for rated in items] for rater in raters]
    found = krippendorff.alpha(
        reliability_data=table, value_domain=sorted(places.values()), level_of_measurement=level.value
    )
    return round(float(found), 4)


def _share(held: Sequence[bool]) -> float | None:
    return round(sum(held) / len(held), 4) if held else None
