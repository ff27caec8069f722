"""`GET /operations/status`: what the operator's `sightline status` shows of one service, in one answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from shared.telemetry.health import Probe
from shared.web.access import allowed
from shared.web.principal import Principal, Role


class OutboxStatus(BaseModel):
    """How many messages wait to be sent, and how long the oldest has waited (seconds)."""

    depth: int
    oldest_age_seconds: float


class NoticesStatus(BaseModel):
    """How messages to people stand: not sent yet, of those tried in vain, given up, and the commonest reason."""

    waiting: int
    failing: int
    given_up: int
    oldest_age_seconds: float
    reason: str | None


class AttentionStatus(BaseModel):
    """Something that needs somebody: its kind as a code, how many there are, in a sentence, the oldest one's age."""

    kind: str
    count: int
    words: str
    oldest_age_seconds: float


class PartStatus(BaseModel):
    """One part of the process, as its readiness says."""

    name: str
    ready: bool
    detail: str


class ServiceStatus(BaseModel):
    """A service's state: `lag` counts messages not yet handled a topic; none where the service reads no topic.

    `missing` counts messages that never came though later ones of their streams did.
    `notices` are its messages to people; none where the service tells nobody. `attention` is what needs somebody.
    """

    service: str
    version: str
    ready: bool
    lag: dict[str, int] | None
    outbox: OutboxStatus
    parked: int
    missing: int = 0
    overdue: int | None
    notices: NoticesStatus | None = None
    attention: list[AttentionStatus] = []
    parts: list[PartStatus]


StatusSource = Callable[[], Awaitable[dict[str, Any]]]


def operations_router(service: str, probes: list[Probe], source: StatusSource) -> APIRouter:
    """Build the router; `source` gives lag, outbox, parked, missing, overdue, notices and attention."""
    router = APIRouter(prefix="/operations", tags=["operations"])

    @router.get("/status", summary="What this service is doing now")
    async def status(
        _reader: Principal = allowed(Role.OPERATOR, Role.QA_MANAGER, Role.SERVICE),
    ) -> ServiceStatus:
        parts = [PartStatus(name=probe.name, ready=probe.ready, detail=probe.detail) for probe in probes]
        figures = await source()
        return ServiceStatus(
            service=service,
            version=version("sightline"),
            ready=all(part.ready for part in parts),
            parts=parts,
            **figures,
        )

    return router
