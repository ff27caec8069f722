"""A published report is made again from the facts of its log position: equal, or what differs and why."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from infra.cli import main
from services.reporting.facts.live import read_facts
from services.reporting.publications import storing
from services.reporting.publications.verifying import Because, Outcome, Verdict, verify
from services.reporting.reports import measures
from services.reporting.reports.figures import Definition
from shared.authority.settings import Authorities
from shared.eventstore.database import open_pool
from shared.eventstore.postgres import PostgresEventStore
from tests.integration.reporting.reports import made_up
from tests.integration.reporting.reports.test_publishing import KINDS, WINDOW, Office, office
from tests.integration.reporting.reports.test_successors import succeed

__all__ = ["office"]
pytestmark = pytest.mark.stack


async def verdicts(office: Office, authorities: Authorities | None = None) -> dict[tuple[str, int], Verdict]:
    """Verify every published version of the window."""
    pool = await open_pool(office.dsn, size=2)
    try:
        async with read_facts(pool) as facts:
            return {
                (one.kind, one.version): await verify(
                    facts, PostgresEventStore(pool), authorities or Authorities([made_up.settings()]), "westshire", one
                )
                for one in await storing.versions(facts, "westshire", WINDOW)
            }
    finally:
        await pool.close()


async def execute(office: Office, *statements: str) -> None:
    connection = await asyncpg.connect(office.dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_every_version_is_equal_also_after_what_was_recorded_later(office: Office) -> None:
    assert (await office.publish("triannual", "2026-02")).status_code == 201
    for kind in KINDS:
        await office.publish(kind)
    await office.late_audits(60)
    assert (await succeed(office, although_hidden=True)).status_code == 201
    found = await verdicts(office)
    assert set(found) == {(kind, version) for kind in KINDS for version in (1, 2)}
    assert {one.outcome for one in found.values()} == {Outcome.EQUAL}


async def test_an_event_of_then_that_came_later_is_told_with_what_differs(office: Office) -> None:
    await office.publish()
    await office.late_audits(recorded_later=False)
    [found] = (await verdicts(office)).values()
    assert found.outcome is Outcome.DIFFERS
    assert Because.LATE_EVENT in found.because
    assert found.changes
    assert found.sha256_again != found.sha256


async def test_another_measure_and_other_settings_are_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.publish()
    settings = made_up.settings()
    other = settings.model_copy(
        update={"reporting": settings.reporting.model_copy(update={"suppression_threshold": 9})}
    )
    [found] = (await verdicts(office, Authorities([other]))).values()
    assert (found.outcome, found.because) == (Outcome.DIFFERS, (Because.SETTINGS_CHANGED,))
    raised: list[Definition] = [one.model_copy(update={"version": one.version + 1}) for one in measures.MEASURES]
    monkeypatch.setattr("services.reporting.reports.build.MEASURES", tuple(raised))
    [found] = (await verdicts(office)).values()
    assert (found.outcome, found.because) == (Outcome.DIFFERS, (Because.MEASURE_CHANGED,))


async def test_a_stored_row_that_was_changed_is_found_also_with_its_hash(office: Office) -> None:
    await office.publish()
    change = "update reporting.publications set content = replace(content, 'Westshire', 'Eastshire')"
    await execute(office, change)
    [found] = (await verdicts(office)).values()
    assert (found.outcome, found.because) == (Outcome.TAMPERED, (Because.CONTENT_CHANGED,))
    await execute(
        office, "update reporting.publications set sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex')"
    )
    [found] = (await verdicts(office)).values()
    assert (found.outcome, found.because) == (Outcome.TAMPERED, (Because.NOT_AS_ANNOUNCED,))


def test_what_names_no_report_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.outcome(["verify", "northmoor"]) == 2
    assert "That names no report" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name",
    [
        f"westshire/triannual/{WINDOW}",
        f"westshire/triannual/{WINDOW}/1",
        f"/reports/triannual?authority=westshire&window={WINDOW}",
        f"http://127.0.0.1:8103/reports/triannual.json?authority=westshire&window={WINDOW}&version=1",
    ],
)
async def test_the_command_says_equal_or_what_differs(
    name: str, office: Office, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await office.publish()
    monkeypatch.setenv("SIGHTLINE_REPORTING_DATABASE", office.dsn)
    monkeypatch.setattr("infra.cli.verify.authorities", lambda: Authorities([made_up.settings()]))

    async def said(*more: str) -> tuple[int, Any]:
        code = await asyncio.to_thread(main.outcome, ["verify", name, "--json", *more])
        return code, json.loads(capsys.readouterr().out)

    code, document = await said()
    assert (code, document["outcome"], document["report"]) == (0, "equal", f"westshire/triannual/{WINDOW}/1")
    await execute(office, "update reporting.publications set content = replace(content, 'Westshire', 'Eastshire')")
    code, document = await said()
    assert (code, document["outcome"], document["because"]) == (3, "tampered", ["content-changed"])
