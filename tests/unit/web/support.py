"""An application small enough to attack: one route of each kind, behind the real factory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.telemetry.health import Probe
from shared.web.access import allow, check_scope
from shared.web.app import create_app
from shared.web.idempotency import IdempotencyOf
from shared.web.principal import Principal, Role
from shared.web.problems import PageOf, conflict
from shared.web.sign_in import LocalSignIn
from shared.web.tokens import LocalIssuer, TokenVerifier

PERSON = UUID("0b0d6fd8-7a4c-4b0f-9a53-2f4f7a1f6d10")
BODY_LIMIT = 2000


class Completion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    grade: Annotated[str, Field(pattern="^(good|inadequate)$")]
    completed_at: AwareDatetime
    score: Annotated[int, Field(ge=0, le=10)]
    audit_id: UUID


def router() -> APIRouter:
    routes = APIRouter(prefix="/audits")

    @routes.get("/{authority}/{area}/{district}/{team}")
    async def read(
        authority: str,
        area: str,
        district: str,
        team: str,
        principal: Annotated[Principal, Depends(allow(Role.TEAM_MANAGER))],
    ) -> dict[str, str]:
        check_scope(principal, authority, (area, district, team))
        return {"person": str(principal.person)}

    @routes.post("/complete", status_code=201)
    async def complete(
        body: Completion,
        idempotency: IdempotencyOf,
        principal: Annotated[Principal, Depends(allow(Role.AUDITOR, Role.QA_OFFICER))],
    ) -> dict[str, str]:
        return {"key": idempotency.key(principal), "fingerprint": idempotency.fingerprint.hex()}

    @routes.get("/search")
    async def search(
        limit: Annotated[int, Query(ge=1, le=100)], _principal: Annotated[Principal, Depends(allow(Role.AUDITOR))]
    ) -> dict[str, int]:
        return {"limit": limit}

    @routes.get("/broken")
    async def broken(_principal: Annotated[Principal, Depends(allow(Role.AUDITOR))]) -> None:
        raise RuntimeError("insert failed: Key (name)=(Jane Example) already exists")

    @routes.get("/late")
    async def late(_principal: Annotated[Principal, Depends(allow(Role.AUDITOR))]) -> None:
        raise conflict("already-completed", "The audit is completed already. Amend it instead.")

    @routes.post("/table", openapi_extra={"requestBody": {"content": {"text/csv": {}}}})
    async def table(request: Request, _principal: Annotated[Principal, Depends(allow(Role.AUDITOR))]) -> int:
        return len(await request.body())

    @routes.post("/late")
    async def make_late(_principal: Annotated[Principal, Depends(allow(Role.AUDITOR))]) -> None:
        """Take another method at the same address."""

    return routes


def application(
    verifier: TokenVerifier,
    *,
    sign_in: LocalSignIn | None = None,
    probes: list[Probe] | None = None,
    static: Path | None = None,
    page: PageOf | None = None,
) -> FastAPI:
    return create_app(
        "Test", "audit", verifier, [router()], probes or [], sign_in=sign_in, body_limit=BODY_LIMIT, static=static,
        page=page,
    )  # fmt: skip


@asynccontextmanager
async def client(app: FastAPI, token: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://service.test", headers=headers
    ) as made:
        yield made


def issuer(folder: Path) -> LocalIssuer:
    return LocalIssuer(folder / "keys")
