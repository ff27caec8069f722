"""Reports in an authority's own words, Sallowdown's locality among them, and published ones that keep theirs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from services.reporting.facts.live import read_facts
from services.reporting.publications import storing
from services.reporting.publications.verifying import Outcome, Verdict, verify
from services.reporting.reports.own_words import as_printed
from shared.authority.names import Names
from shared.authority.settings import Authorities, AuthoritySettings
from shared.eventstore.database import open_pool
from shared.eventstore.postgres import PostgresEventStore
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.test_publishing import WINDOW, Office, office

__all__ = ["office"]
pytestmark = pytest.mark.stack

SALLOWDOWN = Path(__file__).parents[4] / "infra" / "sample" / "ways" / "sallowdown.yaml"
NAMES = Names.model_validate(
    {
        "roles": yaml.safe_load(SALLOWDOWN.read_text("utf-8"))["names"]["roles"] | {"auditor": "Reader"},
        "units": {"district": "locality", "team": "hub"},
    }
)
OTHERS = re.compile(r"\b(districts?|teams?|auditors?|qa managers?|qa-manager|team-manager)\b|[{}]", re.IGNORECASE)
plain = made_up.settings


def own(key: str = "westshire", name: str = "Westshire County Council") -> AuthoritySettings:
    return plain(key, name).model_copy(update={"names": NAMES})


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The office is opened with the authority's own words, before it is made."""
    monkeypatch.setattr(made_up, "settings", own)


async def page(office: Office, path: str, role: str = "qa-manager", **query: str) -> str:
    answer = await office.client(role).get(path, params=query, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


async def verdict(office: Office, settings: AuthoritySettings) -> Verdict:
    pool = await open_pool(office.dsn, size=2)
    try:
        async with read_facts(pool) as facts:
            store, [one] = PostgresEventStore(pool), await storing.versions(facts, settings.key, WINDOW)
            return await verify(facts, store, Authorities([settings]), settings.key, one)
    finally:
        await pool.close()


async def test_pages_and_files_say_the_authoritys_words_and_no_other(office: Office) -> None:
    of_window = {"authority": "westshire", "window": WINDOW}
    report = await page(office, "/reports/triannual", **of_window)
    assert "Area and locality" in report
    assert "Hubs with and without a completed audit" in report
    assert "Grade given by the Reader (rows) against grade given by the moderator (columns)" in report
    assert "Localities" in await page(office, "/boards/quality", **of_window)
    assert "Signed in as Quality Lead" in await page(office, "/")
    for path in ("/reports/triannual", "/boards/quality"):
        assert OTHERS.findall(await page(office, path, **of_window)) == []
    assert OTHERS.findall(await page(office, "/measures")) == []
    file = await office.client("qa-manager").get(
        "/reports/triannual.csv", params=of_window | {"table": "teams-covered"}
    )
    assert file.text.splitlines()[0].endswith("key,Area,Hubs,With an audit,Without an audit")


async def test_a_published_report_keeps_its_words_and_is_equal_whatever_the_settings_say_since(office: Office) -> None:
    assert (await office.publish()).status_code == 201
    for settings in (own(), plain()):
        found = await verdict(office, settings)
        assert (found.outcome, found.because) == (Outcome.EQUAL, ())
    published = await page(office, "/reports/triannual", "director", authority="westshire", window=WINDOW)
    assert "Area and locality" in published


async def test_one_of_before_words_were_kept_is_made_again_in_the_usual_ones(office: Office) -> None:
    assert (await office.publish()).status_code == 201
    pool = await open_pool(office.dsn, size=2)
    async with read_facts(pool) as facts:
        [one] = await storing.versions(facts, "westshire", WINDOW)
        report = await storing.content(facts, "westshire", one)
    await pool.close()
    assert as_printed(plain(), report).names == NAMES
    assert as_printed(own(), report.model_copy(update={"words": None})).names == Names()
