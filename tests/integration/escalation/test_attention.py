"""What needs attention, counted in a real database: districts with open audit escalations, references awaited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.escalation.adapters.attention import StoredStanding
from services.escalation.app.attention import Awaited, OpenIn
from services.escalation.domain.commands import Command, Consider, NoteCaseNumberRefused
from shared.eventstore.handling import handle
from shared.eventstore.model import Meta
from tests.integration.escalation.support import Desk, desk
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import AUTHORITY

SEALED = "s1.c2VhbGVk"
REFUSED = NoteCaseNumberRefused(
    happened_at=s.january(15), recorded_at=s.january(15), actor=s.SERVICE, case_number=SEALED, reason="number-refused"
)
pytestmark = pytest.mark.stack


async def do(service: Desk, escalation: UUID, *commands: Command) -> None:
    for command in commands:
        meta = Meta(AUTHORITY, command.recorded_at, uuid4(), None, None)
        await handle(service.store, service.aggregate, escalation, command, meta)


def in_place(number: int, district: str, *, numbered: bool = False) -> Consider:
    place = s.PLACE.model_copy(
        update={
            "escalation_id": UUID(int=number),
            "organisation": s.PLACE.organisation.model_copy(update={"district": district}),
            "case_reference": None if numbered else s.PLACE.case_reference,
        }
    )
    return replace(s.consider(s.cause(number)), place=place, case_number=SEALED if numbered else None)


async def test_open_ones_are_counted_by_district_and_references_with_the_age_of_the_oldest(postgres_dsn: str) -> None:
    async with desk(postgres_dsn) as service:
        standing = StoredStanding(service.pool)
        assert await standing.awaited(s.january(14)) == Awaited(0, 0.0)
        await do(service, UUID(int=1), in_place(1, "riverside"))
        await do(service, UUID(int=2), in_place(2, "riverside", numbered=True), s.raise_(), REFUSED)
        await do(service, UUID(int=3), in_place(3, "hillside"), s.not_required())
        await do(service, UUID(int=4), in_place(4, "hillside", numbered=True))
        assert await standing.open_in_districts() == [
            OpenIn(AUTHORITY, "north/hillside", 1),
            OpenIn(AUTHORITY, "north/riverside", 2),
        ]
        assert await standing.awaited(s.CONSIDERED + timedelta(hours=3)) == Awaited(2, 3 * 3600.0, unusable=1)
