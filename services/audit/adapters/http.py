"""The audit service's routes, put together."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter

from services.audit.adapters.http_asking import Asking
from services.audit.adapters.http_audits import audits_router
from services.audit.adapters.http_beginning import Beginning
from services.audit.adapters.http_calibrations import calibrations_router
from services.audit.adapters.http_disputes import disputes_router
from services.audit.adapters.http_drafts import drafts_router
from services.audit.adapters.http_imports import imports_router
from services.audit.adapters.http_moderation import moderation_router
from services.audit.adapters.http_practitioner import practitioner_router
from services.audit.adapters.http_queue import queue_router
from services.audit.adapters.http_reading import reading_router
from services.audit.adapters.http_tool_books import tool_books_router
from services.audit.adapters.http_tools import children_router, tools_router
from services.audit.adapters.pages.routes import pages_router
from services.audit.app.audits.handlers import Audits
from services.audit.app.audits.practising import Practising
from services.audit.app.audits.queries import Queries
from services.audit.app.audits.versions import Versions
from services.audit.app.calibration.service import Calibrations
from services.audit.app.calibration.views import CalibrationViews
from services.audit.app.exporting import Exporting
from services.audit.app.handling import Parts
from services.audit.app.importing.service import Importing
from services.audit.app.moderation.handlers import Moderations
from services.audit.app.moderation.queries import Disputes
from services.audit.app.queue.by_hand import ByHand
from services.audit.app.queue.service import ModerationQueues
from services.audit.app.queue.views import QueueViews


def routers(parts: Parts, secret: bytes) -> Sequence[APIRouter]:
    """Build every route of the service; `secret` keys what is remembered of requests."""
    audits, queries, asking = Audits(parts), Queries(parts), Asking(secret, parts.clock)
    calibrations, queues = Calibrations(parts), ModerationQueues(parts)
    practising = Practising(parts)
    return (
        practitioner_router(practising, Beginning(queries, asking)),
        audits_router(audits, queries, asking),
        reading_router(Versions(parts, queries), queries, Exporting(parts)),
        drafts_router(audits.drafts, queries),
        moderation_router(Moderations(parts), Beginning(queries, asking)),
        disputes_router(Disputes(parts)),
        queue_router(queues, ByHand(parts, queues), QueueViews(parts), asking),
        calibrations_router(calibrations, CalibrationViews(parts, calibrations), asking),
        tool_books_router(parts.tools, asking),
        tools_router(parts.tools, asking),
        imports_router(Importing(parts, secret), asking),
        children_router(audits, asking),
        pages_router(parts, queries, practising),
    )
