"""The service as a process with a real mail server: killed around a sending, and with the mail server away."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from asyncpg import Pool

from services.escalation.app.policies import escalation_of
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS, Concern
from shared.eventstore.database import open_pool
from shared.web.principal import WHOLE, Role
from shared.web.settings import local_issuer
from tests.integration.escalation.support import Process, process, publish, until, utc_now
from tests.integration.escalation.telling.servers import MailServer, mail_server
from tests.support.stack import TestKafka
from tests.unit.escalation import incoming

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

ADDRESSES = """
northmoor:
  - {role: qa-manager, mail: qa@northmoor.example}
  - {role: service-manager, unit: north/riverside, mail: riverside@northmoor.example}
"""
TOLD = {"qa@northmoor.example", "riverside@northmoor.example"}


@pytest_asyncio.fixture
async def mail(tmp_path: Path) -> AsyncIterator[MailServer]:
    async with mail_server(tmp_path / "mail") as server:
        yield server


@pytest_asyncio.fixture
async def service(tmp_path: Path, postgres_dsn: str, kafka: TestKafka, mail: MailServer) -> AsyncIterator[Process]:
    prefix = f"{uuid4().hex[:8]}."
    for topic in (AUDIT_EVENTS, ESCALATION_EVENTS):
        await kafka.create_topic(prefix + topic)
    addresses = tmp_path / "addresses.yaml"
    addresses.write_text(ADDRESSES)
    made = process(
        postgres_dsn,
        kafka.bootstrap,
        tmp_path,
        prefix,
        SIGHTLINE_ESCALATION_ADDRESSES=str(addresses),
        SIGHTLINE_ESCALATION_SMTP_HOST="127.0.0.1",
        SIGHTLINE_ESCALATION_SMTP_PORT=str(mail.port),
        SIGHTLINE_ESCALATION_SMTP_SECURITY="none",
        SIGHTLINE_ESCALATION_SMTP_FROM="audit@sightline.example",
        SIGHTLINE_ESCALATION_SMTP_TIMEOUT_SECONDS="4",
        SIGHTLINE_ESCALATION_WEBHOOK_TIMEOUT_SECONDS="4",
        SIGHTLINE_ESCALATION_NOTICES_SECONDS="0.2",
        SIGHTLINE_ESCALATION_NOTICES_LEASE="PT8S",
        SIGHTLINE_ESCALATION_NOTICES_RETRY_FIRST="PT1S",
        SIGHTLINE_ESCALATION_NOTICES_RETRY_LONGEST="PT2S",
    )
    yield made
    if made.running is not None and made.running.returncode is None:
        await made.kill()


@pytest_asyncio.fixture
async def pool(postgres_dsn: str) -> AsyncIterator[Pool]:
    opened = await open_pool(postgres_dsn, size=2)
    yield opened
    opened.terminate()


async def flag(service: Process, kafka: TestKafka) -> Any:
    """Have audit flag a concern; give the escalation's reference."""
    audit = uuid4()
    topic = service.environment["SIGHTLINE_TOPIC_PREFIX"] + AUDIT_EVENTS
    await publish(kafka.bootstrap, topic, [(incoming.flagged(Concern.SAFEGUARDING, audit_id=audit), 1)], at=utc_now())
    return escalation_of(audit)


async def until_sent(pool: Pool, number: int) -> None:
    async def all_sent() -> bool:
        return bool(await pool.fetchval("select count(*) from escalation.notices where state = 'sent'") == number)

    await until(all_sent, what=f"{number} messages recorded as sent")


def arrived(mail: MailServer) -> Counter[tuple[str, str]]:
    """Each message that arrived: to whom, with which Message-ID, and how often."""
    return Counter((one["X-Rcpt"], one["Message-ID"]) for one in mail.taken())


@pytest.mark.parametrize(
    ("place", "at_most"),
    [("notices.before-send", 1), ("notices.after-send", 2)],
    ids=["killed between commit and sending", "killed between sending and its record"],
)
async def test_killed_around_a_sending_everyone_is_told_and_a_repeat_shows_itself(
    *, service: Process, kafka: TestKafka, mail: MailServer, pool: Pool, place: str, at_most: int
) -> None:
    service.environment["SIGHTLINE_FAILPOINT"] = f"{place}=kill"
    await service.start()
    await flag(service, kafka)
    assert service.running is not None
    assert await service.running.wait() == -9
    assert len(mail.taken()) == at_most - 1
    del service.environment["SIGHTLINE_FAILPOINT"]
    await service.start()
    await until_sent(pool, 2)
    assert await service.stop() == 0
    found = arrived(mail)
    assert {to for to, _ in found} == TOLD
    assert len(found) == 2, "a repeat has the Message-ID of the first"
    assert sorted(found.values()) == [1, at_most]


async def test_a_mail_server_that_is_away_delays_nothing_is_seen_and_is_caught_up_with(
    service: Process, kafka: TestKafka, mail: MailServer, pool: Pool
) -> None:
    await mail.stop()
    await service.start()
    escalation = await flag(service, kafka)
    token = local_issuer(service.folder).issue(Role.OPERATOR, WHOLE, hours=1)
    async with httpx.AsyncClient(base_url=service.address) as client:

        async def fails() -> Any:
            answer = await client.get("/operations/status", headers={"Authorization": f"Bearer {token}"})
            said = answer.json()
            return said if said["notices"]["failing"] else None

        said = await until(fails)
        assert said["notices"]["waiting"] == 2
        assert said["notices"]["reason"] == "mail-server-away"
        answer = await client.get(f"/v1/escalations/{escalation}", headers=service.headers(Role.QA_OFFICER, uuid4()))
        assert answer.status_code == 200, answer.text
        ready = await client.get("/health/ready")
        assert ready.status_code == 200, ready.text
        assert 'sightline_notices_channel_down{channel="mail"} 1.0' in (await client.get("/metrics")).text
    await mail.start()
    await until_sent(pool, 2)
    assert await service.stop() == 0
    assert {to for to, _ in arrived(mail)} == TOLD
    log = (service.folder / "log").read_text()
    assert log.count("notices_channel_down") == 1
    assert log.count("notices_channel_up") == 1
    assert "northmoor.example" not in log


async def test_greylisted_and_cut_off_everyone_is_told_in_the_end(
    service: Process, kafka: TestKafka, mail: MailServer, pool: Pool
) -> None:
    mail.mood("greylist")
    await service.start()
    await flag(service, kafka)
    await until_sent(pool, 2)
    mail.mood("hang-up")
    await flag(service, kafka)

    async def lost() -> bool:
        reason = "select count(*) from escalation.notices where reason = 'mail-connection-lost'"
        return bool(await pool.fetchval(reason) == 2)

    await until(lost)
    mail.mood("fine")
    await until_sent(pool, 4)
    assert await service.stop() == 0
    assert sorted(arrived(mail).values()) == [1, 1, 1, 1]


async def test_settings_that_do_not_hang_together_are_refused_at_the_start_each_in_a_line(
    service: Process, tmp_path: Path
) -> None:
    (tmp_path / "addresses.yaml").write_text(ADDRESSES + "  - {role: director, webhook: 'https://hooks.example/'}\n")
    service.environment |= {
        "SIGHTLINE_ESCALATION_SMTP_HOST": "",
        "SIGHTLINE_ESCALATION_NOTICES_LEASE": "PT1S",
    }
    with pytest.raises(AssertionError) as ended:
        await service.start()
    for setting in ("SMTP_HOST", "WEBHOOK_SECRET", "NOTICES_LEASE"):
        assert f"SIGHTLINE_ESCALATION_{setting}" in str(ended.value)
    assert "northmoor.example" not in str(ended.value)
