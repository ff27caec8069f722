"""The version of an exercise that its writer has seen: whoever is shown no other's grade cannot count them either."""

from __future__ import annotations

from uuid import UUID

import pytest

from services.audit.domain.calibration.exercise import CalibrationCommand, Reader, Seen
from services.audit.domain.seeing import SeenOtherwise
from tests.unit.audit.test_calibration import ANN, BEN, CAT, after, close, grade, open_

QA = UUID(int=99)
OPEN = open_(auditors=(ANN, BEN, CAT))


def by_ann(version: int) -> Seen:
    return Seen(Reader(ANN, runs=False), version)


def by_qa(version: int) -> Seen:
    return Seen(Reader(QA, runs=True), version)


@pytest.mark.parametrize(
    ("told", "own", "others", "qa"),
    [
        ((), 0, 0, 0),
        ((OPEN,), 1, 1, 1),
        ((OPEN, grade(BEN)), 1, 1, 2),
        ((OPEN, grade(BEN), grade(CAT)), 1, 1, 3),
        ((OPEN, grade(BEN), grade(CAT), grade(ANN)), 2, 1, 4),
        ((OPEN, grade(BEN), grade(ANN), close()), 3, 2, 4),
    ],
)
def test_each_reader_counts_what_they_are_shown(
    told: tuple[CalibrationCommand, ...], own: int, others: int, qa: int
) -> None:
    state = after(*told).state
    assert state.version_for(Reader(ANN, runs=False)) == own
    assert state.version_for(Reader(UUID(int=77), runs=False)) == others
    assert state.version_for(Reader(QA, runs=True)) == qa


def test_one_of_the_qa_unit_who_is_still_to_grade_counts_no_other() -> None:
    ann = Reader(ANN, runs=True)
    assert after(OPEN, grade(BEN), grade(CAT)).state.version_for(ann) == 1
    assert after(OPEN, grade(BEN), grade(CAT), grade(ANN)).state.version_for(ann) == 4


def test_others_blind_grades_stand_in_nobody_s_way() -> None:
    [graded] = after(OPEN, grade(BEN), grade(CAT)).when(grade(seen=by_ann(1))).then_events()
    assert graded.by == grade().by


def test_a_grade_for_an_exercise_that_was_closed_since_is_refused_by_its_version() -> None:
    refused = after(OPEN, grade(BEN), grade(CAT), close()).when(grade(seen=by_ann(1))).refused(SeenOtherwise)
    assert (refused.seen, refused.now) == (1, 2)


def test_an_exercise_is_closed_on_the_grades_that_were_seen() -> None:
    graded = after(OPEN, grade(ANN), grade(BEN))
    graded.when(close(seen=by_qa(3))).then_events()
    refused = graded.when(close(seen=by_qa(2))).refused(SeenOtherwise)
    assert (refused.seen, refused.now) == (2, 3)
    graded.when(close(seen=by_qa(4))).refused(SeenOtherwise)


def test_of_what_happened_a_blind_grade_is_its_giver_s_alone() -> None:
    state, ben = after(OPEN, grade(BEN)).state, after(OPEN, grade(BEN)).state.graded[BEN]
    shown = [state.shows(Reader(person, runs), ben) for person, runs in ((BEN, False), (ANN, False), (QA, True))]
    assert shown == [True, False, True]
    assert not state.shows(Reader(CAT, runs=True), ben)  # still to grade
