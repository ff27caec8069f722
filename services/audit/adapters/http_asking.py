"""What every command route needs: for which authority, by whom, when, and the keyed idempotency key."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from services.audit.app.asking import Asked
from services.audit.domain.words import Actor
from shared.telemetry import tracing
from shared.web.access import allowed, check_scope
from shared.web.idempotency import Idempotency, IdempotencyOf
from shared.web.principal import WHOLE, Principal, Role
from shared.web.problems import FieldProblem, Problem, invalid, not_found
from shared.web.seen import seen

AuthorityOf = Annotated[
    str | None,
    Query(
        alias="authority",
        max_length=60,
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        description="Key of the authority; needed only by a token that stands for all of them",
    ),
]
"""The query parameter of routes that begin something new or list."""


OrganisationOf = Annotated[
    str | None,
    Query(max_length=250, pattern=r"^[a-z0-9/-]+$", description="area, area/district or area/district/team"),
]
"""The query parameter of lists that can be narrowed to a part of the organisation."""

LimitOf = Annotated[int, Query(ge=1, le=500)]
"""How many rows a page has at most."""

AfterOf = Annotated[UUID | None, Query(description="`after` of the page before")]
"""Where a page begins: after the last one of the page before."""


def levels_of(organisation: str | None) -> dict[str, str]:
    """Return the levels that a part of the organisation names: area, district, team."""
    return (
        {} if organisation is None else dict(zip(("area", "district", "team"), organisation.split("/"), strict=False))
    )


def authority_for(principal: Principal, given: str | None) -> str:
    """Return the authority a request is for: the token's own, or the one named by a token of all."""
    if given is not None:
        if not principal.belongs_to(given):
            raise not_found()
        return given
    if principal.authority == WHOLE:
        raise invalid(
            [
                FieldProblem(
                    field="authority",
                    place="query/authority",
                    message="The token stands for every authority.",
                    way_out="Say which one: ?authority=KEY.",
                )
            ]
        )
    return principal.authority


def whole_authority_for(principal: Principal, given: str | None) -> str:
    """Return the authority of a request that is for all of it: its tools, its children. A part of it is not enough."""
    key = authority_for(principal, given)
    check_scope(principal, key)
    return key


def authority_read_by(*roles: Role) -> str:
    """Give the dependency that yields the authority which a caller of one of these roles reads of."""

    async def read(authority: AuthorityOf = None, principal: Principal = allowed(*roles)) -> str:
        return authority_for(principal, authority)

    dependency: str = Depends(read)
    return dependency


class Asking:
    """Makes `Asked` from a request.

    `secret` keys the fingerprint: a plain hash of a request with text in it could be tried out after the child's
    erasure.
    """

    def __init__(self, secret: bytes, clock: Callable[[], datetime]) -> None:
        self._secret = secret
        self._clock = clock

    def __call__(
        self,
        request: Request,
        principal: Principal,
        idempotency: Idempotency,
        *,
        authority: str,
        happened_at: datetime | None = None,
    ) -> Asked:
        """Return who asks for what, when. The same words for a version that was seen later are asked anew."""
        expected = seen(request)
        key = idempotency.key(principal, "" if expected is None else f":seen-{expected}")
        return Asked(
            authority=authority,
            by=Actor(role=min(principal.roles).value, reference=principal.person),
            recorded_at=self._clock(),
            happened_at=happened_at,
            correlation_id=request.state.correlation_id,
            idempotency_key=hmac.digest(self._secret, key.encode(), "sha256").hex(),
            key_is_derived=idempotency.given is None,
            fingerprint=hmac.digest(self._secret, idempotency.fingerprint, "sha256"),
            traceparent=tracing.inject(),
            expected=expected,
            asker=principal,
        )

    def of_all_by(self, *roles: Role) -> Asked:
        """Give the dependency that yields what a caller of one of these roles asks for the whole of an authority."""

        async def asked(
            request: Request,
            idempotency: IdempotencyOf,
            authority: AuthorityOf = None,
            principal: Principal = allowed(*roles),
        ) -> Asked:
            return self(request, principal, idempotency, authority=whole_authority_for(principal, authority))

        dependency: Asked = Depends(asked)
        return dependency


def not_yours(what: str) -> Problem:
    """403: the audit may be seen by the caller, and this may not be done with it."""
    return Problem(403, "not-yours", detail=f"{what} Ask your QA unit if you think you should be able to.")
