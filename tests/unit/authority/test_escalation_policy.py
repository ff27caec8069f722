"""The escalation policy as a document has it: Appendix E where it says nothing, and every hole told on start."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from shared.authority.escalation import ConsiderBy, EscalationPolicy, WorkingHours
from shared.authority.settings import SettingsInvalid, load_authorities, parse_settings
from shared.calendar.working_days import OffDay
from shared.web.principal import Role

SAMPLES = Path(__file__).parents[3] / "infra" / "sample"
SMALL = (SAMPLES / "authorities" / "saltmere-2.yaml").read_text(encoding="utf-8")
HARBOUR, UPLAND = "9531985d-5d9d-49f8-9818-e811892f902b", "36f675cc-81e7-4ef5-a8e2-5d940ed90475"
DIRECTOR = "6513270e-269e-4d37-b2a7-4de452e6b438"


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    raw = yaml.safe_load(SMALL)
    change(raw)
    return yaml.safe_dump(raw)


def refused(change: Callable[[dict[str, Any]], object]) -> str:
    with pytest.raises(SettingsInvalid) as refusal:
        parse_settings(changed(change), "test.yaml")
    return str(refusal.value)


def without(*roles: str) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw.update(people=[one for one in raw["people"] if one["role"] not in roles])


def escalating(**fields: Any) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw["escalation"].update(fields)


def covering(*lines: dict[str, Any]) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw.update(cover=list(lines))


def cover(person: str, by: str, first: str, last: str) -> dict[str, Any]:
    return {"person": person, "by": by, "from": date.fromisoformat(first), "to": date.fromisoformat(last)}


def test_what_is_shipped_is_appendix_e() -> None:
    policy = EscalationPolicy()
    assert (policy.clock_days.safeguarding, policy.clock_days.practice) == (1, 5)
    assert policy.clock_ends == "end-of-day"
    assert policy.raised_on_non_working_day is OffDay.DAY_ZERO
    assert policy.reckoning.hours is None
    assert not policy.safeguarding_raised_at_once
    assert policy.steps_required == ("discussion", "copy", "actions-discussed")
    assert policy.told.raised == (Role.SERVICE_MANAGER, Role.QA_MANAGER, Role.PRINCIPAL_SOCIAL_WORKER)
    # issue 5: safeguarding by the end of the same working day, practice by the end of the next; recorded the next day
    assert policy.consider.safeguarding is ConsiderBy.SAME_DAY
    assert policy.consider.practice is ConsiderBy.NEXT_WORKING_DAY
    assert policy.record_within_working_days == 1


def test_the_large_sample_spells_out_what_is_the_default() -> None:
    spelt = load_authorities(SAMPLES / "authorities").get("northmoor").escalation
    assert spelt == EscalationPolicy()


def test_a_district_without_a_service_manager_is_a_hole() -> None:
    def one(raw: dict[str, Any]) -> None:
        raw["people"] = [person for person in raw["people"] if person["person"] != UPLAND]

    sentence = (
        "the district saltmere/upland has no service-manager, and its audit escalations are received and signed off by"
    )
    assert refused(one).splitlines() == [f"test.yaml, people: {sentence} one: name one."]


def test_every_hole_is_told_at_once_also_beside_other_faults() -> None:
    def bad(raw: dict[str, Any]) -> None:
        without("service-manager", "assistant-director", "director")(raw)
        raw["people"].append({"role": "director", "person": DIRECTOR, "units": ["saltmere/harbour"]})
        raw["colour"] = "blue"

    lines = refused(bad).splitlines()
    assert [line for line in lines if "service-manager" in line and "harbour" in line]
    assert [line for line in lines if "service-manager" in line and "upland" in line]
    assert [line for line in lines if "nobody is assistant-director in the whole authority" in line]
    assert [line for line in lines if "the district saltmere/upland has no director" in line and "second_line" in line]
    assert [line for line in lines if "colour" in line]
    assert len(lines) == 5


@pytest.mark.parametrize("wrong", [{"clock_ends": "noon"}, {"clock_days": {"safeguarding": 6, "practice": 5}}])
def test_holes_are_told_in_the_same_round_as_what_is_wrong_with_the_escalation_part(wrong: dict[str, Any]) -> None:
    def bad(raw: dict[str, Any]) -> None:
        without("assistant-director", "director")(raw)
        raw["escalation"].update(wrong)

    lines = refused(bad).splitlines()
    assert [line for line in lines if next(iter(wrong)) in line]
    assert [line for line in lines if "nobody is assistant-director" in line and "escalation/told" in line]
    assert [line for line in lines if "nobody is director" in line and "escalation/second_line" in line]
    assert len(lines) == 3


def test_a_part_that_is_wrong_itself_makes_no_holes_of_its_usual_roles() -> None:
    def bad(raw: dict[str, Any]) -> None:
        without("director")(raw)
        raw["escalation"]["second_line"] = {"to": ["nobody-of-ours"]}

    (line,) = refused(bad).splitlines()
    assert "second_line" in line


def test_a_manager_of_one_team_is_not_the_district_s() -> None:
    def one(raw: dict[str, Any]) -> None:
        for person in raw["people"]:
            if person["person"] == UPLAND:
                person["units"] = ["saltmere/upland/leaving-care"]

    assert "saltmere/upland has no service-manager" in refused(one)


def test_a_document_that_names_nobody_is_all_holes() -> None:
    text = refused(lambda raw: raw.pop("people"))
    for role in ("director", "assistant-director", "qa-manager", "principal-social-worker"):
        assert f"nobody is {role} in the whole authority" in text
    assert text.count("has no service-manager") == 2


def test_a_role_that_is_told_needs_somebody_and_one_that_is_not_told_does_not() -> None:
    assert "qa-officer" in refused(escalating(chasers=[{"before": {"hours": 4}, "to": ["qa-officer"]}]))
    nobody = changed(lambda raw: (without("director")(raw), raw["escalation"].update(second_line=None)))
    assert parse_settings(nobody, "test.yaml").escalation.second_line is None


def test_a_team_without_a_manager_is_a_hole_where_team_managers_are_told() -> None:
    def one(raw: dict[str, Any]) -> None:
        raw["escalation"]["chasers"] = [{"before": {"hours": 4}, "to": ["team-manager"]}]
        raw["people"] = [one for one in raw["people"] if "saltmere/upland/leaving-care" not in one["units"]]

    assert "the team saltmere/upland/leaving-care has no team-manager, and escalation/chasers/1/to" in refused(one)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"consider": {"safeguarding": "next-working-day", "practice": "same-day"}}, "longer than practice"),
        ({"clock_days": {"safeguarding": 6, "practice": 5}}, "clock_days gives safeguarding longer than practice"),
        ({"working_hours": {"from": "17:00", "to": "09:00"}}, "before they begin"),
        ({"working_hours": {"from": "09:00Z", "to": "17:00Z"}}, "name no zone"),
        ({"clock_ends": "noon"}, "escalation/clock_ends"),
        ({"raised_on_non_working_day": "never"}, "escalation/raised_on_non_working_day"),
        ({"steps_required": ["tea"]}, "escalation/steps_required/1"),
        (
            {"chasers": [{"before": {"hours": 4, "working_days": 1}, "to": ["director"]}]},
            "either working_days or hours",
        ),
        ({"chasers": [{"before": {}, "to": ["director"]}]}, "either working_days or hours"),
        ({"chasers": [{"before": {"hours": 4}, "to": []}]}, "escalation/chasers/1/to"),
        ({"chasers": [{"before": {"hours": 4}, "to": ["director"]}] * 2}, "names one moment twice"),
        ({"second_line": {"to": ["boss"]}}, "escalation/second_line/to/1"),
        ({"not_required_reasons": ["Spoke to her"]}, "escalation/not_required_reasons/1"),
        ({"action_kinds": []}, "escalation/action_kinds"),
        ({"action_kinds": ["visit", "visit"]}, "a code stands twice under action_kinds"),
        ({"reclassification_reasons": ["Johnny Smith"]}, "escalation/reclassification_reasons/1"),
        ({"reopening_reasons": []}, "escalation/reopening_reasons"),
        ({"action_withdrawal_reasons": ["moved", "moved"]}, "a code stands twice under action_withdrawal_reasons"),
        ({"withdrawal_reasons": ["mistake", "mistake"]}, "a code stands twice under withdrawal_reasons"),
    ],
)
def test_a_policy_that_cannot_be_followed_is_said(fields: dict[str, Any], sentence: str) -> None:
    assert sentence in refused(escalating(**fields))


@pytest.mark.parametrize(
    "hours", ["{from: 9:00, to: 17:30}", '{from: "09:00", to: "17:30"}', "{from: 9:00:00, to: 17:30:00}"]
)
def test_hours_are_read_as_they_are_written_though_yaml_reads_numbers(hours: str) -> None:
    read = WorkingHours.model_validate(yaml.safe_load(hours))
    assert (read.opens, read.closes) == (time(9), time(17, 30))


def test_a_cover_takes_the_place_of_who_is_away_on_its_days_alone() -> None:
    made = parse_settings(changed(covering(cover(HARBOUR, UPLAND, "2026-12-21", "2027-01-03"))), "test.yaml")
    path = ("saltmere", "harbour")
    for day, told in (("2026-12-20", HARBOUR), ("2026-12-21", UPLAND), ("2027-01-03", UPLAND), ("2027-01-04", HARBOUR)):
        assert made.people_in(Role.SERVICE_MANAGER, path, date.fromisoformat(day)) == [UUID(told)]
    assert made.people_in(Role.SERVICE_MANAGER, path) == [UUID(HARBOUR)]
    christmas = date(2026, 12, 25)
    assert made.stands_in_for(UUID(UPLAND), Role.SERVICE_MANAGER, path, christmas) == UUID(HARBOUR)
    assert made.stands_in_for(UUID(UPLAND), Role.SERVICE_MANAGER, path, date(2027, 1, 4)) is None
    assert made.stands_in_for(UUID(UPLAND), Role.SERVICE_MANAGER, ("saltmere", "upland"), christmas) is None


def test_a_cover_may_be_covered_in_turn() -> None:
    lines = cover(HARBOUR, UPLAND, "2026-12-21", "2026-12-31"), cover(UPLAND, DIRECTOR, "2026-12-28", "2026-12-31")
    made = parse_settings(changed(covering(*lines)), "test.yaml")
    for day, told in ((27, UPLAND), (28, DIRECTOR)):
        found = made.people_in(Role.SERVICE_MANAGER, ("saltmere", "harbour"), date(2026, 12, day))
        assert found == [UUID(told)]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([cover(HARBOUR, HARBOUR, "2026-12-21", "2026-12-31")], "nobody stands in for themselves"),
        ([cover(HARBOUR, UPLAND, "2026-12-31", "2026-12-21")], "`to` lies before its `from`"),
        ([cover(HARBOUR, str(UUID(int=9)), "2026-12-21", "2026-12-31")], "cover/1/by: nobody under people"),
        (
            [cover(HARBOUR, UPLAND, "2026-12-21", "2026-12-31"), cover(HARBOUR, DIRECTOR, "2026-12-31", "2027-01-02")],
            "cover/2/person: cover 1 is of the same person",
        ),
        (
            [cover(HARBOUR, UPLAND, "2026-12-21", "2026-12-31"), cover(UPLAND, HARBOUR, "2026-12-30", "2027-01-02")],
            "stand in for each other",
        ),
    ],
)
def test_a_cover_that_leaves_nobody_there_is_refused(lines: list[dict[str, Any]], sentence: str) -> None:
    assert sentence in refused(covering(*lines))


def test_the_samples_have_no_hole() -> None:
    for folder in ("authorities", "ways"):
        assert load_authorities(SAMPLES / folder).keys


def test_every_setting_and_every_code_by_default_is_in_the_page_on_them() -> None:
    page = (SAMPLES.parents[1] / "docs" / "escalation-settings.md").read_text(encoding="utf-8")
    policy = EscalationPolicy()
    for name in EscalationPolicy.model_fields:
        assert f"`{name}`" in page
    for name in EscalationPolicy.model_fields:
        if name.endswith(("_reasons", "_kinds")):
            for code in getattr(policy, name):
                assert f"`{code}`" in page
