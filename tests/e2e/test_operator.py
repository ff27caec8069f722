"""What an operator does to a running platform: look, trace, rebuild, republish, erase; figures stay what they were."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from infra.sample.client import Client
from infra.sample.demonstration import LARGE, sample_authorities, sample_tools
from infra.sample.generator import plan_year
from infra.sample.loading import Loader
from infra.sample.plan import PlannedYear
from shared.contracts.base import AUDIT_EVENTS, ESCALATION_EVENTS
from shared.contracts.envelope import decode
from shared.web.principal import Role
from tests.support.platform import PARTITIONS, SERVICES, Platform, platform, until
from tests.support.reports import compare_with_truth
from tests.support.servers import Stack
from tests.support.stores import connected
from tests.support.topics import read_topic

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


def made_up_year() -> PlannedYear:
    return plan_year(sample_authorities().get(LARGE), sample_tools(), seed=21, as_of=date(2026, 11, 20), audits=150)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    async with platform(stack, tmp_path_factory.mktemp("platform")) as made:
        for name in reversed(SERVICES):  # in any order: the readers first, before there is anything to read
            await made.start(name)
        client = Client(made.addresses, made.issuer, LARGE, patience_seconds=60)
        try:
            await Loader(client, sample_authorities().get(LARGE), made_up_year(), lambda *_: None).load(sample_tools())
        finally:
            await client.close()
        yield made


async def report(running: Platform) -> dict[str, Any]:
    found: dict[str, Any] = await running.get(
        "reporting", "/reports/triannual.json", Role.QA_MANAGER, LARGE, window="2026-06"
    )
    return found


async def test_status_shows_each_service_with_its_work(running: Platform) -> None:
    code, output, errors = await running.command("status", "--json")
    assert code == 0, errors
    services = json.loads(output)["services"]
    assert set(services) == set(SERVICES)
    for said in services.values():
        assert said["ready"] is True
        assert said["parked"] == 0
        assert said["outbox"]["depth"] == 0
    assert sum(services["reporting"]["lag"].values()) == 0


async def test_trace_tells_an_audits_story_with_its_causes(running: Platform) -> None:
    async with connected(running.dsns["escalation"]) as connection:
        audit_id = await connection.fetchval(
            "select data ->> 'audit_id' from eventstore.summaries where status = 'closed'"
        )
    code, output, errors = await running.command("trace", audit_id, "--json")
    assert code == 0, errors
    steps = json.loads(output)
    assert {step["service"] for step in steps} == {"audit", "escalation"}
    assert [step["recorded_at"] for step in steps] == sorted(step["recorded_at"] for step in steps)
    [opened] = [step for step in steps if step["event"] == "consideration-opened"]
    assert opened["because"].startswith("audit ")
    assert all("reporting" in step["state"] for step in steps if step["published_as"]), (
        "every public event was applied by reporting"
    )
    known = made_up_year()
    written = output + (await running.command("trace", audit_id))[1]
    for audit in known.audits:
        assert audit.case_number not in written


async def test_trace_of_nothing_says_so(running: Platform) -> None:
    code, output, _ = await running.command("trace", "00000000-0000-4000-8000-000000000000")
    assert code == 1
    assert "Nothing is recorded" in output
    code, _, errors = await running.command("trace", "Jamie")
    assert code == 2
    assert "Jamie" not in errors


async def test_a_rebuild_gives_the_same_report(running: Platform) -> None:
    before = await report(running)
    compare_with_truth(before, made_up_year(), at_least=15)
    code, _, errors = await running.command("rebuild")
    assert code == 0, errors
    after = await report(running)
    assert after["report"] == before["report"]


async def test_republishing_repeats_every_event_with_its_id_and_changes_no_report(running: Platform) -> None:
    before = await report(running)
    for service, topic in (("audit", AUDIT_EVENTS), ("escalation", ESCALATION_EVENTS)):
        first = await _ids(running, topic)
        assert set(first.values()) == {1}
        code, _, errors = await running.command("republish", service)
        assert code == 2, "refused while the service sends"
        assert "stop" in errors.lower()
        await running.stop(service)
        code, output, errors = await running.command("republish", service, "--json")
        assert code == 0, errors
        assert json.loads(output)["sent"] == len(first)
        assert await _ids(running, topic) == Counter(dict.fromkeys(first, 2))
        await running.start(service)

    async def read() -> bool:
        status = await running.get("reporting", "/operations/status", Role.OPERATOR)
        return bool(status["ready"] and sum(status["lag"].values()) == 0)

    await until(read, "reporting reads the repeated events")
    after = await report(running)
    assert after["report"] == before["report"]


async def _ids(running: Platform, topic: str) -> Counter[UUID]:
    records = await read_topic(running.bootstrap, running.topic(topic), partitions=PARTITIONS)
    return Counter(decode(record.headers, record.value).id for record in records)


async def test_an_erased_child_is_gone_and_still_counts(running: Platform) -> None:
    before = await report(running)
    year = made_up_year()
    listed = await running.get("audit", "/v1/audits", Role.QA_MANAGER, LARGE, status="completed", limit="1")
    [audit] = listed["audits"]
    reference = audit["case_reference"]
    seen = await running.get("audit", f"/v1/audits/{audit['audit_id']}", Role.QA_MANAGER, LARGE)
    assert seen["case_number"] in {one.case_number for one in year.audits}
    assert seen["texts"]
    code, _, errors = await running.command("child", "erase", reference, "--authority", LARGE, "--yes")
    assert code == 0, errors
    gone = await running.get("audit", f"/v1/audits/{audit['audit_id']}", Role.QA_MANAGER, LARGE)
    assert gone["case_number"] == "[erased]"
    assert not any(text in json.dumps(gone) for text in seen["texts"].values())

    async def told() -> bool:
        async with connected(running.dsns["reporting"]) as connection:
            schema = await connection.fetchval("select schema_name from reporting.live")
            found = await connection.fetchval(f"select count(*) from {schema}.erased_children")
        return bool(found)

    await until(told, "reporting knows of the erasure")
    after = await report(running)
    assert after["report"]["sections"] == before["report"]["sections"]


async def test_nothing_a_child_could_be_known_by_is_on_kafka_in_logs_or_in_reporting(running: Platform) -> None:
    """G7, looked for in every byte that left the audit service."""
    secrets = {audit.case_number for audit in made_up_year().audits}
    secrets |= {audit.auditor for audit in made_up_year().audits}
    secrets |= {"Seen in the case notes", "The grade rests on the sections", "Agree in the next supervision"}
    for topic in (AUDIT_EVENTS, ESCALATION_EVENTS):
        for record in await read_topic(running.bootstrap, running.topic(topic), partitions=PARTITIONS):
            said = repr((record.key, record.headers, record.value))
            assert not [one for one in secrets if one in said]
    for name in SERVICES:
        assert not [one for one in secrets if one in running.log(name)], name
    for name in ("reporting", "escalation"):
        assert not [one for one in secrets if one in await _everything_in(running.dsns[name])], name


async def _everything_in(dsn: str) -> str:
    rows = []
    async with connected(dsn) as connection:
        tables = await connection.fetch(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        )
        for table in tables:
            name = f'"{table["schemaname"]}"."{table["tablename"]}"'
            rows += [row["text"] for row in await connection.fetch(f"select t::text as text from {name} as t")]
    return "\n".join(rows)


async def test_wrong_settings_end_a_service_with_a_sentence(running: Platform) -> None:
    await running.stop("escalation")
    await running.begin("escalation", SIGHTLINE_ESCALATION_PORT="not a port")
    process = running.running.pop("escalation")
    assert await process.wait() == 2
    said = running.log("escalation").splitlines()[-1]
    assert "SIGHTLINE_ESCALATION_PORT" in said
    assert "not a port" not in said
    await running.start("escalation")
