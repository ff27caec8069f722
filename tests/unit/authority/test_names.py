"""An authority's own words for roles, levels and kinds of audit: read, used, and every fault told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.audit.app.audits.allocating import problems_of
from services.audit.domain.words import OrganisationPath
from services.reporting.reports.names import Names
from shared.authority.names import USUAL
from shared.authority.settings import AuthoritySettings, SettingsInvalid, load_authorities, parse_settings
from tests.unit.audit import builders as b

SAMPLE = Path(__file__).parents[3] / "infra" / "sample"
PLAIN = (SAMPLE / "authorities" / "saltmere-2.yaml").read_text(encoding="utf-8")
TEAM = OrganisationPath(area="north", district="riverside", team="riverside-1")


def named(more: str) -> AuthoritySettings:
    return parse_settings(b.settings_text("northmoor") + more, "northmoor.yaml")


def test_without_names_everything_is_called_as_usual() -> None:
    names = parse_settings(PLAIN, "saltmere.yaml").names
    said = [names.role(code) for code in ("team-manager", "qa-officer", "panel")]
    assert said == ["team manager", "QA officer", "panel"]
    assert [names.level("area"), names.level("district"), names.level("team")] == ["area", "district", "team"]
    assert (names.kind("case-file"), names.has_kind("anything")) == (None, True)


def test_the_sample_calls_a_team_manager_practice_lead_and_a_district_locality() -> None:
    names = load_authorities(SAMPLE / "ways").get("sallowdown").names
    assert (names.role("team-manager"), names.role("service-manager")) == ("Practice Lead", "service manager")
    assert (names.level("district"), names.level("team")) == ("locality", "team")
    assert (names.kind("case-file"), names.kind("sit-by")) == ("Practice conversation", None)


@pytest.mark.parametrize(
    ("word", "several"),
    [
        ("Practice Lead", "Practice Leads"),
        ("locality", "localities"),
        ("valley", "valleys"),
        ("patch", "patches"),
        ("Head of Service", "Heads of Service"),
        ("Deputy of the Director", "Deputies of the Director"),
    ],
)
def test_a_word_has_its_plural(word: str, several: str) -> None:
    assert USUAL.many(word) == several


def test_a_plural_is_what_the_authority_gives() -> None:
    names = named(
        "\nnames: {roles: {director: Person in Charge}, plurals: {Person in Charge: People in Charge}}\n"
    ).names
    assert names.say("{directors}, {districts}") == "People in Charge, districts"


def test_a_sentence_names_roles_and_levels_in_the_authoritys_words() -> None:
    asked = "{Districts}: {a district} has {a team-manager}; {A qa-officer} asks the {assistant-director}. {report}"
    usual = "Districts: a district has a team manager; A QA officer asks the assistant director. {report}"
    own = "Localities: a locality has a Practice Lead; A QA officer asks the assistant director. {report}"
    assert USUAL.say(asked) == usual
    assert load_authorities(SAMPLE / "ways").get("sallowdown").names.say(asked) == own


@pytest.mark.parametrize(
    ("word", "with_article"),
    [("Area Lead", "an Area Lead"), ("unit", "a unit"), ("IRO", "an IRO"), ("SM", "an SM"), ("hub", "a hub")],
)
def test_the_article_fits_the_word(word: str, with_article: str) -> None:
    names = named(f"\nnames: {{units: {{team: {word}}}}}\n").names
    assert names.say("{a team}") == with_article


def test_a_kind_that_is_not_in_use_is_refused_with_the_list() -> None:
    settings = named("\nnames: {kinds: [{key: dip-sample, name: Dip sample}, {key: re-audit, name: Second look}]}\n")
    told = [(one.place, one.way_out) for one in problems_of(settings, TEAM, None, "case-file", b.tool())]
    assert ("kind", "Give one of: dip-sample, re-audit.") in told


@pytest.mark.parametrize("more", ["", "\nnames: {kinds: [{key: case-file, name: Practice conversation}]}\n"])
def test_a_kind_in_use_and_every_kind_where_none_is_named_are_taken(more: str) -> None:
    assert [one for one in problems_of(named(more), TEAM, None, "case-file", b.tool()) if one.place == "kind"] == []


def test_every_fault_of_the_names_is_told_at_once_at_its_place() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        named(
            """
names:
  colours: {red: blue}
  roles: {boss: Chief, team-manager: ""}
  units: {county: shire, district: [locality]}
  plurals: {shire: shires, valley: valleys}
  kinds:
    - {key: case-file, name: Practice conversation}
    - {key: case-file, name: Again}
    - {key: No Code, name: Dip}
    - {key: dip-sample}
"""
        )
    places = {line.split(": ")[0].removeprefix("northmoor.yaml, ") for line in str(refused.value).splitlines()}
    assert places == {
        "names/colours",
        "names/roles/boss/[key]",
        "names/roles/team-manager",
        "names/units/county",
        "names/units/district",
        "names/plurals/valley",
        "names/kinds/2/key",
        "names/kinds/3/key",
        "names/kinds/4/name",
    }


def test_a_report_calls_a_kind_of_audit_by_the_authoritys_own_name() -> None:
    names = Names(load_authorities(SAMPLE / "ways").get("sallowdown"))
    assert names.of("kind", "case-file") == "Practice conversation"
    assert names.of("kind", "sit-by") == "Sit by"
