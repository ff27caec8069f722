"""Sign-in links for local use: a short code in the address, exchanged once opened for a cookie.

The code stands for a role, an authority and the first page. It opens for a few hours, so that a browser's history
holds nothing of worth for longer; the token itself never stands in an address. Codes are kept as files under the
installation's keys (by their hash, for the owner alone), so that links stay good when a service starts anew, and the
service needs no right to write there. Outside local use none of this exists.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from shared.privacy.secret_files import write_once
from shared.web import problems
from shared.web.access import COOKIE
from shared.web.principal import WHOLE, Role
from shared.web.problems import Problem
from shared.web.tokens import KeysUnavailable, LocalIssuer, TokenRefused, TokenVerifier

HOURS_A_CODE_OPENS: Final = 4
HOURS_SIGNED_IN: Final = 12
_BYTES: Final = 9  # 72 bits: nobody guesses one in the hours it opens
_CODE: Final = re.compile(r"[A-Za-z0-9_-]{12}", re.ASCII)


class Grant(BaseModel):
    """What a code stands for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    authority: str
    first_page: str
    opens_until: AwareDatetime
    scope: tuple[str, ...] = (WHOLE,)
    person: UUID | None = None


class SignInCodes:
    """The codes of a local installation, one file each under a folder."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._now = now

    def make(
        self,
        role: Role,
        authority: str,
        first_page: str,
        *,
        scope: tuple[str, ...] = (WHOLE,),
        person: UUID | None = None,
    ) -> str:
        """Make a code, and forget those that have run out; raises `OSError` where the folder cannot be written.

        Without a person it stands for nobody in particular.
        """
        self._forget()
        code = secrets.token_urlsafe(_BYTES)
        until = self._now() + timedelta(hours=HOURS_A_CODE_OPENS)
        grant = Grant(
            role=role, authority=authority, first_page=first_page, opens_until=until, scope=scope, person=person
        )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(self._file(code), grant.model_dump_json().encode())
        return code

    def find(self, code: str) -> Grant | None:
        """Give what a code stands for; None where there is no such code, or it has run out."""
        if not _CODE.fullmatch(code):
            return None
        try:
            grant = Grant.model_validate_json(self._file(code).read_bytes())
        except (OSError, ValidationError):
            return None
        return grant if self._now() < grant.opens_until else None

    def _file(self, code: str) -> Path:
        return self._folder / f"{hashlib.sha256(code.encode()).hexdigest()}.json"

    def _forget(self) -> None:
        for file in self._folder.glob("*.json"):
            with suppress(OSError, ValidationError):
                if Grant.model_validate_json(file.read_bytes()).opens_until <= self._now():
                    file.unlink()


class LocalSignIn:
    """What signs readers in on one's own machine: the installation's codes and its token issuer."""

    def __init__(self, codes: SignInCodes, issuer: LocalIssuer) -> None:
        self.codes = codes
        self.issuer = issuer

    def link(
        self,
        address: str,
        role: Role,
        authority: str,
        first_page: str,
        *,
        scope: tuple[str, ...] = (WHOLE,),
        person: UUID | None = None,
    ) -> str:
        """Give a link to a service's page, good for some hours, that signs its reader in."""
        return f"{address}/sign-in?code={self.codes.make(role, authority, first_page, scope=scope, person=person)}"


def sign_in_router(sign_in: LocalSignIn) -> APIRouter:
    """Build the route of sign-in links."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sign-in")
    async def take(request: Request, code: str = "") -> Response:
        """Sign a reader in by a link. The cookie signs readings (GET, HEAD) and nothing else."""
        grant = sign_in.codes.find(code)
        if grant is None:
            raise Problem(
                401,
                "sign-in-code",
                detail="This link is not whole or has run out. Links are printed anew by: sightline demo.",
            )
        token = sign_in.issuer.issue(grant.role, grant.authority, grant.scope, grant.person, hours=HOURS_SIGNED_IN)
        verifier: TokenVerifier = request.app.state.verifier
        try:
            await verifier.verify(token)
        except TokenRefused as refusal:
            raise Problem(401, refusal.kind, detail=f"{refusal} This service takes another issuer's tokens.") from (
                refusal
            )
        except KeysUnavailable as error:
            raise problems.unavailable(str(error)) from error
        answer = RedirectResponse(_own_path(grant.first_page), status_code=303)
        answer.set_cookie(
            COOKIE, token, max_age=HOURS_SIGNED_IN * 3600, httponly=True, samesite="lax", path="/"
        )  # fmt: skip
        return answer

    return router


def _own_path(target: str) -> str:
    """Keep a redirect within this service: anything but a plain path of our own leads to the first page."""
    own = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if own else "/"
