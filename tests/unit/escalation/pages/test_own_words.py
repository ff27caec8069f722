"""Pages and messages of audit escalations in an authority's own words: Sallowdown's Practice Lead and locality."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
import yaml

from services.escalation.app.notices import Kind
from services.escalation.app.wording import SAID, Letter, Links, Writer
from shared.authority.names import Names
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation import rig
from tests.unit.escalation.pages import scene
from tests.unit.escalation.pages.test_reading import read
from tests.unit.escalation.telling.made import notice

SALLOWDOWN = Path(__file__).parents[4] / "infra" / "sample" / "ways" / "sallowdown.yaml"
OWN: dict[str, Any] = yaml.safe_load(SALLOWDOWN.read_text("utf-8"))["names"]
OTHERS = re.compile(r"team[ -]managers?|qa[ -]managers?|\bdistricts?\b", re.IGNORECASE)
"""The codes and the usual words of what Sallowdown calls otherwise."""
PEOPLE = {
    "team manager": o.TEAM_MANAGER,
    "service manager": o.DSM,
    "QA officer": o.QA,
    "QA manager": o.QA_MANAGER,
    "assistant director": o.AD,
    "auditor": scene.FOUND_BY,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[o.Office]:
    names = json.dumps(OWN).replace("{", "{{").replace("}", "}}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rig, "DOCUMENT", f"{rig.DOCUMENT}\nnames: {names}\n")
        async with scene.opened(tmp_path_factory.mktemp("keys")) as one:
            yield one


@pytest.mark.asyncio(loop_scope="module")
async def test_the_desk_calls_levels_and_roles_as_the_authority_does(office: o.Office) -> None:
    page = await read(office, o.DSM, "/")
    assert "Locality by locality" in page
    assert "Audit escalations by locality Locality Open Due today" in page
    assert "Practice Lead Riverside Assessment" in page  # whom it waits for


@pytest.mark.asyncio(loop_scope="module")
async def test_one_audit_escalation_is_told_in_the_authoritys_words(office: o.Office) -> None:
    page = await read(office, o.QA_MANAGER, f"/escalations/{scene.CLOSED}")
    assert "sent to the service manager, Quality Lead and principal social worker" in page
    assert "Actions discussed with practitioner and Practice Lead" in page
    assert "Completed on Monday 12 January 2026 by Practice Lead" in page


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("who", PEOPLE)
async def test_no_page_says_the_usual_word_or_a_code_instead(office: o.Office, who: str) -> None:
    person = PEOPLE[who]
    paths = ["/", "/escalations", *(f"/escalations/{one}" for one in (scene.SAFEGUARDING, scene.OVERDUE, scene.CLOSED))]
    if person.role is not Role.AUDITOR:
        paths.append("/districts/north/riverside")
    read_pages = {path: await office.page(person, path) for path in paths}
    for path, answer in read_pages.items():
        assert answer.status_code == 200, path
        seen = re.sub(r'(href|action|id|name|for|value|aria-labelledby)="[^"]*"', "", answer.text.partition("<main")[2])
        assert OTHERS.findall(seen) == [], path


@pytest.mark.asyncio(loop_scope="module")
async def test_the_list_asks_and_refuses_in_the_authoritys_words(office: o.Office) -> None:
    assert "Area or locality All of yours" in await read(office, o.QA_MANAGER, "/escalations")
    gone = await office.page(o.QA_MANAGER, "/districts/north/nowhere")
    assert (gone.status_code, "A locality of that name was not found" in gone.text) == (404, True)


@pytest.mark.asyncio(loop_scope="module")
async def test_files_and_addresses_keep_the_codes(office: o.Office) -> None:
    file = (await office.page(o.DSM, "/escalations.csv")).text
    assert ",district,team,district_name,team_name," in file.splitlines()[0]
    assert ",team-manager," in file


def letter(kind: Kind) -> Letter:
    own = Names.model_validate(OWN)
    writer = Writer(Links("https://escalation.example", "https://audit.example"), lambda _: "Hurst", lambda _: own)
    return writer.write(UUID(int=1), notice(kind, role="qa-manager"))


@pytest.mark.parametrize("kind", SAID)
def test_messages_call_roles_and_levels_as_the_authority_does(kind: Kind) -> None:
    sent = letter(kind)
    assert "Locality: Hurst" in sent.text
    assert "Told: service manager, Quality Lead, principal social worker" in sent.text
    assert "You are told as Quality Lead." in sent.text
    for text in (sent.subject, sent.text, re.sub(r"<[^>]*>", " ", sent.html)):
        assert OTHERS.findall(text) == []
        assert "{" not in text
    assert (sent.facts["district"], sent.facts["role"]) == ("north/riverside", "qa-manager")
