"""A refusal's way out speaks of what was asked for, at the place where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.escalation.adapters.problems import of_refusal
from services.escalation.domain.refusals import MomentImpossible, UnknownAction
from tests.unit.escalation import office as o
from tests.unit.escalation import scenes as s
from tests.unit.escalation.rig import Rig


def test_a_way_out_speaks_of_what_was_asked() -> None:
    """A due day is no moment that something happened at, and an action is named in the address."""
    late = of_refusal(MomentImpossible("Too early.", bound=s.january(14, 9), field="due_on"))
    assert late.problems[0].way_out == "Give the day it is due, at the earliest 2026-01-14."
    happened = of_refusal(MomentImpossible("Too early.", bound=s.january(14, 9)))
    assert happened.problems[0].way_out.startswith("Give the moment it happened, at the earliest 2026-01-14T")
    summer = of_refusal(MomentImpossible("Too early.", bound=datetime(2026, 7, 1, 23, 30, tzinfo=UTC), field="due_on"))
    assert summer.problems[0].way_out.endswith("2026-07-02."), "the day in London"
    assert of_refusal(UnknownAction(UUID(int=1))).problems[0].place == "path/action_id"


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"district": "nowhere"}, "The authority has no such district."),
        ({"area": "nowhere"}, "The authority has no such district."),
        ({"team": "nowhere"}, "The authority has no such team."),
    ],
)
async def test_what_the_authority_lacks_is_named(tmp_path: Path, place: dict[str, str], said: str) -> None:
    async with o.office(Rig(now=s.january(15)).casework, tmp_path) as office:
        started: dict[str, Any] = dict(o.STARTED)
        body = started | {"organisation": started["organisation"] | place}
        refused = await office.post(o.QA, "", body)
        assert refused.status_code == 422
        assert [one["message"] for one in refused.json()["problems"]] == [said]
