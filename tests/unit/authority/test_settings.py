from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from shared.authority.settings import (
    Authorities,
    AuthoritySettings,
    SettingsInvalid,
    UnknownAuthority,
    load_authorities,
    parse_settings,
)
from shared.web.principal import Role

SAMPLES = Path(__file__).parents[3] / "infra" / "sample" / "authorities"
SMALL = (SAMPLES / "saltmere-2.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def samples() -> Authorities:
    return load_authorities(SAMPLES)


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    raw = yaml.safe_load(SMALL)
    change(raw)
    return yaml.safe_dump(raw)


def test_the_large_sample_is_of_the_size_the_domain_speaks_of(samples: Authorities) -> None:
    large = samples.get("northmoor")
    assert len(large.areas) == 4
    assert sum(len(area.districts) for area in large.areas) == 12
    assert 95 <= len(large.units) <= 110
    assert {unit.service for unit in large.units.values()} == {service.key for service in large.services}


def test_the_small_sample_has_two_versions_and_the_date_chooses(samples: Authorities) -> None:
    assert samples.get("saltmere", date(2026, 3, 31)).version == 1
    assert samples.get("saltmere", date(2026, 4, 1)).version == 2
    assert samples.get("saltmere").version == 2
    assert samples.version("saltmere", 1).moderation.share == "all"
    assert samples.get("saltmere").moderation.share == "rules"
    assert len(samples.get("saltmere").units) == 8


def test_no_person_in_the_samples_has_a_name() -> None:
    for file in SAMPLES.glob("*.yaml"):
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert raw["people"]
        for person in raw["people"]:
            assert {"role", "person", "units"} <= set(person) <= {"role", "person", "units", "capacity"}
            assert re.fullmatch(r"[0-9a-f-]{36}", person["person"])


def test_an_authority_that_is_not_there(samples: Authorities) -> None:
    with pytest.raises(UnknownAuthority, match="known are: northmoor, saltmere"):
        samples.get("elsewhere")
    with pytest.raises(UnknownAuthority, match="2023-12-31"):
        samples.get("saltmere", date(2023, 12, 31))
    with pytest.raises(UnknownAuthority, match="no version 3"):
        samples.version("saltmere", 3)
    assert "northmoor" in samples
    assert "elsewhere" not in samples


def test_a_team_is_found_by_its_path(samples: Authorities) -> None:
    large = samples.get("northmoor")
    unit = large.unit(("north", "riverside", "riverside-assessment"))
    assert unit is not None
    assert (unit.name, unit.service, unit.district_name) == (
        "Riverside Assessment",
        "childrens-social-work",
        "Riverside",
    )
    assert large.unit(("north", "riverside")) is None
    assert large.unit(("north", "hartsmoor", "riverside-assessment")) is None


def test_the_people_of_a_role_are_the_team_s_own_before_the_authority_s() -> None:
    def add(raw: dict[str, Any]) -> None:
        raw["people"] = [one for one in raw["people"] if one["role"] not in {"service-manager", "director"}] + [
            {"role": "service-manager", "person": "00000000-0000-4000-8000-000000000001", "units": ["*"]},
            {
                "role": "service-manager",
                "person": "00000000-0000-4000-8000-000000000002",
                "units": ["saltmere/harbour"],
            },
            {"role": "service-manager", "person": "00000000-0000-4000-8000-000000000003", "units": ["saltmere/upland"]},
            {"role": "director", "person": "00000000-0000-4000-8000-000000000004", "units": ["*"]},
        ]

    made = parse_settings(changed(add), "test.yaml")
    found = made.people_in(Role.SERVICE_MANAGER, ("saltmere", "harbour", "harbour-assessment"))
    assert [str(one)[-1] for one in found] == ["2", "1"]
    assert made.people_in(Role.ANALYST) == []


def test_closures_reach_the_calendar(samples: Authorities) -> None:
    raised = datetime(2026, 12, 23, 16, 40, tzinfo=ZoneInfo("Europe/London"))
    small, large = samples.get("saltmere").calendar(), samples.get("northmoor").calendar()
    assert small.due(raised, 1).due_on == date(2026, 12, 29)  # closed on Christmas Eve
    assert large.due(raised, 2).due_on == date(2027, 1, 4)  # closed from 29 to 31 December
    assert small.version != large.version


def _drop(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw.pop(name)


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(raw: dict[str, Any]) -> None:
        *parents, last = path.split("/")
        at: Any = raw
        for parent in parents:
            at = at[int(parent)] if parent.isdigit() else at[parent]
        at[last] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_drop("moderation"), "test.yaml, moderation: this is missing. Add it."),
        (_set("colour", "blue"), "test.yaml, colour: this is not known."),
        (_set("escalation/clock_days/safeguarding", 0), "escalation/clock_days/safeguarding: input should be greater"),
        (_set("escalation/triggers/grades", ["poor"]), "escalation/triggers/grades/1: input should be 'outstanding'"),
        (_set("escalation/told/raised", ["boss"]), "escalation/told/raised/1: input should be 'auditor'"),
        (_set("moderation/share", "sample"), "share: sample needs a sample_rate"),
        (_set("moderation", {"share": "rules"}), "share: rules needs at least one rule"),
        (_set("areas/0/districts/0/teams/0/service", "fishing"), "names the service fishing"),
        (
            _set("areas/0/districts/0/teams/1/key", "harbour-assessment"),
            "the team in saltmere/harbour harbour-assessment is there twice",
        ),
        (
            _set("people/0/units", ["saltmere/nowhere"]),
            "people/1/units/1: saltmere/nowhere is no area, district or team",
        ),
        (_set("people/0/person", "Jane Example"), "people/1/person: input should be a valid UUID"),
        (_set("calendar/closures/0/to", "2025-12-01"), "lies before its `from`"),
        (_set("reporting/window_months", 5), "reporting/window_months"),
        (_set("reporting/targets", [{"figure": "agreement"}]), "at_least or at_most"),
        (_set("key", "Salt Mere"), "test.yaml, key:"),
        (_set("recommendations/categories", []), "recommendations/categories"),
    ],
)
def test_a_mistake_is_said_with_its_place(change: Callable[[dict[str, Any]], object], sentence: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        parse_settings(changed(change), "test.yaml")
    assert sentence in str(refusal.value)
    assert "Jane" not in str(refusal.value)


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    def two(raw: dict[str, Any]) -> None:
        raw.pop("name")
        raw["colour"] = "blue"

    (tmp_path / "a.yaml").write_text(changed(two))
    (tmp_path / "b.yaml").write_text("key: [")
    (tmp_path / "c.yaml").write_text("")
    (tmp_path / "d.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsInvalid) as refusal:
        load_authorities(tmp_path)
    lines = str(refusal.value).splitlines()
    assert len(lines) == 5
    assert [line.split(",")[0].split(" ")[0] for line in lines] == ["a.yaml", "a.yaml", "b.yaml", "c.yaml", "d.yaml"]


def test_a_folder_without_documents(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="SIGHTLINE_AUTHORITIES"):
        load_authorities(tmp_path / "none")


def test_the_same_version_in_two_files(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SMALL)
    with pytest.raises(SettingsInvalid, match="version 2 in two files"):
        load_authorities(tmp_path)


def test_defaults_are_those_of_the_source() -> None:
    """Appendix E's two clocks, the windows of the triannual report, counts up to 5 suppressed."""
    raw = yaml.safe_load(SMALL)
    for name in ("escalation", "reporting", "calendar", "audit"):
        raw.pop(name)
    made = AuthoritySettings.model_validate(raw)
    assert (made.escalation.clock_days.safeguarding, made.escalation.clock_days.practice) == (1, 5)
    assert made.escalation.triggers.grades == ("inadequate",)
    assert made.escalation.triggers.concerns == ("practice", "safeguarding")
    assert (made.reporting.window_start_month, made.reporting.window_months) == (10, 4)
    assert made.reporting.suppression_threshold == 5
    assert Role.PRINCIPAL_SOCIAL_WORKER in made.escalation.told.raised
    assert Role.ASSISTANT_DIRECTOR in made.escalation.told.signed_off
