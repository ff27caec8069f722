"""What the pages say: what is mine and until when, a district's board, one with its clock and steps, lists and CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from services.escalation.adapters.pages.wording import until
from shared.pages.spreadsheet import guarded
from shared.web.principal import Role
from tests.unit.escalation import office as o
from tests.unit.escalation.pages import scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[o.Office]:
    async with scene.opened(Path(tmp_path_factory.mktemp("keys"))) as one:
        yield one


pytestmark = pytest.mark.asyncio(loop_scope="module")


def text_of(html: str) -> str:
    words = " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main")[2]).split())
    return re.sub(r" ([.,:;)])", r"\1", words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))


async def read(office: o.Office, who: o.Person, path: str, **query: str) -> str:
    answer = await office.page(who, path, **query)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


def moment(day: int, hour: int, minute: int = 0, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


END_OF_24 = datetime(2026, 11, 24, 23, 59, 59, 999999, tzinfo=UTC)
NOW = moment(24, 14)  # a Tuesday


@pytest.mark.parametrize(
    ("due", "now", "words"),
    [
        (END_OF_24, NOW, "today by 23:59"),
        (moment(20, 23, 59), NOW, "overdue since Friday 20 November"),
        (moment(24, 9, 30), NOW, "overdue since 09:30 today"),
        (moment(25, 17), NOW, "tomorrow, Wednesday 25 November, by 17:00"),
        (moment(30, 23, 59), NOW, "Monday 30 November by 23:59"),
        (moment(4, 23, 59, month=1, year=2027), NOW, "Monday 4 January 2027 by 23:59"),
        # 22:59 UTC on 10 June is the end of that day in London, an hour later by its clocks
        (moment(10, 22, 59, month=6), moment(10, 12, month=6), "today by 23:59"),
        (moment(10, 22, 59, month=6), moment(9, 23, 30, month=6), "today by 23:59"),
    ],
)
async def test_until_when_is_said_as_people_say_it(due: datetime, now: datetime, words: str) -> None:
    assert until(due, now) == words


async def test_a_service_manager_sees_what_waits_for_them_the_most_pressing_first(office: o.Office) -> None:
    page = await read(office, o.DSM, "/")
    assert "1 audit escalation waits for you: 1 overdue." in page
    assert "Discuss the actions with practitioner and team manager: audit escalation 000000a2" in page
    assert "Overdue since Wednesday 14 January" in page
    others = page.partition("What waits for others")[2]
    assert others.index("000000a1") < others.index("000000a3")  # due today, before tomorrow
    assert "Team manager" in others
    assert "000000a4" not in page  # another district's


async def test_a_team_manager_sees_what_is_due_today(office: o.Office) -> None:
    page = await read(office, o.TEAM_MANAGER, "/")
    assert "1 audit escalation waits for you: 1 due today." in page
    assert "Complete each action" in page
    assert "Today by 23:59" in page


async def test_the_qa_unit_sees_decisions_copies_and_what_is_asked_to_be_reopened(office: o.Office) -> None:
    for who in (o.QA, o.QA_MANAGER):
        page = await read(office, who, "/")
        mine = page.partition("Somebody asks")[0]
        assert mine.index("Discuss it with practitioner or manager") < mine.index("Send the copy of the audit tool")
        assert "Tomorrow, Friday 16 January, by 23:59" in mine
        reopening = page.partition("Somebody asks for these to be reopened")[2].partition("What waits for others")[0]
        assert "000000a5" in reopening
        assert "Riverside, North 3 1 1 1" in page  # open, due today, overdue, closed this month


async def test_an_assistant_director_takes_no_step_and_sees_who_does(office: o.Office) -> None:
    page = await read(office, o.AD, "/")
    assert "What is open in your part" in page
    assert "wait for you" not in page
    assert page.index("000000a2") < page.index("000000a1") < page.index("000000a3") < page.index("000000a4")


async def test_a_board_says_what_is_overdue_due_today_open_and_closed(office: o.Office) -> None:
    page = await read(office, o.DSM, "/districts/north/riverside")
    for heading in (
        "1 audit escalation overdue",
        "1 audit escalation due today",
        "1 audit escalation with time left",
        "No audit escalations signed off, to be closed",
        "1 audit escalation closed in January 2026",
    ):
        assert heading in page
    assert "Closed on 13 January 2026, signed off in time" in page
    quiet = await read(office, o.QA, "/districts/south/harbour")
    assert "No audit escalation of yours to see is open here" in quiet


async def test_one_shows_its_clock_day_by_day_and_why_days_are_left_out(office: o.Office) -> None:
    page = await read(office, o.DSM_HILLSIDE, f"/escalations/{scene.HILLSIDE}")
    assert "Due after 5 working days" in page
    assert "Wednesday 14 January 2026 Working day 1" in page
    assert "Saturday 17 January 2026 Left out: Saturday" in page
    assert "Tuesday 20 January 2026 Working day 5" in page
    assert "Wednesday 21 January 2026 Working day" not in page


async def test_one_shows_its_steps_with_who_when_and_what_was_recorded_late(office: o.Office) -> None:
    page = await read(office, o.DSM, f"/escalations/{scene.SAFEGUARDING}")
    steps = page.partition("The six steps")[2].partition("on the child's file Actions with")[0]
    assert "Discussed with practitioner, team manager. QA officer 00000001: happened Wednesday 14 January 2026" in steps
    assert (
        "QA officer 00000001: happened Wednesday 14 January 2026, 11:00, recorded Thursday 15 January 2026, 16:00. "
        "Recorded late." in steps
    )
    assert steps.count("Recorded late.") == 1
    assert "Management oversight on the child's file, and completed actions signed off To be done next" in steps
    assert "Assistant director told Still to come" in steps


async def test_one_shows_what_is_missing_its_actions_the_child_s_others_and_its_audit(office: o.Office) -> None:
    answer = await office.page(o.DSM, f"/escalations/{scene.SAFEGUARDING}")
    page = text_of(answer.text)
    missing = page.partition("What is missing before sign-off")[2].partition("Neither who raised it")[0]
    assert missing.split(" Management")[0].strip() == "Completion of each action (1 of 1 not completed)"
    assert "Visit the child 000000c9 Practitioner 00000009" in page
    assert 'href="https://audit.example/audits/00000000-0000-0000-0000-000000000064"' in answer.text
    beside = page.partition("1 other audit escalation of the same child")[2]
    assert "000000a2" in beside.partition("Everything that happened")[0]
    history = page.partition("Everything that happened")[2]
    assert history.index("Considered.") < history.index("Raised as safeguarding") < history.index("Action 000000c9")


async def test_a_closed_one_says_how_it_ended(office: o.Office) -> None:
    page = await read(office, o.DSM, f"/escalations/{scene.CLOSED}")
    assert "Closed on Tuesday 13 January 2026, 09:00" in page
    assert "There is no audit tool to copy: it came without an audit" in page
    assert "What is missing" not in page
    page = await read(office, o.DSM, f"/escalations/{scene.NOT_REQUIRED}")
    assert "Found not required: already acted on" in page
    assert "Not needed: found not required" in page


async def test_a_list_is_filtered_and_gives_its_csv(office: o.Office) -> None:
    answer = await office.page(o.QA, "/escalations", category="safeguarding", status="", due_before="2026-01-16")
    page = text_of(answer.text)
    assert "000000a1" in page
    assert "000000a2" not in page
    assert 'href="/escalations.csv?category=safeguarding&amp;due_before=2026-01-16"' in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]
    nothing = await read(office, o.QA, "/escalations", status="withdrawn")
    assert "None: no audit escalation of yours to see is like that." in nothing
    for wrong in ({"status": "open"}, {"due_before": "tomorrow"}, {"after": "x"}, {"district": "a b"}):
        refused = await office.page(o.QA, "/escalations", **wrong)
        assert refused.status_code == 422
        assert refused.headers["content-type"].startswith("text/html")


async def test_csv_has_a_line_each_by_the_time_left(office: o.Office) -> None:
    answer = await office.page(o.QA, "/escalations.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["audit_escalation"][-2:] for row in rows][:4] == ["a2", "a1", "a3", "a4"]
    assert rows[0]["overdue"] == "yes"
    assert rows[0]["due_at"] == "2026-01-14T23:59:59.999999+00:00"
    assert rows[0]["district_name"] == "Riverside, North"
    assert {row["state"] for row in rows[4:]} == {"closed", "not-required"}


@pytest.mark.parametrize("value", ["=1+1", "+44", "-1", "@SUM(A1)", "\tx", "\r=1", "\n=1"])
async def test_no_spreadsheet_takes_a_value_for_a_formula(value: str) -> None:
    assert guarded(value) == f"'{value}"
    assert guarded("Riverside = North") == "Riverside = North"


async def test_lists_go_on_page_by_page(office: o.Office) -> None:
    first = (await office.get(o.QA, limit=2)).json()
    assert [one["escalation_id"][-2:] for one in first["escalations"]] == ["a2", "a1"]
    second = (await office.get(o.QA, limit=2, after=first["next"])).json()
    assert [one["escalation_id"][-2:] for one in second["escalations"]] == ["a3", "a4"]
    third = (await office.get(o.QA, limit=2, after=second["next"])).json()
    assert {one["escalation_id"][-2:] for one in third["escalations"]} == {"a5", "a6"}
    assert third["next"] is None


async def test_an_auditor_starts_with_what_they_found(office: o.Office) -> None:
    page = await read(office, scene.FOUND_BY, "/")
    assert "What you raised or flagged" in page
    assert "000000a1" in page
    nobody = o.Person(Role.MODERATOR, reference=UUID(int=14))
    assert "None: no audit escalation came of what you flagged or graded." in await read(office, nobody, "/")
