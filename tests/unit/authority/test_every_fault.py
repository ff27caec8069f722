"""A settings document with many faults has all of them said at once, each at its place: none hides another."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.authority.settings import SettingsInvalid, parse_settings

DOCUMENT = """
key: saltmere
name: Saltmere Council
name: Saltmere Borough Council          # 1: twice
version: 0                              # 2: versions begin with 1
valid_from: 2026-02-30                  # 3: no such day
colour: blue                            # 4: not known
services:
  - {key: childrens-social-work, name: "Children's social work"}
  - {key: childrens-social-work, name: "Children's social work again"}    # 5: twice
areas:
  - key: saltmere
    name: Saltmere
    districts:
      - key: harbour                    # 6: no name
        teams:
          - {key: harbour-assessment, name: Harbour Assessment, service: childrens-social-work}
          - {key: harbour-assessment, name: Harbour Assessment 2, service: fishing}    # 7, 8: twice, and no such service
          - {key: "Harbour 3", name: Harbour 3, service: childrens-social-work}        # 9: no key
people:
  - {role: boss, person: 6513270e-269e-4d37-b2a7-4de452e6b438}                         # 10: no such role
  - {role: auditor, person: Jane Example, capacity: 3, units: [saltmere/nowhere]}      # 11, 12, 13
moderation:
  share: sample                         # 14: without a rate
  stratify_by: [area, area]             # 15: twice
  within_days: soon                     # 16: no number
  stratum_rates: [{of: {service: fishing}, sample_rate: 0}]    # 17, 18: not stratified by it, and no such service
calendar: {closures: [{from: 2025-12-29, to: 2025-12-01, why: Winter}]}    # 19: ends before it begins
reporting:
  window_months: 5                      # 20, 21: no such length, and named windows beside it
  windows:
    - {name: Q1, months: [4, 5, 6]}
    - {name: Q1, months: [6, 8, 13]}    # 22 to 25: name twice, June twice, not in a row, no month
                                        # 26: months in no window; 27: recommendations are missing
"""
EVERY_FAULT = """
line 4: name is there twice. Take one of them out.
version: input should be greater than or equal to 1.
valid_from: input should be a valid date
colour: this is not known. Check the spelling, or take it out.
services/2/key: the service childrens-social-work is there twice.
areas/1/districts/1/name: this is missing. Add it.
areas/1/districts/1/teams/2/key: the team in saltmere/harbour harbour-assessment is there twice.
areas/1/districts/1/teams/2/service: the team saltmere/harbour/harbour-assessment names the service fishing,
areas/1/districts/1/teams/3/key: string should match pattern
people/1/role: input should be
people/2/person: input should be a valid UUID
people/2/capacity: only a moderator has a capacity; take it out.
people/2/units/1: saltmere/nowhere is no area, district or team of the document.
moderation: share: sample needs a sample_rate above 0 and up to 1.
moderation/stratify_by/2: the name area is there twice.
moderation/within_days: input should be a valid integer
moderation/stratum_rates/1/of: the rate is of a service, which is not under stratify_by.
moderation/stratum_rates/1/of: the rate is of the service fishing, which is not there.
calendar/closures/1: a closure's `to` lies before its `from`.
reporting/window_months: input should be 1, 2, 3, 4, 6 or 12.
reporting/window_months: the windows are named under windows; take this out.
reporting/windows/2/name: the window Q1 is there twice.
reporting/windows/2/months: June is in Q1 too; a month is in one window.
reporting/windows/2/months: the months do not follow each other; name each after the one before.
reporting/windows/2/months/3: input should be less than or equal to 12.
reporting/windows: January, February, March, July, September, October, November, December are in no window.
recommendations: this is missing. Add it.
""".strip().splitlines()


def test_a_document_with_twenty_seven_faults_has_each_of_them_said_at_its_place() -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        parse_settings(DOCUMENT, "salt.yaml")
    said = [line.removeprefix("salt.yaml, ") for line in str(refusal.value).splitlines()]
    said = [line for line in said if not line.startswith("people: ")]  # roles that nobody fills are another matter
    for fault in EVERY_FAULT:
        assert [line for line in said if line.startswith(fault)], f"{fault}\n---\n{refusal.value}"
    assert len(said) == len(EVERY_FAULT), refusal.value
    assert "Jane" not in str(refusal.value)


SMALL = (Path(__file__).parents[3] / "infra" / "sample" / "authorities" / "saltmere-2.yaml").read_text(encoding="utf-8")
EVEN = "  window_start_month: 10\n  window_months: 4\n"


def with_windows(*windows: str) -> str:
    assert EVEN in SMALL
    return SMALL.replace(EVEN, "  windows:\n" + "".join(f"    - {one}\n" for one in windows))


def test_windows_of_any_length_make_up_a_year() -> None:
    made = parse_settings(
        with_windows(
            "{name: Q4, months: [1, 2, 3]}",
            "{name: Q1, months: [4, 5, 6]}",
            "{name: Q2 and Q3, months: [7, 8, 9, 10, 11, 12]}",
        ),
        "salt.yaml",
    )
    assert [(one.name, len(one.months)) for one in made.reporting.windows] == [("Q4", 3), ("Q1", 3), ("Q2 and Q3", 6)]
    over_new_year = with_windows(
        "{name: Winter, months: [11, 12, 1, 2]}", "{name: Rest, months: [3, 4, 5, 6, 7, 8, 9, 10]}"
    )
    assert len(parse_settings(over_new_year, "salt.yaml").reporting.windows) == 2


def test_a_year_with_a_hole_is_no_year() -> None:
    with pytest.raises(SettingsInvalid, match="reporting/windows: August is in no window"):
        parse_settings(
            with_windows("{name: A, months: [1, 2, 3, 4, 5, 6, 7]}", "{name: B, months: [9, 10, 11, 12]}"), "salt.yaml"
        )


def test_a_year_without_a_month_for_audits_is_said() -> None:
    usual = "  due_days: 35\n"
    assert usual in SMALL
    for months, sentence in (
        (list(range(1, 13)), "audit/blackout_months: no month is left for audits"),
        ([8, 8], "audit/blackout_months/2: the month 8 is there twice"),
    ):
        with pytest.raises(SettingsInvalid, match=sentence):
            parse_settings(SMALL.replace(usual, f"{usual}  blackout_months: {months}\n"), "salt.yaml")


def test_a_category_that_stands_twice_is_said_beside_every_other_fault() -> None:
    categories = (
        "recommendations:\n  categories:\n    - {key: recording, name: Recording, due_days: 28}\n"
        "    - {key: recording, name: Again, due_days: soon}\n    - {key: recording, name: Once more, due_days: 7}\n"
    )
    with pytest.raises(SettingsInvalid) as refusal:
        parse_settings(DOCUMENT + categories, "salt.yaml")
    said = [line.removeprefix("salt.yaml, ") for line in str(refusal.value).splitlines()]
    assert all(any(line.startswith(one) for line in said) for one in EVERY_FAULT[:-1])
    assert [line for line in said if line.startswith("recommendations")] == [
        "recommendations/categories/2/due_days: input should be a valid integer, unable to parse string as an integer.",
        "recommendations/categories/2/key: the category recording is there twice.",
        "recommendations/categories/3/key: the category recording is there twice.",
    ]
