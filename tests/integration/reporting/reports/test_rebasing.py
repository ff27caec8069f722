"""A control chart rebased by the QA unit: new limits from a month on, with the reason in words, frozen when published."""

from __future__ import annotations

import statistics
from itertools import pairwise
from typing import Any

import httpx
import pytest

from services.reporting.pages.access import QA_UNIT
from shared.contracts.reporting import ChartRebasedV1
from shared.web.principal import Role
from tests.integration.reporting.reports.test_publishing import WINDOW, Office, office
from tests.integration.reporting.reports.test_successors import published_events

__all__ = ["office"]
pytestmark = pytest.mark.stack

BOARD = "/boards/quality"
CHART = "/v1/charts/good-or-better"
MONTH = "2026-06"


async def rebase(
    office: Office, *, role: str = "qa-officer", key: str = "one", seen: str | None = None, **body: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key} | ({} if seen is None else {"If-Match": seen})
    sent = {"month": MONTH, "reason": "tool-changed", **body}
    return await office.client(role).post(f"{CHART}/rebases", json=sent, headers=headers)


async def chart_of(office: Office, role: str = "qa-officer", **query: str) -> dict[str, Any]:
    document = (await office.client(role).get(f"{BOARD}.json", params={"window": WINDOW, **query})).json()
    [section] = [one for one in document["report"]["sections"] if one["id"] == "signals"]
    return dict(next(block for block in section["blocks"] if block["type"] == "control"))


def limits(values: list[float]) -> tuple[float, float, float]:
    """Work out mean and limits as Making Data Count does: 2.66 times the average moving range, within a percentage."""
    mean = statistics.fmean(values)
    width = 2.66 * statistics.fmean(abs(after - before) for before, after in pairwise(values))
    return round(mean, 1), round(max(0, mean - width), 1), round(min(100, mean + width), 1)


async def test_limits_start_anew_at_the_month_and_the_page_says_why(office: Office) -> None:
    before = await chart_of(office)
    assert before["phases"] == []
    answer = await rebase(office)
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert answer.json()["rebased"] == [
        {"month": MONTH, "reason": "tool-changed", "reason_in_words": "The audit tool changed"}
    ]
    chart = await chart_of(office)
    shares = {point["key"]: point["share"] for point in chart["points"]}
    values = {
        key: 100 * one["part"]["value"] / one["of"]["value"]
        for key, one in shares.items()
        if one["percent"] is not None
    }
    older, newer = chart["phases"]
    assert (older["month"], newer["month"]) == ("2026-02", MONTH)
    for phase, some in (
        (older, [value for key, value in values.items() if key < MONTH]),
        (newer, [value for key, value in values.items() if key >= MONTH]),
    ):
        assert len(some) == 4
        assert (phase["mean"], phase["lower"], phase["upper"]) == limits(some)
        assert phase["trial"]
    assert (chart["mean"], chart["lower"], chart["upper"]) == (newer["mean"], newer["lower"], newer["upper"])
    assert chart["marks"] == [{"month": MONTH, "words": "New tool, new limits"}]
    page = (await office.client("qa-officer").get(f"{BOARD}?window={WINDOW}")).text
    assert "From June 2026 (the audit tool changed) the mean is" in page
    assert "From February 2026 the mean is" in page


async def test_a_published_chart_stays_and_a_rebase_is_taken_back(office: Office) -> None:
    await rebase(office)
    await office.publish("quality-board")
    published = await chart_of(office, "director")
    assert len(published["phases"]) == 2
    answer = await rebase(office, key="two", reason="recorded-in-error", withdrawn=True)
    assert (answer.status_code, answer.json()["rebased"]) == (201, [])
    assert (await chart_of(office))["phases"] == []
    assert await chart_of(office, "director") == published
    assert (await chart_of(office, known_at="2026-11-23"))["phases"] == []
    told = [event for _, event in await published_events(office.dsn) if isinstance(event, ChartRebasedV1)]
    assert [(one.month, one.reason, one.withdrawn) for one in told] == [
        (MONTH, "tool-changed", False),
        (MONTH, "recorded-in-error", True),
    ]


async def test_a_phase_of_three_months_waits_for_its_limits(office: Office) -> None:
    await rebase(office, month="2026-07")
    chart = await chart_of(office)
    assert [phase["mean"] is None for phase in chart["phases"]] == [False, True]
    assert chart["mean"] is None
    page = (await office.client("qa-officer").get(f"{BOARD}?window={WINDOW}")).text
    assert "there are fewer than four months so far, so limits follow later" in page
    assert "None%" not in page


async def test_what_cannot_be_rebased_is_refused_with_the_way_out(office: Office) -> None:
    wrong = await rebase(office, month="2026-12", reason="mood")
    assert wrong.status_code == 422
    assert {one["place"] for one in wrong.json()["problems"]} == {"body/reason", "body/month"}
    assert (await rebase(office, key="two", month="2026-13")).status_code == 422
    assert (await rebase(office, key="three")).status_code == 201
    again = await rebase(office, key="four")
    assert again.json()["type"].endswith(":rebased-already")
    old = await rebase(office, key="five", month="2026-04", seen='"0"')
    assert old.status_code == 412
    nothing = await rebase(office, key="six", month="2026-03", reason="overtaken", withdrawn=True)
    assert nothing.json()["type"].endswith(":not-rebased")
    unknown = await office.client("qa-officer").get("/v1/charts/inadequate")
    assert unknown.status_code == 422


@pytest.mark.parametrize("role", sorted(Role))
async def test_the_qa_unit_alone_rebases(office: Office, role: Role) -> None:
    of_the_unit = role in QA_UNIT
    assert (await rebase(office, role=role)).status_code == (201 if of_the_unit else 403)
    assert (await office.client(role).get(CHART)).status_code == (200 if of_the_unit else 403)
    if of_the_unit:
        narrow = office.client(role, scope=("north",))
        body = {"month": "2026-03", "reason": "tool-changed"}
        assert (await narrow.post(f"{CHART}/rebases", json=body)).status_code == 403
        elsewhere = office.client(role, "eastmarch")
        assert (await elsewhere.get(CHART)).json()["rebased"] == []
        assert (await elsewhere.get(CHART, params={"authority": "westshire"})).status_code == 404
