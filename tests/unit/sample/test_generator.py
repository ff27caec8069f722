"""The made-up year: the same for the same seed, and with the patterns that reports should find."""

import hashlib
from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from infra.sample.demonstration import LARGE, SMALL, Wanted, plans, sample_authorities
from infra.sample.loading import moderator_reference
from infra.sample.plan import GRADES, PlannedYear
from infra.sample.table import csv_of

AS_OF = date(2026, 11, 24)


def year(seed: int = 7, audits: int = 2000) -> PlannedYear:
    return plans(Wanted(seed, AS_OF, audits))[0]


def as_bytes(one: PlannedYear) -> bytes:
    return csv_of([audit for audit in one.audits if audit.outcome]) + repr(one).encode()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (hashlib.sha256(as_bytes(year(seed, 300))).hexdigest() for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_there_are_two_authorities_of_different_size() -> None:
    large, small = plans(Wanted(7, AS_OF, 2000))
    assert (large.authority, small.authority) == (LARGE, SMALL)
    assert len(large.audits) == 2000
    assert len(small.audits) == 120
    assert len({audit.path for audit in large.audits}) >= 95


def test_nothing_lies_in_the_future_and_nothing_before_its_cause() -> None:
    end = datetime.combine(AS_OF, time(0), ZoneInfo("UTC"))
    for audit in year().audits:
        days = [audit.allocated_on, audit.completed_on, audit.withdrawn_on, audit.flagged_on]
        assert all(day < AS_OF for day in days if day is not None)
        if audit.completed_on is None:
            assert audit.outcome is None
            assert audit.moderation is None
            continue
        assert audit.allocated_on <= audit.completed_on
        later = [audit.moderation and audit.moderation.on, audit.amendment and audit.amendment.on, audit.withdrawn_on]
        assert all(audit.completed_on <= day < AS_OF for day in later if day)
        if audit.escalation and audit.escalation.decided_at:
            assert audit.escalation.decided_at.date() > audit.completed_on
            assert (audit.escalation.signed_off_at or audit.escalation.decided_at) < end


def test_every_pattern_is_there() -> None:
    audits = year().audits
    done = [audit for audit in audits if audit.outcome]
    assert {audit.auditor_grade for audit in done} == set(GRADES)
    assert {audit.tool_version for audit in done} == {1, 2}
    assert any(audit.late for audit in done)
    assert any(audit.outcome is None for audit in audits)
    assert any(audit.amendment for audit in done)
    assert any(audit.withdrawn_on for audit in done)
    assert any(audit.flagged_on for audit in done)
    endings = Counter(audit.escalation.ending for audit in done if audit.escalation)
    assert endings["met"] > endings["breached"] > 0
    assert endings["not-required"] > 0
    assert min(Counter(audit.path for audit in done).values()) <= 5


def test_moderators_agree_about_as_often_as_inspectors_did() -> None:
    """45 to 75% exact agreement, and mostly lowered: practice.md section 4 as a second source."""
    moderated = [audit for audit in year().audits if audit.moderation and audit.moderation.because == "sample"]
    differences = [
        GRADES.index(audit.moderation.grade) - GRADES.index(audit.auditor_grade)
        for audit in moderated
        if audit.moderation and audit.auditor_grade
    ]
    agreement = differences.count(0) / len(differences)
    assert 0.45 <= agreement <= 0.75
    assert sum(one < 0 for one in differences) > 2 * sum(one > 0 for one in differences)


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 8, 31)])
def test_any_day_can_end_the_year(as_of: date) -> None:
    [large, _] = plans(Wanted(1, as_of, 100))
    assert max(audit.allocated_on for audit in large.audits) < as_of + timedelta(days=1)
    assert min(audit.allocated_on for audit in large.audits) > as_of - timedelta(days=367)


def test_who_moderates_the_year_is_named_in_the_settings_and_everybody_named_does() -> None:
    """So that what they did counts against their capacity, and the queue gives them what waits."""
    for one in plans(Wanted(7, AS_OF, 2000)):
        settings = sample_authorities().get(one.authority)
        did = {moderator_reference(settings, audit.moderation.moderator) for audit in one.audits if audit.moderation}
        assert did == set(settings.moderator_capacity)
    assert len(sample_authorities().get(LARGE).moderator_capacity) == 12
