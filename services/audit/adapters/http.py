"""The audit service's routes, put together."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from services.audit.adapters.http_asking import Asking
from services.audit.adapters.http_audits import audits_router
from services.audit.adapters.http_imports import imports_router
from services.audit.adapters.http_tools import children_router, tools_router
from services.audit.app.handlers import Audits, Parts
from services.audit.app.importing.service import Importing
from services.audit.app.queries import Queries


def routers(parts: Parts, secret: bytes) -> Sequence[APIRouter]:
    """Build every route of the service; `secret` keys what is remembered of requests."""
    audits, asking = Audits(parts), Asking(secret, parts.clock)
    return (
        audits_router(audits, Queries(parts), asking),
        tools_router(parts.tools, asking),
        imports_router(Importing(parts, secret), asking),
        children_router(audits, asking),
    )
