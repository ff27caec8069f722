"""The words of a message: what people need, and nothing that a child could be known by."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.escalation.app.notices import Kind
from services.escalation.app.wording import SAID, Letter, Links, Writer, moment_in_words
from tests.unit.escalation.telling.made import AUDIT, ESCALATION, notice

ID = UUID("00000000-0000-5000-8000-000000000001")
WRITER = Writer(Links("https://escalation.example/", "https://audit.example"), lambda _: "Riverside, North")


def letter(kind: Kind = Kind.RAISED) -> Letter:
    return WRITER.write(ID, notice(kind))


def test_a_raise_says_reference_category_district_due_day_roles_and_both_links() -> None:
    made = letter()
    assert made.subject == "Audit escalation, practice: raised, due by the end of Wednesday 21 January 2026"
    for needed in (
        f"Reference: {ESCALATION}",
        "Category: practice",
        "District: Riverside, North",
        "Sign-off due by: the end of Wednesday 21 January 2026",
        "Told: service manager, QA manager, principal social worker",
        f"https://escalation.example/escalations/{ESCALATION}",
        f"https://audit.example/audits/{AUDIT}",
        "You are told as service manager.",
    ):
        assert needed in made.text
    for needed in ("Wednesday 21 January 2026", f'href="https://audit.example/audits/{AUDIT}"', 'lang="en-GB"'):
        assert needed in made.html


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_calls_it_an_audit_escalation_and_names_no_team_and_nothing_of_the_child(kind: Kind) -> None:
    made = letter(kind)
    assert made.subject.startswith("Audit escalation, ")
    for text in (made.subject, made.text, made.html):
        apart = re.sub(r"https://\S+", "", text)
        assert re.findall(r"(?<![Aa]udit )escalation", apart) == []
        assert "assessment" not in apart
        assert "alert" not in apart.lower()
    assert "assessment" not in str(made.facts)


def test_only_who_needs_the_copy_of_the_audit_tool_gets_a_link_to_it() -> None:
    with_copy = {kind for kind in Kind if "/audits/" in letter(kind).text}
    assert with_copy == {Kind.CONSIDERED, Kind.RAISED, Kind.REOPENED}


def test_a_concern_without_an_audit_has_one_link() -> None:
    made = WRITER.write(ID, replace(notice(), audit_id=None))
    assert "/audits/" not in made.text
    assert made.facts["audit_link"] is None
    assert "read the copy" not in made.text
    assert "brought in without an audit" in made.text
    assert "the service manager discusses the actions" in made.text
    assert "Please read the copy of the audit tool; the service manager discusses the actions" in letter().text


def test_what_is_to_be_decided_the_day_it_came_up_says_so() -> None:
    came_up = datetime(2026, 7, 21, 22, 30, tzinfo=UTC)  # half past eleven in the evening in London
    end_of_day = datetime(2026, 7, 21, 22, 59, 59, 999999, tzinfo=UTC)
    one = replace(notice(Kind.CONSIDERED), happened_at=came_up, due_at=end_of_day)
    made = WRITER.write(ID, one)
    assert made.subject.endswith(": to be decided the same day, due by the end of Tuesday 21 July 2026")
    assert "Please decide at once" in made.text
    for other in (
        replace(one, due_at=datetime(2026, 7, 22, 22, 59, 59, tzinfo=UTC)),
        replace(one, due_at=came_up - timedelta(minutes=1)),  # it stood before, and is over
        replace(one, due_at=None),
    ):
        assert "same day" not in WRITER.write(ID, other).text


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 1, 21, 23, 59, 59, 999999, tzinfo=UTC), "the end of Wednesday 21 January 2026"),
        (datetime(2026, 7, 21, 22, 59, 59, 999999, tzinfo=UTC), "the end of Tuesday 21 July 2026"),
        (datetime(2026, 7, 21, 15, 40, tzinfo=UTC), "16:40 on Tuesday 21 July 2026"),
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "00:30 on Sunday 29 March 2026"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "02:30 on Sunday 29 March 2026"),
    ],
)
def test_a_moment_has_its_day_in_words_by_londons_clocks(moment: datetime, words: str) -> None:
    assert moment_in_words(moment) == words


def test_html_is_escaped() -> None:
    made = Writer(WRITER.links, lambda _: "Rivers & <b>ide</b>").write(ID, notice())
    assert "Rivers &amp; &lt;b&gt;ide" in made.html
    assert "Rivers & <b>ide</b>" in made.text


def test_every_kind_has_its_words() -> None:
    assert set(SAID) == set(Kind)
