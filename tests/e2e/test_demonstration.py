"""`sightline demo` as a newcomer runs it: from nothing to reports that count what the generator knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from infra.sample.demonstration import LARGE, SMALL, Wanted, plans
from shared.web.principal import Role
from shared.web.settings import local_issuer, local_sign_in
from tests.support.installation import Installation, installation
from tests.support.reports import compare_consistency_with_truth, compare_parenting_with_truth, compare_with_truth

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

WANTED = Wanted(seed=5, as_of=date(2026, 11, 20), audits=500)


@pytest.fixture(scope="module")
def home() -> Iterator[Installation]:
    with installation() as made:
        yield made


def test_it_loads_a_year_and_its_report_counts_what_the_plan_counts(home: Installation) -> None:
    said = home.run("demo", "--once", "--json", "--audits", "500", "--seed", "5", "--as-of", "2026-11-20", within=400)
    assert said.returncode == 0, said.stderr
    document = json.loads(said.stdout[said.stdout.index("{") :])
    compare_with_truth(document["figures"], plans(WANTED)[0], at_least=40)
    assert document["figures"]["report"]["findings"]
    assert all(len(link) < 100 and "/sign-in?code=" in link for link in document["reports"].values())
    assert home.processes() == []


def test_started_again_it_is_the_same_report_for_every_window_and_authority(home: Installation) -> None:
    home.up(only="")
    reporting = home.state().parts["reporting"].address
    issuer = local_issuer(home.home.root)
    for year, at_least in zip(plans(WANTED), (40, 3), strict=True):
        for window in ("2026-02", "2026-06"):

            def report(path: str, authority: str = year.authority, window: str = window) -> Any:
                answer = httpx.get(
                    f"{reporting}/{path}.json",
                    params={"authority": authority, "window": window},
                    headers={"Authorization": f"Bearer {issuer.issue(Role.QA_MANAGER, authority)}"},
                    timeout=30,
                    trust_env=False,
                )
                return answer.raise_for_status().json()

            compare_with_truth(report("reports/triannual"), year, at_least=at_least)
            compare_consistency_with_truth(report("reports/consistency"), year)
            compare_parenting_with_truth(report("boards/corporate-parenting"), year, at_least=at_least // 2)


def test_its_moderation_queue_is_alive(home: Installation) -> None:
    """What the year left is with a moderator, and what is beyond their capacity waits, in both authorities."""
    if "audit" not in home.state().parts:
        home.up(only="")
    audit, issuer = home.state().parts["audit"].address, local_issuer(home.home.root)

    def seen(path: str, key: str) -> Any:
        headers = {"Authorization": f"Bearer {issuer.issue(Role.QA_MANAGER, key)}"}
        return httpx.get(f"{audit}/v1/{path}", headers=headers, timeout=30, trust_env=False).raise_for_status().json()

    queue = seen("moderation-queue", LARGE)
    assert {one["why"] for one in queue["moderations"]} <= {"no-capacity", "no-independent-moderator"}
    given = [seen("moderation-queue?standing=assigned", key)["moderations"] for key in (LARGE, SMALL)]
    assert all(given)
    moderators = seen("moderators/load?limit=500", LARGE)["moderators"]
    assert any(one["done"] for one in moderators)
    assert all(one["assigned"] == 0 or one["assigned"] + one["done"] <= one["capacity"] for one in moderators)


def test_a_link_signs_a_reader_in_and_shows_nothing_of_another_authority(home: Installation) -> None:
    if "reporting" not in home.state().parts:
        home.up(only="")
    reporting = home.state().parts["reporting"].address
    link = local_sign_in(home.home.root).link(reporting, Role.DIRECTOR, SMALL, f"/reports/triannual?authority={SMALL}")
    with httpx.Client(follow_redirects=True, trust_env=False, timeout=30) as browser:
        page = browser.get(link, headers={"Accept": "text/html"})
        assert page.status_code == httpx.codes.OK
        assert "Saltmere" in page.text
        assert "Published on" in page.text
        assert "Northmoor" not in page.text
        other = browser.get(f"{reporting}/reports/triannual", params={"authority": LARGE})
        assert other.status_code == httpx.codes.NOT_FOUND


def test_asked_again_it_loads_nothing_twice(home: Installation) -> None:
    home.run("down")
    again = home.run("demo", "--once", within=200)
    assert again.returncode == 0, again.stderr
    assert "is loaded already" in again.stdout
