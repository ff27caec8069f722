"""Sign-in links of local use: what they open, for how long, and what stands in their address."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from shared.web.principal import Role
from shared.web.settings import local_sign_in
from shared.web.sign_in import HOURS_A_CODE_OPENS, LocalSignIn, SignInCodes
from tests.unit.web.support import application, client

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_a_link_signs_a_reader_in_and_shows_no_token(tmp_path: Path) -> None:
    sign_in = local_sign_in(tmp_path)
    link = sign_in.link("http://service.test", Role.AUDITOR, "northmoor", "/audits/search?limit=2")
    assert len(link) < 60
    async with client(application(sign_in.issuer.verifier(), sign_in=local_sign_in(tmp_path))) as caller:
        answer = await caller.get(link)
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/audits/search?limit=2"
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        principal = await sign_in.issuer.verifier().verify(cookie.split(";")[0].partition("=")[2])
        assert principal.roles == {Role.AUDITOR}
        assert principal.authority == "northmoor"
        assert (await caller.get("/audits/search?limit=2")).json() == {"limit": 2}


async def test_a_link_may_stand_for_one_person_with_a_part_of_the_authority(tmp_path: Path) -> None:
    sign_in = local_sign_in(tmp_path)
    link = sign_in.link(
        "http://service.test", Role.SERVICE_MANAGER, "northmoor", "/", scope=("north/riverside",), person=UUID(int=4)
    )
    async with client(application(sign_in.issuer.verifier(), sign_in=local_sign_in(tmp_path))) as caller:
        cookie = (await caller.get(link)).headers["Set-Cookie"]
    principal = await sign_in.issuer.verifier().verify(cookie.split(";")[0].partition("=")[2])
    assert principal.scope == ("north/riverside",)
    assert principal.person == UUID(int=4)


async def test_a_link_runs_out_and_its_code_is_forgotten_with_the_next(tmp_path: Path) -> None:
    clock = [NOW]
    sign_in = LocalSignIn(SignInCodes(tmp_path / "codes", now=lambda: clock[0]), local_sign_in(tmp_path).issuer)
    link = sign_in.link("", Role.AUDITOR, "northmoor", "/")
    async with client(application(sign_in.issuer.verifier(), sign_in=sign_in)) as caller:
        clock[0] = NOW + timedelta(hours=HOURS_A_CODE_OPENS, seconds=-1)
        assert (await caller.get(link)).status_code == 303
        clock[0] = NOW + timedelta(hours=HOURS_A_CODE_OPENS)
        answer = await caller.get(link)
    assert answer.status_code == 401
    assert "sightline demo" in answer.json()["detail"]
    assert "Set-Cookie" not in answer.headers
    sign_in.link("", Role.AUDITOR, "northmoor", "/")
    assert len(list((tmp_path / "codes").iterdir())) == 1


@pytest.mark.parametrize("query", ["", "?token=x.y.z", "?code=", "?code=../local-issuer", "?code=abcdefghijkl"])
async def test_any_other_code_is_refused(tmp_path: Path, query: str) -> None:
    sign_in = local_sign_in(tmp_path)
    sign_in.link("", Role.AUDITOR, "northmoor", "/")
    async with client(application(sign_in.issuer.verifier(), sign_in=sign_in)) as caller:
        answer = await caller.get(f"/sign-in{query}")
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_a_code_is_kept_by_its_hash_and_for_the_owner_alone(tmp_path: Path) -> None:
    sign_in = local_sign_in(tmp_path)
    [code] = parse_qs(urlsplit(sign_in.link("", Role.DIRECTOR, "northmoor", "/")).query)["code"]
    folder = tmp_path / "keys" / "sign-in"
    [file] = folder.iterdir()
    assert code not in file.name + file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "target", ["//evil.example.org", "https://evil.example.org", "/\\evil.example.org", "evil", "/a\r\nX: y", ""]
)
async def test_a_link_leads_nowhere_else(tmp_path: Path, target: str) -> None:
    sign_in = local_sign_in(tmp_path)
    async with client(application(sign_in.issuer.verifier(), sign_in=sign_in)) as caller:
        answer = await caller.get(sign_in.link("", Role.AUDITOR, "northmoor", target))
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"
