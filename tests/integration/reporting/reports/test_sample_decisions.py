"""The demonstration's board decides: its record is taken by the service, also said twice, and stands on the page."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import pytest

from infra.sample.boards import record_decisions
from infra.sample.client import Addresses, Client, Who
from shared.web.principal import Role
from tests.integration.reporting.reports.test_decisions import rows_of, section_of
from tests.integration.reporting.reports.test_publishing import WINDOW, Office, office

__all__ = ["office"]
pytestmark = pytest.mark.stack


class Through:
    """Asks the office as the demonstration's client asks a service."""

    addresses = Addresses("", "", "")

    def __init__(self, office: Office) -> None:
        self._manager = office.client("qa-manager")

    async def get(self, _who: Who, url: str, **parameters: Any) -> Any:
        answer = await self._manager.get(url, params={k: v for k, v in parameters.items() if v is not None})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, _who: Who, url: str, body: dict[str, Any], *, key: str) -> Any:
        answer = await self._manager.post(url, json=body, headers={"Idempotency-Key": key})
        assert answer.is_success, answer.text
        return answer.json()


async def test_the_board_of_the_demonstration_decides_about_every_report_but_the_newest(office: Office) -> None:
    for window in ("2026-02", WINDOW):
        assert (await office.publish("quality-board", window)).status_code == 201
    client, who = cast("Client", Through(office)), Who(Role.QA_MANAGER, uuid4())
    for _ in range(2):
        assert await record_decisions(client, who) == 2
    rows = rows_of(await section_of(office))
    assert [row["label"] for row in rows] == ["Ask for a plan", "Train auditors and moderators"]
    assert [row["cells"]["state"]["text"] for row in rows] == [
        "Done on 20 August 2026: it made a difference in part",
        "Under way since 20 July 2026, past its due date",
    ]
    assert "then" in rows[0]["cells"]
