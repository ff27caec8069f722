"""A text of its own in every free-text box there is, and then it is looked for everywhere it must not be (G7).

Which boxes there are is read from the forms themselves: a box that nobody planted a text in fails the test.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

from shared.contracts.base import TOPICS
from shared.eventstore.database import open_pool
from shared.privacy.keystore import ERASED, KeyStore
from shared.privacy.master import read_master_key
from shared.privacy.sealing import SealBroken, Sealed, Sealer
from shared.web.principal import Role
from tests.e2e.canary_story import AUTHORITY, Story, tell
from tests.support.canaries import dump, text_boxes
from tests.support.platform import PARTITIONS, SERVICES, Platform, platform, until
from tests.support.servers import Stack
from tests.support.stores import connected
from tests.support.topics import read_topic
from tests.unit.audit.builders import settings_text

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

SEALED = re.compile(r"s1\.[A-Za-z0-9_-]{40,}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    folder = tmp_path_factory.mktemp("canaries")
    authorities = folder / "authorities"
    authorities.mkdir()
    more = "dispute_decided_by: panel, second_at_distance: null,"
    (authorities / "northmoor.yaml").write_text(settings_text(AUTHORITY, blind=True, more=more))
    async with platform(stack, folder) as made:
        for name in SERVICES:
            await made.begin(name, SIGHTLINE_AUTHORITIES=str(authorities))
        for name in SERVICES:
            await until(lambda name=name: made.is_ready(name), f"{name} being ready")  # type: ignore[misc]  # bound per turn
        story = Story(made)
        await tell(story)
        yield story


async def test_every_free_text_box_of_every_form_has_a_canary(told: Story) -> None:
    """A new box fails here until a text is planted in it."""
    async with httpx.AsyncClient(trust_env=False) as client:
        openapi = (await client.get(f"http://127.0.0.1:{told.running.ports['audit']}/openapi.json")).json()
    assert text_boxes(openapi) - told.plant.boxes == set()
    within = {"DraftForm.overridden_limits", "PractitionerFeedbackForm.answers.text", "ModerationForm.answers.evidence"}
    assert within <= text_boxes(openapi), "the walk finds boxes within other things"


async def test_no_canary_is_in_a_refusal_or_a_header(told: Story) -> None:
    assert len(told.refusals) >= 13
    assert told.plant.in_("\n".join(told.refusals)) == set()
    assert told.plant.in_("\n".join(told.headers)) == set()


async def test_no_canary_is_on_kafka(told: Story) -> None:
    await everything_was_read(told)
    said = []
    for topic in TOPICS:
        records = await read_topic(told.running.bootstrap, told.running.topic(topic), partitions=PARTITIONS)
        said += [repr((record.key, record.headers, record.value)) for record in records]
    assert len(said) > 20
    assert told.plant.in_("\n".join(said)) == set()


async def everything_was_read(told: Story) -> None:
    async def read() -> bool:
        for name in ("escalation", "reporting"):
            status = await told.running.get(name, "/operations/status", Role.OPERATOR)
            if not status["ready"] or sum(status["lag"].values()):
                return False
        return bool((await told.running.get("audit", "/operations/status", Role.OPERATOR))["outbox"]["depth"] == 0)

    await until(read, "everything is published and read")


async def test_no_canary_is_in_logs_metrics_or_what_commands_print(told: Story) -> None:
    async with connected(told.running.dsns["audit"]) as connection:
        streams = await connection.fetch("select stream_id from eventstore.summaries where category = 'audit'")
    printed = [(await told.running.command("trace", str(row["stream_id"]), "--json"))[1] for row in streams]
    printed += [(await told.running.command("status", "--json"))[1]]
    async with httpx.AsyncClient(trust_env=False) as client:
        for name in SERVICES:
            printed.append((await client.get(f"http://127.0.0.1:{told.running.ports[name]}/metrics")).text)
            printed.append(told.running.log(name))
    assert "request_handled" in "".join(printed)
    assert told.plant.in_("\n".join(printed)) == set()


@pytest.mark.parametrize("name", ["reporting", "escalation", "escalation_keys", "audit", "audit_keys"])
async def test_no_canary_is_in_a_database_in_clear_text(told: Story, name: str) -> None:
    await everything_was_read(told)
    said = await dump(told.running.dsns[name])
    assert len(said) > 100
    assert told.plant.in_(said) == set()


@asynccontextmanager
async def sealer_of(running: Platform) -> AsyncIterator[Sealer]:
    """Open a sealer on the keys as they are now, with nothing remembered."""
    pool = await open_pool(running.dsns["audit_keys"], size=2)
    try:
        yield Sealer(KeyStore(pool, read_master_key(running.folder / "keys" / "master.key")))
    finally:
        await pool.close()


async def test_after_the_erasure_nothing_of_the_child_can_be_read_and_the_link_is_gone(told: Story) -> None:
    running = told.running
    before = await dump(running.dsns["audit"])
    sealed = set(SEALED.findall(before))
    assert len(sealed) > 40
    async with connected(running.dsns["audit"]) as connection:
        link = await connection.fetchrow("select * from privacy.case_references where reference = $1", told.child)
    assert link is not None
    async with sealer_of(running) as sealer:
        with pytest.raises(SealBroken):  # with the key there, only the place is wrong
            await sealer.unseal(told.child, "elsewhere", min(sealed))
    code, _, errors = await running.command("child", "erase", str(told.child), "--authority", AUTHORITY, "--yes")
    assert code == 0, errors
    after = await dump(running.dsns["audit"])
    assert sealed & set(SEALED.findall(after)), "the log is append-only: what was sealed stays, and is of no use"
    async with sealer_of(running) as sealer:
        assert set(await sealer.unseal_many([Sealed(told.child, "elsewhere", one) for one in sealed])) == {ERASED}
    assert told.plant.in_(after) == set()
    async with connected(running.dsns["audit"]) as connection:
        assert (
            await connection.fetchrow("select 1 from privacy.case_references where reference = $1", told.child) is None
        )
        drafts = await connection.fetchval("select count(*) from audit.drafts where case_reference = $1", told.child)
    assert drafts == 0
    assert link["sealed_case_number"] not in after
    export = await told.ask("GET", f"/v1/children/{told.child}/export?authority={AUTHORITY}", Role.QA_MANAGER)
    assert told.plant.in_(export.text) == set()
    assert export.json()["erased"] is True
    code, printed, errors = await running.command("child", "export", str(told.child), "--authority", AUTHORITY)
    assert code == 0, errors
    assert "Audit escalations (" in printed
    assert told.plant.in_(printed) == set()
