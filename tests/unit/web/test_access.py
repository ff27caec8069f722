"""Guarantee G11: everyone sees only what is theirs, on every route, deny by default."""

from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI

from shared.web.access import COOKIE, allow
from shared.web.app import UnguardedRoute, create_app
from shared.web.principal import Principal, Role
from shared.web.settings import WebSettings, local_sign_in
from shared.web.tokens import LocalIssuer
from tests.unit.web.support import PERSON, application, client, issuer

SCOPES: list[tuple[tuple[str, ...], str, int]] = [
    (("*",), "northmoor/north/riverside/assessment", 200),
    (("north",), "northmoor/north/riverside/assessment", 200),
    (("north/riverside",), "northmoor/north/riverside/assessment", 200),
    (("north/riverside/assessment",), "northmoor/north/riverside/assessment", 200),
    (("south", "north/riverside"), "northmoor/north/riverside/assessment", 200),
    (("north/riverside/",), "northmoor/north/riverside/assessment", 200),
    (("south",), "northmoor/north/riverside/assessment", 403),
    (("nor",), "northmoor/north/riverside/assessment", 403),
    (("north/river",), "northmoor/north/riverside/assessment", 403),
    (("north/riverside/assessment/more",), "northmoor/north/riverside/assessment", 403),
    ((), "northmoor/north/riverside/assessment", 403),
    (("",), "northmoor/north/riverside/assessment", 401),
    (("/",), "northmoor/north/riverside/assessment", 401),
    (("*",), "saltmere/north/riverside/assessment", 404),
    (("north",), "saltmere/north/riverside/assessment", 404),
]


@pytest.mark.parametrize(("scope", "asked", "status"), SCOPES)
async def test_scope_matrix(tmp_path: Path, scope: tuple[str, ...], asked: str, status: int) -> None:
    made = issuer(tmp_path)
    token = made.issue(Role.TEAM_MANAGER, "northmoor", scope, PERSON)
    async with client(application(made.verifier()), token) as caller:
        answer = await caller.get(f"/audits/{asked}")
    assert answer.status_code == status


@pytest.mark.parametrize("role", list(Role))
async def test_each_route_is_for_its_roles_alone(tmp_path: Path, role: Role) -> None:
    made = issuer(tmp_path)
    async with client(application(made.verifier()), made.issue(role, "northmoor")) as caller:
        answer = await caller.get("/audits/northmoor/north/riverside/assessment")
        assert answer.status_code == (200 if role is Role.TEAM_MANAGER else 403)
        search = await caller.get("/audits/search?limit=3")
        assert search.status_code == (200 if role is Role.AUDITOR else 403)


async def test_without_a_token_nothing_is_shown(tmp_path: Path) -> None:
    async with client(application(issuer(tmp_path).verifier())) as caller:
        for path in ("/audits/search?limit=1", "/audits/a/b/c/d", "/audits/broken"):
            answer = await caller.get(path)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await caller.post("/audits/complete", json={})).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic amFuZTpleGFtcGxl", "Token abc", "Bearer a b"])
async def test_a_malformed_authorization_header_is_no_token(tmp_path: Path, header: str) -> None:
    async with client(application(issuer(tmp_path).verifier())) as caller:
        answer = await caller.get("/audits/search?limit=1", headers={"Authorization": header})
    assert answer.status_code == 401


async def test_the_issuer_being_away_is_our_fault_and_not_the_caller_s(tmp_path: Path) -> None:
    made = issuer(tmp_path)
    token = made.issue(Role.AUDITOR, "northmoor")
    verifier = made.verifier()
    made.jwks.unlink()
    async with client(application(verifier), token) as caller:
        answer = await caller.get("/audits/search?limit=1")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def _open_route() -> APIRouter:
    router = APIRouter()

    @router.get("/everyone")
    async def everyone() -> str:
        return "open"

    return router


def _open_inside_a_guarded_neighbour() -> APIRouter:
    router = APIRouter()
    router.include_router(_open_route(), prefix="/deep")

    @router.get("/guarded")
    async def guarded(_principal: Annotated[Principal, Depends(allow(Role.AUDITOR))]) -> str:
        return "guarded"

    return router


def _websocket() -> APIRouter:
    router = APIRouter()

    @router.websocket("/live")
    async def live(_socket: Any) -> None:
        return None

    return router


def _mounted() -> APIRouter:
    router = APIRouter()
    inner = FastAPI()
    inner.include_router(_open_route())
    router.mount("/inner", inner)
    return router


@pytest.mark.parametrize("made", [_open_route, _open_inside_a_guarded_neighbour, _websocket, _mounted])
def test_a_service_with_an_open_route_does_not_start(tmp_path: Path, made: Any) -> None:
    with pytest.raises(UnguardedRoute):
        create_app("Test", "audit", issuer(tmp_path).verifier(), [made()])


def test_a_router_guarded_as_a_whole_starts(tmp_path: Path) -> None:
    outer = APIRouter()
    outer.include_router(_open_route(), dependencies=[Depends(allow(Role.ANALYST))])
    create_app("Test", "audit", issuer(tmp_path).verifier(), [outer])


def test_a_route_for_nobody_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        allow()


async def test_a_cookie_signs_readings_and_no_commands(tmp_path: Path) -> None:
    sign_in = local_sign_in(tmp_path)
    token = sign_in.issuer.issue(Role.AUDITOR, "northmoor")
    async with client(application(sign_in.issuer.verifier(), sign_in=sign_in)) as caller:
        caller.cookies.set(COOKIE, token)
        assert (await caller.get("/audits/search?limit=2")).status_code == 200
        assert (await caller.post("/audits/complete", json={})).status_code == 401
        with_header = await caller.post("/audits/complete", json={}, headers={"Authorization": f"Bearer {token}"})
        assert with_header.status_code == 422


async def test_outside_local_use_there_is_no_link_and_no_cookie(tmp_path: Path) -> None:
    sign_in = local_sign_in(tmp_path)
    async with client(application(sign_in.issuer.verifier())) as caller:
        assert (await caller.get(sign_in.link("", Role.AUDITOR, "northmoor", "/"))).status_code == 404
        caller.cookies.set(COOKIE, sign_in.issuer.issue(Role.AUDITOR, "northmoor"))
        assert (await caller.get("/audits/search?limit=2")).status_code == 401


@pytest.mark.parametrize(
    ("settings", "works"),
    [
        ({"local": True}, True),
        ({"local": True, "tokens_jwks": "keys/jwks.json", "tokens_issuer": LocalIssuer.ISSUER}, True),
        ({"local": False}, False),
        ({"local": True, "tokens_jwks": "https://id.test", "tokens_issuer": "https://id.test"}, False),
    ],
)
def test_links_are_for_local_use_with_the_local_issuer(tmp_path: Path, settings: dict[str, Any], works: bool) -> None:
    assert (WebSettings(home=tmp_path, **settings).sign_in() is not None) is works
