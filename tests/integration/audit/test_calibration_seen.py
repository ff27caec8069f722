"""ETag and If-Match of a calibration exercise: of what each reader is shown of it, and blind graders learn nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.web.principal import Role
from tests.integration.audit.support import Service, service
from tests.integration.audit.test_calibration import ANN, BEN, CANARY, CAT, CLOSING, grade, opened
from tests.support.servers import Stack

pytestmark = pytest.mark.stack

GRADES = {"overall_grade": "good", "sections": {"planning": "good"}, "rationale": CANARY}


async def write(running: Service, path: str, body: Any, version: str, *who: Any, **more: Any) -> Any:
    role, person = (*who, None)[:2]
    headers = {**running.headers(role, person=person, **more), "If-Match": version}
    return await running.http.post(f"/v1/calibrations/{path}", json=body, headers=headers)


async def test_what_others_graded_blind_is_neither_counted_nor_told(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await opened(running)
        await grade(running, exercise, BEN, "inadequate", "good")
        read = await running.get(f"/calibrations/{exercise}", Role.AUDITOR, person=ANN)
        assert (read.headers["etag"], read.json()["version"]) == ('"1"', 1)
        at = f"{exercise}/grades"
        never = await write(running, at, GRADES, '"2"', Role.AUDITOR, ANN)
        assert (never.status_code, never.headers["etag"], never.json().get("problems")) == (412, '"1"', None)
        assert never.json()["type"].endswith(":version-never-given")
        given = await write(running, at, GRADES, '"1"', Role.AUDITOR, ANN, key="k1")
        assert (given.status_code, given.headers["etag"]) == (200, '"2"')
        again = await write(running, at, GRADES, '"1"', Role.AUDITOR, ANN, key="k1")
        assert (again.status_code, again.headers["etag"]) == (200, '"2"')


async def test_it_is_closed_on_the_grades_the_qa_unit_has_seen(stack: Stack, tmp_path: Path) -> None:
    async with service(stack.postgres, tmp_path) as running:
        exercise = await opened(running)
        for person in (ANN, BEN):
            await grade(running, exercise, person, "good", "good")
        read = await running.get(f"/calibrations/{exercise}", Role.QA_MANAGER)
        assert read.headers["etag"] == '"3"'
        await grade(running, exercise, CAT, "inadequate", "inadequate")
        old = await write(running, f"{exercise}/closure", CLOSING, '"3"', Role.QA_MANAGER)
        assert (old.status_code, old.headers["etag"]) == (412, '"4"')
        [told] = old.json()["problems"]
        assert told["message"] == (
            "case-graded by auditor: answers, overall_grade, overridden_limits, rationale, scores, sections"
        )
        for value in (CANARY, "inadequate", str(CAT)):
            assert value not in json.dumps(old.json())
        closed = await write(running, f"{exercise}/closure", CLOSING, '"4"', Role.QA_MANAGER)
        assert (closed.status_code, closed.headers["etag"]) == (200, '"5"')
        late = await write(running, f"{exercise}/grades", GRADES, '"1"', Role.AUDITOR, CAT)
        assert late.status_code == 412
        assert [one["field"] for one in late.json()["problems"]] == ["case-graded", "calibration-closed"]
