"""The pages as a browser gets them from the running service: signed in by a link, with styles, refused as pages."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from shared.web.principal import Role
from shared.web.settings import local_sign_in
from tests.integration.escalation.support import process
from tests.support.stack import TestKafka

pytestmark = pytest.mark.stack


async def test_a_link_signs_in_and_leads_to_what_is_ones_own(
    postgres_dsn: str, kafka: TestKafka, tmp_path: Path
) -> None:
    prefix = f"test-{uuid4().hex[:8]}."
    for name in ("audit.events", "escalation.events"):
        await kafka.create_topic(f"{prefix}{name}")
    service = process(postgres_dsn, kafka.bootstrap, tmp_path, prefix)
    await service.start()
    try:
        link = local_sign_in(tmp_path).link(
            service.address, Role.SERVICE_MANAGER, "northmoor", "/", scope=("north/riverside",), person=UUID(int=4)
        )
        browser = {"Accept": "text/html,application/xhtml+xml"}
        async with httpx.AsyncClient(headers=browser, follow_redirects=True, timeout=30) as client:
            started = {
                "cause": "complaint",
                "category": "safeguarding",
                "organisation": {"area": "north", "district": "riverside", "team": "riverside-assessment"},
                "service": "childrens-social-work",
                "case_reference": str(uuid4()),
            }
            headers = service.headers(Role.QA_OFFICER, UUID(int=1)) | {"Idempotency-Key": "one"}
            made = await client.post(f"{service.address}/v1/escalations", json=started, headers=headers)
            assert made.status_code == 201, made.text
            page = await client.get(link)
            assert page.status_code == 200
            assert "What is yours to do now" in page.text
            address = f"/escalations/{made.json()['escalation_id']}"
            assert address in page.text
            one = await client.get(f"{service.address}{address}")
            assert "Complaint (safeguarding), by a person" in one.text
            board = await client.get(f"{service.address}/districts/north/riverside")
            assert board.status_code == 200
            table = await client.get(f"{service.address}/escalations.csv")
            assert made.json()["escalation_id"] in table.text
            styles = await client.get(f"{service.address}/static/pages.css")
            assert ".todo" in styles.text
            for path, status in (("/districts/north/hillside", 403), (f"/escalations/{uuid4()}", 404)):
                refused = await client.get(f"{service.address}{path}")
                assert refused.status_code == status
                assert "<h1>" in refused.text
    finally:
        assert await service.stop() == 0
