"""Plans a made-up authority's year: who audits whose file when, what they find, and what follows from it.

Pure: the same settings, tools, seed, day and number give the same plan. Patterns a reader of the reports should find:
graders that differ, one district that gets worse and then better, late and outstanding audits, concerns, teams so small
that their counts must be suppressed, and a new version of the tool half-way.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from infra.sample import outcomes
from infra.sample.follow_on import amendment, escalation, moderation, recommendations
from infra.sample.judgement import Grader, auditors, district_quality, moderators
from infra.sample.outcomes import Tool
from infra.sample.plan import PlannedAudit, PlannedYear
from shared.authority.settings import AuthoritySettings, Unit

_MONTHS = 12
_STATUS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "early-help": (("early-help", 1),),
    "family-hubs": (("early-help", 1),),
    "children-in-care": (("in-care", 1),),
    "leaving-care": (("care-leaver", 1),),
    "adoption-and-kinship": (("in-care", 1),),
    "disabled-children": (("disabled", 1),),
    "uasc": (("in-care", 3), ("care-leaver", 2)),
    "youth-justice": (("in-need", 3), ("protection", 1), ("in-care", 1)),
    "mash": (("in-need", 3), ("protection", 1)),
}
_STATUS_ELSE = (("in-need", 5), ("protection", 4), ("in-care", 1))
_SELECTED = (("random", 70), ("theme", 15), ("vulnerability-register", 15))
_LARGE = frozenset({"childrens-social-work"})
_SMALL = frozenset({"uasc", "adoption-and-kinship", "family-hubs", "youth-justice", "mash"})


@dataclass(frozen=True, slots=True)
class _Authority:
    settings: AuthoritySettings
    units: Sequence[Unit]
    weights: Sequence[float]
    level: Mapping[str, float]
    dipping: str
    auditors: Sequence[Grader]
    moderators: Sequence[Grader]


def plan_year(
    settings: AuthoritySettings, tools: Sequence[Tool], *, seed: int, as_of: date, audits: int
) -> PlannedYear:
    """Plan the year up to and including `as_of`.

    `tools` are the versions of the authority's standard tool, oldest first: the older one is used in the first half of
    the year, the newer one after it. `audits` is how many are allocated in the whole year.
    """
    rng = random.Random(f"{seed}:{settings.key}:{as_of}:{audits}")  # repeatable on purpose
    authority = _authority(settings, audits, rng)
    months = _months(as_of, frozenset(settings.audit.blackout_months))
    shares = [1.0 if month.month != 12 else 0.7 for month in months]  # December has fewer days at work
    drawn = sorted(rng.choices(range(len(months)), shares, k=audits))
    planned = [
        _audit(authority, tools, number, months[place], _place_in_year(months[place], as_of), as_of, rng)
        for number, place in enumerate(drawn, 1)
    ]
    return PlannedYear(settings.key, seed, as_of, tuple(planned))


def _authority(settings: AuthoritySettings, audits: int, rng: random.Random) -> _Authority:
    units = list(settings.units.values())
    districts = sorted({unit.path[1] for unit in units})
    prefix = settings.key[:2].upper()
    return _Authority(
        settings,
        units,
        [2.0 if unit.service in _LARGE else 0.5 if unit.service in _SMALL else 1.0 for unit in units],
        {district: rng.gauss(0, 0.25) for district in districts},
        rng.choice(districts),
        auditors(prefix, max(6, audits // 16), rng),
        moderators(prefix, max(3, audits // 60), rng),
    )


def _months(as_of: date, blackout: frozenset[int]) -> list[date]:
    """Give the first days of the year's months, oldest first, without those in which nobody audits."""
    first = as_of.replace(day=1)
    months = []
    for _ in range(_MONTHS):
        months.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    return [month for month in reversed(months) if month.month not in blackout]


def _place_in_year(month: date, as_of: date) -> int:
    return _MONTHS - 1 - ((as_of.year - month.year) * 12 + as_of.month - month.month)


def _audit(
    authority: _Authority,
    tools: Sequence[Tool],
    number: int,
    month: date,
    place: int,
    as_of: date,
    rng: random.Random,
) -> PlannedAudit:
    settings = authority.settings
    unit = rng.choices(authority.units, authority.weights)[0]
    auditor = rng.choice(authority.auditors)
    level = district_quality(authority.level[unit.path[1]], dips=unit.path[1] == authority.dipping, month=place)
    quality = level + rng.gauss(0, 1)
    tool = tools[0] if place < _MONTHS // 2 else tools[-1]
    due_on = _last_day(month)
    blank = PlannedAudit(
        number=f"{settings.key[:2].upper()}-{month:%Y-%m}-{number:05}",
        path=unit.path,
        service=unit.service,
        kind=tool["kinds"][0],
        cycle=f"{month:%Y-%m}",
        child_status=_weighted(_STATUS.get(unit.service, _STATUS_ELSE), rng),
        case_number=f"{settings.key[:1].upper()}{rng.randrange(10**6, 10**7)}",
        auditor=auditor.number,
        tool=tool["tool"],
        tool_version=tool["version"],
        selected_because=_weighted(_SELECTED, rng),
        allocated_on=month,
        due_on=due_on,
        completed_on=None,
        outcome=None,
    )
    completed_on = _completed_on(due_on, rng)
    if completed_on is None or completed_on >= as_of:
        return blank
    grade = auditor.grade(quality, rng)
    audit = replace(
        blank,
        completed_on=completed_on,
        outcome=outcomes.outcome(tool, status=blank.child_status, quality=quality, grade=grade, rng=rng),
    )
    audit = replace(audit, recommendations=recommendations(settings, audit, as_of, rng))
    return _what_followed(authority, audit, quality, as_of, rng)


def _what_followed(
    authority: _Authority, audit: PlannedAudit, quality: float, as_of: date, rng: random.Random
) -> PlannedAudit:
    assert audit.outcome is not None
    concern, completed_on = audit.outcome.concern, audit.completed_on
    assert completed_on is not None
    moderated = moderation(authority.settings, audit, quality, authority.moderators, as_of, rng)
    audit = replace(audit, moderation=moderated)
    audit = replace(audit, escalation=escalation(audit, as_of, rng))
    draw = rng.random()
    if moderated is None and audit.escalation is None and concern == "none":
        if draw < 0.03:  # a few are corrected
            return replace(audit, amendment=amendment(audit, as_of, rng))
        if draw > 0.98 and completed_on + timedelta(days=9) < as_of:  # and fewer withdrawn
            return replace(audit, withdrawn_on=completed_on + timedelta(days=rng.randint(2, 8)), recommendations=())
    if concern == "safeguarding" and draw < 0.3:  # some concerns cannot wait for the audit to be complete
        earlier = completed_on - timedelta(days=rng.randint(1, 4))
        return replace(audit, flagged_on=max(audit.allocated_on, earlier))
    return audit


def _completed_on(due_on: date, rng: random.Random) -> date | None:
    draw = rng.random()
    if draw < 0.05:  # never done
        return None
    if draw < 0.16:  # late
        return due_on + timedelta(days=rng.randint(1, 24))
    return due_on - timedelta(days=rng.randint(0, 17))


def _last_day(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _weighted(shares: Sequence[tuple[str, int]], rng: random.Random) -> str:
    return rng.choices([word for word, _ in shares], [weight for _, weight in shares])[0]
