"""The consistency report of the QA unit: what is apart stays apart, and of a person only what enough cases say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from services.reporting.reports.consistency import Graded, report_of
from services.reporting.reports.figures import Count, Decimal, Report, Row, Table
from services.reporting.reports.windows import Rhythm
from tests.integration.reporting.reports.made_up import settings

WINDOW = Rhythm.of().parse("2026-06")
ANNA, BEA, CARA = (UUID(int=number) for number in (3, 2, 1))


def line(first: str, second: str, **more: Any) -> dict[str, Any]:
    return {
        "pool": True, "blind": False, "moderator_type": "internal", "moderated_because": "sample",
        "service": "early-help", "kind": "standard", "auditor_reference": ANNA, "moderator_reference": BEA,
        "first_grade": first, "second_grade": second, **more,
    }  # fmt: skip


def made(
    audits: Sequence[dict[str, Any]],
    pairs: Sequence[dict[str, Any]] = (),
    cohorts: Sequence[dict[str, Any]] = (),
    year: Sequence[dict[str, Any]] = (),
) -> Report:
    return report_of(settings(), WINDOW, Graded(audits, year, pairs, cohorts), provisional=False)


def rows_of(report: Report, table: str) -> dict[str, Row]:
    [found] = [
        block
        for section in report.sections
        for block in section.blocks
        if isinstance(block, Table) and block.id == table
    ]
    return {row.key: row for row in found.rows}


def figures(row: Row) -> dict[str, tuple[float | None, float | None, float | None]]:
    return {key: (cell.value, cell.low, cell.high) for key, cell in row.cells.items() if isinstance(cell, Decimal)}


def n_of(row: Row) -> int | None:
    cell = row.cells["n"]
    assert isinstance(cell, Count)
    return cell.value


FORTY = [*[line("good", "good")] * 24, *[line("good", "requires-improvement")] * 10, *[line("good", "inadequate")] * 6]


def test_figures_of_forty_cases_by_hand() -> None:
    """24 of 40 alike is 60%, Wilson 45 to 74; 34 within one is 85%; (10 + 12) steps lower over 40 cases is -0.55."""
    found = figures(rows_of(made(FORTY), "moderators")["all"])
    assert {key: found[key] for key in ("exact", "within_one")} == {"exact": (60, 45, 74), "within_one": (85, 71, 93)}
    by_hand = {"difference": pytest.approx((-0.55, -0.78, -0.32))}
    assert {key: found[key] for key in by_hand} == by_hand
    # Auditors gave one grade throughout: agreement weighted is no more than chance, so kappa is 0 whatever moderators do.
    assert found["kappa"][0] == 0


def test_picked_cases_are_in_no_other_figure() -> None:
    picked = [line("inadequate", "inadequate", pool=False, moderated_because="inadequate")] * 30
    alone, both = made(FORTY), made([*FORTY, *picked])
    for table in ("moderators", "by-service", "by-kind"):
        assert rows_of(alone, table) == rows_of(both, table)
    assert n_of(rows_of(both, "picked")["inadequate"]) == 30
    assert figures(rows_of(both, "picked")["inadequate"])["exact"][0] == 100
    assert rows_of(alone, "picked") == {}


def test_blind_and_sighted_are_apart() -> None:
    blind = [line("good", "requires-improvement", blind=True)] * 12
    rows = rows_of(made([*FORTY, *blind]), "moderators")
    assert (n_of(rows["all"]), n_of(rows["blind"]), n_of(rows["sighted"])) == (52, 12, 40)
    assert figures(rows["blind"])["exact"][0] == 0
    assert figures(rows["blind"])["ac2"] == (None, None, None), "twelve are too few for a coefficient"


def test_from_outside_are_pairs_of_the_same_case_and_cohorts_that_both_audited() -> None:
    outside = [line("good", "good", moderator_type="external")] * 11
    pairs = [line("good", "requires-improvement")] * 15
    cohorts = [
        {"cycle": "2026-06", "service": "early-help", "external": False, "grade": "good", "audits": 30},
        {"cycle": "2026-06", "service": "early-help", "external": True, "grade": "good", "audits": 6},
        {"cycle": "2026-06", "service": "early-help", "external": True, "grade": "inadequate", "audits": 6},
        {"cycle": "2026-07", "service": "early-help", "external": False, "grade": "outstanding", "audits": 99},
    ]
    report = made([*FORTY, *outside], pairs, cohorts)
    rows = rows_of(report, "inside-and-outside")
    assert n_of(rows["auditors"]) == 11
    assert n_of(rows["moderators"]) == 15
    assert n_of(rows["moderators-sighted"]) == 15
    shared = rows_of(report, "cohorts")
    assert (n_of(shared["internal"]), n_of(shared["external"])) == (30, 12), "2026-07 had no audit from outside"
    assert figures(shared["external"])["good"][0] == 50


def test_a_person_is_listed_from_twenty_cases_of_the_pool_on_by_reference() -> None:
    year = [
        *[line("good", "good", auditor_reference=ANNA)] * 20,
        *[line("good", "inadequate", auditor_reference=BEA)] * 19,
        *[line("good", "inadequate", auditor_reference=BEA, pool=False)] * 9,
        *[line("good", "requires-improvement", auditor_reference=CARA)] * 25,
    ]
    report = made(FORTY, year=year)
    assert list(rows_of(report, "auditors")) == [str(CARA), str(ANNA)], "in the order of references, not of agreement"
    assert [n_of(row) for row in rows_of(report, "auditors").values()] == [25, 20]
    assert list(rows_of(report, "the-moderators")) == [str(BEA)]


@pytest.mark.parametrize(("n", "said"), [(0, False), (1, False), (9, False), (29, False), (40, True)])
def test_few_cases_give_words_and_no_figure(n: int, said: bool) -> None:
    report = made((FORTY * 2)[:n], year=[line("good", "good")] * n)
    assert bool(report.findings) is said
    if n == 0:
        assert report.empty
        assert report.sections == ()
        return
    found = figures(rows_of(report, "moderators")["all"])
    assert (found["exact"][0] is not None) is (n >= 10)
    assert (found["ac2"][0] is not None) is (n >= 30)
    assert "nan" not in report.model_dump_json().lower()
