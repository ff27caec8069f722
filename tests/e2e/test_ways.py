"""The moderation ways of six authorities (domain.md sections 2 and 3), each a settings document, on real servers.

Each test shows what is particular to its way, from the audits to the public events and the report. One start of the
platform serves all six.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid5

import httpx
import pytest
import pytest_asyncio

from infra.stack.home import checkout
from shared.contracts.base import TOPICS
from shared.web.principal import Role
from tests.support.platform import PARTITIONS, SERVICES, Platform, platform, until
from tests.support.servers import Stack
from tests.support.topics import read_topic
from tests.support.ways import AUDITORS, CANARY, Way, shipped

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

WAYS = checkout() / "infra" / "sample" / "ways"
Ways = Callable[[str, int], Way]


@pytest_asyncio.fixture(scope="module")
async def ways(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ways]:
    async with (
        platform(stack, tmp_path_factory.mktemp("ways")) as running,
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
    ):
        for name in SERVICES:
            await running.begin(name, SIGHTLINE_AUTHORITIES=str(WAYS), SIGHTLINE_AUDIT_MODERATION_QUEUE_SECONDS="0.3")
        for name in SERVICES:
            await until(lambda name=name: running.is_ready(name), f"{name} being ready")  # type: ignore[misc]  # bound per turn
        yield lambda key, number: Way(running, key, number, http)
        await nothing_readable_left(running)


async def nothing_readable_left(running: Platform) -> None:
    """No text of any of the audits is on a topic or in a log (G7)."""
    for name in SERVICES:
        assert CANARY not in running.log(name)
    for topic in TOPICS:
        records = await read_topic(running.bootstrap, running.topic(topic), partitions=PARTITIONS)
        assert not [record for record in records if CANARY.encode() in record.value]


async def test_every_case_moderated_two_a_moderator_in_the_month_after(ways: Ways) -> None:
    """As Kent: all are moderated, by moderators who do two in a cycle of two months, never their own team's."""
    way, tool = ways("wealdmere", 1), shipped("standard-case-file-audit")
    await way.publish(tool)
    manager, other = way.person(11), way.person(12)  # the first of them manages hurst-1
    cycle: dict[str, Any] = {"cycle": "2026-06-07"}
    first_month = [
        *[await way.audited(tool, "hurst-1", f"2026-06-{day:02}", **cycle) for day in (8, 9)],
        *[await way.audited(tool, "strand-2", f"2026-06-{day:02}", **cycle) for day in (10, 11)],
    ]
    given = await way.given(*first_month)
    assert [given[one] for one in first_month] == [other, other, manager, manager]
    load = await way.get("/moderators/load", cycle="2026-06-07")
    assert {(row["capacity"], row["assigned"], row["free"]) for row in load["moderators"]} == {(2, 2, 0)}
    for one in first_month:  # month two: the moderator meets team manager and practitioner
        met = [{"role": role, "on": "2026-07-08"} for role in ("team-manager", "practitioner")]
        await way.moderated(one, given[one], "good", "2026-07-09", meetings=met, quality=GOOD_AUDIT)
    heard = (await way.heard(first_month[0], "moderation-done.v1"))["moderation-done.v1"]
    assert (heard["selected_because"], heard["met_team_manager"], heard["met_practitioner"]) == ("all", True, True)
    assert (heard["moderated_on"], heard["days_since_completion"], heard["blind"]) == ("2026-07-09", 31, False)
    assert (heard["standing_grade"], heard["decided_by"]) == ("good", "moderator")
    assert heard["quality_of_audit"] == GOOD_AUDIT
    await way.reported("agreement", "exact", "n", 4)


AT_TEN = "2026-06-25T10:00:00+01:00"
GOOD_AUDIT = {"thorough": "yes", "evidenced": "yes", "actions_right": "partly"}


async def test_more_audits_than_moderators_wait_in_sight_and_a_manager_who_disagrees_reflects(ways: Ways) -> None:
    """As Buckinghamshire: volume against moderation, evidence and impact boxes, the reflective case note."""
    way, tool = ways("chalkdown", 2), shipped("evidence-and-impact")
    await way.publish(tool)
    audits = [await way.audited(tool, "strand-1", f"2026-06-{day:02}") for day in (15, 16, 17)]
    given = await way.given(audits[0])  # the oldest; the only other moderator is of another district
    waiting = await way.waiting(2)
    assert [(row["audit_id"], row["why"]) for row in waiting] == [(one, "no-capacity") for one in audits[1:]]
    assert all(row["age_days"] > 30 and row["overdue"] for row in waiting)
    seen = await way.get(f"/audits/{audits[0]}", Role.MODERATOR, person=given[audits[0]])
    assert "good" not in str(seen["outcome"])  # blind: the auditor's grades are not shown before one's own
    grades = {"overall_grade": "requires-improvement", "rationale": CANARY, "happened_at": AT_TEN}
    await way.post(f"/audits/{audits[0]}/moderation/blind-grades", Role.MODERATOR, grades, person=given[audits[0]])
    await way.moderated(audits[0], given[audits[0]], "requires-improvement", "2026-06-26")
    note = {"discussed_with": ["moderator", "practitioner"], "text": CANARY, "happened_at": "2026-07-01T10:00:00+01:00"}
    await way.post(f"/audits/{audits[0]}/reflective-note", Role.TEAM_MANAGER, note, person=way.person(23))
    heard = await way.heard(audits[0], "moderation-done.v1", "reflective-note-recorded.v1")
    assert (heard["moderation-done.v1"]["blind"], heard["moderation-done.v1"]["direction"]) == (True, "lowered")
    assert heard["reflective-note-recorded.v1"]["discussed_with"] == ["moderator", "practitioner"]
    assert CANARY not in str(heard)
    carried = await way.post(
        "/moderation-queue/carry-over", Role.QA_MANAGER, {"from_cycle": "2026-06", "to_cycle": "2026-07"}
    )
    assert (carried["moderations"], carried["replayed"]) == (2, False)
    await way.given(audits[1])  # July's capacity
    assert [row["audit_id"] for row in await way.waiting(1)] == [audits[2]]
    await way.reported("agreement", "exact", "n", 1)


async def test_half_standard_half_thematic_and_each_kind_its_share_of_a_panel(ways: Ways) -> None:
    """As Oxfordshire: two kinds of audit, a stratified sample of both, moderated by a panel of managers."""
    way, tools = ways("isisford", 3), (shipped("standard-case-file-audit"), shipped("thematic-audit"))
    audits = []
    for tool in tools:
        await way.publish(tool)
        audits += [await way.audited(tool, "hurst-2", f"2026-06-{day:02}") for day in (1, 2, 3, 4)]

    async def requested() -> list[str] | None:
        found = [data["kind"] for type_, data in await way.events() if type_ == "moderation-requested.v1"]
        return found if len(found) >= 4 else None

    assert Counter(await until(requested, "the sample")) == {"case-file": 2, "thematic": 2}
    rows = (await way.get("/audits", moderation="requested"))["audits"]
    assert len(rows) == 4
    chair, members = way.person(11), [str(way.person(12)), str(way.person(13))]
    for row in rows:
        await way.moderated(
            row["audit_id"], chair, "good", "2026-06-24", moderator_type="panel", panel=members, quality=GOOD_AUDIT
        )
    heard = (await way.heard(rows[0]["audit_id"], "moderation-done.v1"))["moderation-done.v1"]
    assert (heard["moderator_type"], heard["decided_by"], heard["selected_because"]) == ("panel", "panel", "sample")
    assert not set(members) & set(str(heard).split("'"))  # who sat on the panel is no fact for others
    await way.reported("agreement", "exact", "n", 4)


async def test_external_auditors_on_the_same_cohort_are_compared_with_the_authority_s_own(ways: Ways) -> None:
    """As Reading: another child of the same cohort, audited from outside, and moderators from outside."""
    way, own, outside = ways("abbeymead", 4), shipped("standard-case-file-audit"), shipped("external-audit")
    cohort: dict[str, Any] = {"cycle": "2026-q2-q3"}
    for tool in (own, outside):
        await way.publish(tool)
    internal = [await way.audited(own, "strand-1", f"2026-06-{day:02}", "good", **cohort) for day in (8, 9)]
    external = [
        await way.audited(
            outside, "strand-1", f"2026-06-{day:02}", "requires-improvement", auditor=AUDITORS[5], **cohort
        )
        for day in (10, 11)
    ]
    given = await way.given(*internal, *external)
    for one in (*internal, *external):
        grades = {"overall_grade": "requires-improvement", "rationale": CANARY, "happened_at": AT_TEN}
        await way.post(f"/audits/{one}/moderation/blind-grades", Role.MODERATOR, grades, person=given[one])
        more: dict[str, Any] = {"moderator_type": "external"}
        if one in external:  # the tool of those from outside has a question for the moderator
            more["answers"] = {"inside-would-agree": {"value": "in-part"}}
        await way.moderated(one, given[one], "requires-improvement", "2026-06-26", **more)
    done = [data for type_, data in await until_done(way, 4)]
    compared = {(data["kind"], data["direction"], data["moderator_type"], data["cycle"]) for data in done}
    assert compared == {
        ("case-file", "lowered", "external", "2026-q2-q3"),
        ("external", "same", "external", "2026-q2-q3"),
    }
    [moderation] = (await way.get(f"/audits/{external[0]}"))["moderations"]
    assert {id_: said["value"] for id_, said in moderation["answers"].items()} == {"inside-would-agree": "in-part"}
    assert "in-part" not in str([data for data in done if data["kind"] == "external"])
    children = {data["case_reference"] for data in done}
    assert len(children) == 4  # a different child each, the same cohort
    await way.reported("moderation-changes", "lowered", "count", 2)
    await way.reported("agreement", "exact", "n", 4)


async def until_done(way: Way, count: int) -> list[tuple[str, dict[str, Any]]]:
    async def done() -> list[tuple[str, dict[str, Any]]] | None:
        found = [each for each in await way.events() if each[0] == "moderation-done.v1"]
        return found if len(found) == count else None

    found: list[tuple[str, dict[str, Any]]] = await until(done, f"{count} moderations being published")
    return found


async def test_a_sample_that_can_be_drawn_again_and_every_inadequate(ways: Ways) -> None:
    """As West Sussex: no longer all, but a sample by its seed, and every inadequate beside it."""
    way, tool = ways("sallowdown", 5), shipped("standard-case-file-audit")
    await way.publish(tool)
    known = [uuid5(UUID(int=5), str(number)) for number in range(40)]
    # The draw as its documentation has it, worked out here: SHA-256 of "seed|audit id", its first 8 bytes as a number.
    falls = {one: int.from_bytes(hashlib.sha256(f"7|{one}".encode()).digest()[:8]) < 0.5 * 2**64 for one in known}
    drawn = [str(one) for one in known if falls[one]][:3]
    left = [str(one) for one in known if not falls[one]][:3]
    grades = {**dict.fromkeys(drawn, "good"), **dict.fromkeys(left, "good"), left[0]: "inadequate"}
    for number, (one, grade) in enumerate(grades.items(), 1):
        await way.audited(tool, "hurst-1", f"2026-06-{number:02}", grade, audit_id=one)

    async def selected() -> dict[str, str] | None:
        found = {
            data["audit_id"]: data["selected_because"]
            for type_, data in await way.events()
            if type_ == "moderation-requested.v1"
        }
        return found if len(found) >= 4 else None

    expected = {**dict.fromkeys(drawn, "sample"), left[0]: "inadequate"}
    assert await until(selected, "the selection") == expected
    moderator = way.person(11)
    for one in expected:
        grade = "inadequate" if one == left[0] else "requires-improvement"
        await way.moderated(one, moderator, grade, "2026-06-24")
    await until_done(way, 4)
    await way.reported("moderation-coverage", "sample", "count", 3)
    await way.reported("moderation-coverage", "inadequate", "count", 1)
    await way.reported("agreement", "exact", "n", 3)  # what was picked for its grade is not in the pool


async def test_all_managers_audit_monthly_and_a_dispute_goes_to_a_second_moderator(ways: Ways) -> None:
    """As Surrey: managers, chairs and reviewing officers audit, none their own team; a dispute has a final decision."""
    way, tool = ways("pinebarrow", 6), shipped("standard-case-file-audit")
    await way.publish(tool)
    manager, chair = way.person(21), way.person(41)
    own = await way.ask(
        "POST",
        "/audits",
        Role.QA_OFFICER,
        body={
            "kind": "case-file",
            "cycle": "2026-06",
            "organisation": way.team("hurst-1"),
            "case_number": "WAY-OWN",
            "child_status": "in-need",
            "tool": tool.tool,
            "auditor": str(manager),
            "happened_at": "2026-06-01T09:00:00+01:00",
        },
    )
    assert (own.status_code, own.json()["type"].rpartition(":")[2]) == (403, "auditor-is-of-the-team")
    await way.audited(tool, "strand-2", "2026-06-02", auditor=manager)  # another team's, and she may
    disputed = await way.audited(tool, "strand-1", "2026-06-03", "outstanding", auditor=chair)
    first = (await way.given(disputed))[disputed]
    await way.moderated(disputed, first, "good", "2026-06-10")
    dispute = {"reason": "evidence", "text": CANARY, "happened_at": "2026-06-12T10:00:00+01:00"}
    await way.post(f"/audits/{disputed}/dispute", Role.TEAM_MANAGER, dispute, person=way.person(23))

    async def second() -> dict[str, Any] | None:
        page = await way.get("/moderation-queue", standing="assigned")
        found = [row for row in page["moderations"] if row["audit_id"] == disputed and row["number"] == 2]
        return found[0] if found else None

    given = await until(second, "a second moderator")
    assert UUID(given["moderator"]) == {way.person(11): way.person(12), way.person(12): way.person(11)}[first]
    await way.moderated(
        disputed, UUID(given["moderator"]), "outstanding", "2026-06-18", moderation_id=given["moderation_id"]
    )
    heard = await way.heard(disputed, "moderation-disputed.v1", "dispute-settled.v1", "moderation-done.v1")
    settled, done = heard["dispute-settled.v1"], heard["moderation-done.v1"]
    assert (settled["outcome"], settled["standing_grade"], settled["decided_by"]) == (
        "changed",
        "outstanding",
        "second-moderator",
    )
    assert (done["number"], done["final"], done["decided_by"]) == (2, True, "second-moderator")
    again = await way.ask(
        "POST",
        f"/audits/{disputed}/dispute",
        Role.TEAM_MANAGER,
        body={**dispute, "text": "Again."},
        person=way.person(23),
    )
    assert again.status_code == 409  # the decision is final
    await way.reported("agreement", "exact", "n", 1)
