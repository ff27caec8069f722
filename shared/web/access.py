"""Deny by default: every route names the roles it is for, and asks whether a thing lies within the caller's scope."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.web.asked import refuse_unknown
from shared.web.principal import Principal, Role
from shared.web.problems import Problem, not_found, not_in_scope, unavailable
from shared.web.tokens import KeysUnavailable, TokenRefused, TokenVerifier

COOKIE = "sightline"
READING = frozenset({"GET", "HEAD"})
_BEARER = HTTPBearer(auto_error=False, description="A JSON Web Token; locally: sightline token --role ROLE")


class Allowed:
    """The dependency made by `allow`; `create_app` looks for it on every route."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(
        self,
        request: Request,
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None,
    ) -> Principal:
        """Give the principal, or answer 401 (who?), 403 (not your role), 422 (asked how?) or 503 (cannot tell now)."""
        token = bearer.credentials if bearer else _cookie(request)
        if token is None:
            raise _unauthorised("no-token", "Send a bearer token in the Authorization header.")
        verifier: TokenVerifier = request.app.state.verifier
        try:
            principal = await verifier.verify(token)
        except TokenRefused as refusal:
            raise _unauthorised(refusal.kind, str(refusal)) from refusal
        except KeysUnavailable as error:
            raise unavailable(str(error)) from error
        if principal.roles.isdisjoint(self.roles):
            needed = ", ".join(sorted(self.roles))
            raise Problem(
                403, "role-not-allowed", detail=f"This is for the roles {needed}. Your token has none of them."
            )
        request.state.principal = principal
        refuse_unknown(request)
        return principal


def allow(*roles: Role) -> Allowed:
    """Say which roles a route is for: `principal: Principal = Depends(allow(Role.AUDITOR))`."""
    if not roles:
        raise ValueError("allow() needs at least one role: a route for nobody should not exist")
    return Allowed(frozenset(roles))


def allowed(*roles: Role) -> Principal:
    """Give `Depends(allow(...))` typed as the principal it yields, for use as a parameter's default."""
    dependency: Principal = Depends(allow(*roles))
    return dependency


def check_scope(principal: Principal, authority: str, org_path: tuple[str, ...] | str = "") -> None:
    """Refuse what is not the caller's: another authority's is not found (404), another team's is not theirs (403)."""
    if not principal.belongs_to(authority):
        raise not_found()
    if not principal.covers(authority, org_path):
        raise not_in_scope()


def _cookie(request: Request) -> str | None:
    """Read the local sign-in's cookie, for reading only: a cookie travels with any site's form, a header does not."""
    if not request.app.state.local or request.method not in READING:
        return None
    return request.cookies.get(COOKIE)


def _unauthorised(kind: str, detail: str) -> Problem:
    return Problem(
        401, kind, title="Who are you?", detail=detail, headers={"WWW-Authenticate": 'Bearer realm="sightline"'}
    )
