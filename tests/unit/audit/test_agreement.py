"""Agreement of many raters: expected values from Krippendorff's own published example, and percentages by hand."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.audit.app.calibration.agreement import GRADES, Level, agreement_of, with_agreed

A, B, C, D = (UUID(int=n) for n in range(1, 5))

# K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section D: four observers, twelve units, values
# 1 to 5, missing data. The paper gives 0.815 for ordinal data, where nominal data gives 0.743 and interval data 0.849.
PUBLISHED: dict[UUID, tuple[int | None, ...]] = {
    A: (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    B: (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    C: (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    D: (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
}


def by_item(table: dict[UUID, tuple[int | None, ...]]) -> dict[str, dict[UUID, int]]:
    count = len(next(iter(table.values())))
    return {
        str(unit): {rater: rank for rater, row in table.items() if (rank := row[unit]) is not None}
        for unit in range(count)
    }


def test_alpha_is_the_published_one_for_ordinal_data() -> None:
    found = agreement_of(by_item(PUBLISHED), scale=(1, 2, 3, 4, 5))
    assert found.alpha == pytest.approx(0.815, abs=0.0005)
    assert (found.raters, found.items) == (4, 11)  # the twelfth unit has one rater: nothing to agree with
    assert found.why_no_alpha is None


@pytest.mark.parametrize(
    ("level", "published"), [(Level.ORDINAL, 0.815), (Level.NOMINAL, 0.743), (Level.INTERVAL, 0.849)]
)
def test_alpha_is_the_published_one_for_each_level(level: Level, published: float) -> None:
    found = agreement_of(by_item(PUBLISHED), scale=(1, 2, 3, 4, 5), level=level)
    assert found.alpha == pytest.approx(published, abs=0.0005)
    assert (found.within_one is None) is (level is not Level.ORDINAL)


def test_alpha_of_words_counts_only_that_they_differ() -> None:
    words = {item: {who: "pqrst"[rank - 1] for who, rank in each.items()} for item, each in by_item(PUBLISHED).items()}
    other = {item: {who: "tpsqr"[rank - 1] for who, rank in each.items()} for item, each in by_item(PUBLISHED).items()}
    for ratings in (words, other):
        assert agreement_of(ratings, level=Level.NOMINAL).alpha == pytest.approx(0.743, abs=0.0005)


def test_alpha_of_an_ordered_scale_goes_by_the_order_of_its_points_alone() -> None:
    points = {1: 0, 2: 1, 3: 5, 4: 7, 5: 10}
    moved = {item: {who: points[rank] for who, rank in each.items()} for item, each in by_item(PUBLISHED).items()}
    assert agreement_of(moved, scale=tuple(points.values())).alpha == pytest.approx(0.815, abs=0.0005)


def test_percentages_count_pairs_of_raters() -> None:
    # one item good, good, requires improvement: of three pairs one is the same and all are within one
    # another good, inadequate: one pair, two apart
    ratings = {"overall": {A: 3, B: 3, C: 2}, "planning": {A: 3, B: 1}}
    found = agreement_of(ratings)
    assert (found.pairs, found.exact, found.within_one) == (4, 0.25, 0.75)


def test_complete_agreement_on_different_items_is_one() -> None:
    found = agreement_of({"overall": {A: 3, B: 3}, "planning": {A: 1, B: 1}, "safety": {A: 4, B: 4}})
    assert (found.alpha, found.exact, found.within_one) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("ratings", "why"),
    [
        ({}, "fewer than two items"),
        ({"overall": {A: 3, B: 2}}, "fewer than two items"),
        ({"overall": {A: 3, B: 2}, "planning": {A: 3}}, "fewer than two items"),
        ({"overall": {A: 3, B: 3}, "planning": {A: 3, B: 3}}, "every rating is the same"),
    ],
)
def test_alpha_is_left_out_where_it_means_nothing(ratings: dict[str, dict[UUID, int]], why: str) -> None:
    found = agreement_of(ratings)
    assert found.alpha is None
    assert (found.why_no_alpha or "").startswith(why)


def test_nobody_rated_nobody_agrees() -> None:
    found = agreement_of({})
    assert (found.raters, found.items, found.pairs, found.exact, found.within_one) == (0, 0, 0, None, None)


def test_ratings_against_the_agreed_grades() -> None:
    ratings = {"overall": {A: 3, B: 2, C: 1}, "planning": {A: 4}, "not agreed": {A: 1}}
    assert with_agreed(ratings, {"overall": 3, "planning": 4}) == (4, 0.5, 0.75)
    assert with_agreed(ratings, {}) == (0, None, None)


def test_the_scale_is_all_four_grades_in_order() -> None:
    assert GRADES == (1, 2, 3, 4)
