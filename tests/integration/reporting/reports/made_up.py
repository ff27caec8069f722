"""Made-up facts of an authority, as rows of the fact tables, for whoever tests or looks at reports."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import asyncpg

from services.reporting.facts.live import ensure_live, live_schema
from shared.authority.settings import AuthoritySettings
from shared.eventstore.migrations import EVENTSTORE, OUTBOX, migrate
from tests.integration.reporting.reports import made_up_answers, made_up_beside

_LEADERS = ("service-manager", "assistant-director", "director", "qa-manager", "principal-social-worker")

ROOT = Path(__file__).parents[4]
MIGRATIONS = [
    OUTBOX,
    EVENTSTORE,
    ROOT / "shared" / "messaging" / "schema",
    ROOT / "services" / "reporting" / "migrations",
]
FOREVER = datetime.max.replace(tzinfo=UTC)
GRADES = ["inadequate", "requires-improvement", "good", "outstanding"]
KINDS = ["standard", "thematic", "dip-sample", "observation"]
UNGRADED = {"observation"}
THEMES = {
    "management-oversight": "systemic",
    "supervision": "systemic",
    "voice-of-the-child": "participation",
    "father-inclusive-practice": "family-solutions",
    "wider-family": "family-solutions",
    "culture-and-identity": "inclusion",
    "extra-familial-harm": "healing-centred",
    "trauma-informed-practice": "healing-centred",
    "drift-and-delay": "resources",
    "direct-work": "participation",
}
WHY_NOT = ["declined", "could-not-be-reached", "too-young", "not-asked"]

Row = dict[str, Any]


def settings(key: str = "westshire", name: str = "Westshire County Council") -> AuthoritySettings:
    """An authority of three areas, seven districts and 31 teams in five services."""
    services = ["childrens-social-work", "children-in-care", "early-help", "leaving-care", "strengthening-independence"]
    places = {"north": ["riverside", "castle", "moor"], "south": ["harbour", "downs"], "east": ["marsh", "abbey"]}
    sizes = {"riverside": 5, "castle": 5, "moor": 4, "harbour": 5, "downs": 5, "marsh": 4, "abbey": 3}
    return AuthoritySettings.model_validate(
        {
            "key": key,
            "name": name,
            "version": 1,
            "valid_from": "2020-01-01",
            "services": [
                {"key": one, "name": one.replace("-", " ").replace("childrens", "children's").capitalize()}
                for one in services
            ],
            "areas": [
                {
                    "key": area,
                    "name": area.capitalize(),
                    "districts": [
                        {
                            "key": district,
                            "name": district.capitalize(),
                            "teams": [
                                {
                                    "key": f"team-{number}",
                                    "name": f"{district.capitalize()} {number}",
                                    "service": services[number % 5],
                                }
                                for number in range(1, sizes[district] + 1)
                            ],
                        }
                        for district in districts
                    ],
                }
                for area, districts in places.items()
            ],
            "people": [{"role": role, "person": str(uuid5(NAMESPACE_OID, role))} for role in _LEADERS],
            "moderation": {"share": "all", "rules": ["every-inadequate"]},
            "recommendations": {
                "categories": [
                    {"key": one, "name": one.capitalize(), "due_days": 30}
                    for one in ["plan", "recording", "visit", "supervision"]
                ]
            },
            "reporting": {
                "targets": [{"figure": "good-or-better", "at_least": 0.6}, {"figure": "inadequate", "at_most": 0.1}]
            },
        }
    )


TABLES = (
    "audits", "moderations", "disputes", "theme_mentions", "tools", "tool_themes", "escalations", "recommendations",
    "tool_sections", "tool_questions", "section_results", "answers", "log_positions",
)  # fmt: skip


@dataclass
class Facts:
    """Rows by table; `audits` and the others hold every version, older ones too."""

    audits: list[Row] = field(default_factory=list)
    moderations: list[Row] = field(default_factory=list)
    disputes: list[Row] = field(default_factory=list)
    theme_mentions: list[Row] = field(default_factory=list)
    tools: list[Row] = field(default_factory=list)
    tool_themes: list[Row] = field(default_factory=list)
    tool_sections: list[Row] = field(default_factory=list)
    tool_questions: list[Row] = field(default_factory=list)
    section_results: list[Row] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)
    escalations: list[Row] = field(default_factory=list)
    recommendations: list[Row] = field(default_factory=list)
    log_positions: list[Row] = field(default_factory=list)


def make(
    authority: AuthoritySettings,
    *,
    audits: int,
    first: date,
    last: date,
    seed: int = 7,
    read_to: datetime | None = None,
) -> Facts:
    """Make so many audits completed from `first` to `last`, with everything that follows from them."""
    draw = random.Random(f"{seed}/{authority.key}")
    facts = Facts()
    read_to = read_to or moment(last, 30)
    for _ in range(audits):
        day = first + timedelta(days=draw.randrange((last - first).days + 1))
        _audit(draw, authority, facts, day=day, first=first, last=last, read_to=read_to)
    made_up_beside.re_audit_some(facts.audits, facts.escalations)
    facts.tools, facts.tool_themes = made_up_beside.tool(authority.key, moment(first))
    made_up_answers.answer_all(facts, facts.audits)
    facts.log_positions = [
        {
            "topic": topic,
            "partition": part,
            "next_offset": 1000 + 37 * part + len(topic) * audits,
            "recorded_at": read_to,
        }
        for topic in ("audit.events", "escalation.events")
        for part in range(3)
    ]
    return facts


def _audit(
    draw: random.Random,
    authority: AuthoritySettings,
    facts: Facts,
    *,
    day: date,
    first: date,
    last: date,
    read_to: datetime,
) -> None:
    unit = draw.choice(
        [unit for unit in authority.units.values() if unit.path[2] != "team-4" or unit.path[1] != "moor"]
    )
    area, district, team = unit.path
    progress = (day - first).days / max(1, (last - first).days)
    kind = draw.choices(KINDS, [70, 15, 10, 5])[0]
    good = 0.42 + 0.25 * progress + (-0.25 if district == "marsh" and progress < 0.6 else 0)
    grade = None
    if kind not in UNGRADED:
        grade = draw.choices(GRADES, [0.09 - 0.05 * progress, 1 - good - 0.09, good - 0.08, 0.08])[0]
    due = day + timedelta(days=draw.choice([-6, -1, 0, 1, 3, 5, 8, 12, 15]))
    allocated = due - timedelta(days=28)
    identity = UUID(int=draw.getrandbits(128))
    state = draw.choices(["completed", "withdrawn", "allocated"], [93, 3, 4])[0]
    child, parent = draw.random() < 0.38 + 0.2 * progress, draw.random() < 0.55
    took_part = draw.choices(["both", "worker", "manager", "neither"], [45, 30, 12, 13])[0]
    row: Row = {
        "in_practice_figures": made_up_beside.counts_as_practice(identity),
        "audit_id": identity, "sequence": 2, "known_from": moment(day), "known_until": FOREVER, "authority": authority.key,
        "area": area, "district": district, "team": team, "service": unit.service, "kind": kind, "cycle": f"{day:%Y-%m}",
        "child_status": made_up_beside.child_status(
            draw.choice(["in-need", "protection", "in-care", "early-help"]), unit.service, identity
        ),
        "case_reference": UUID(int=draw.getrandbits(128)), "auditor_reference": UUID(int=draw.getrandbits(128)),
        "tool": "case-file", "tool_version": 1 if progress < 0.5 else 2, "selected_because": "random", "state": "completed",
        "due_on": due, "allocated_at": moment(allocated), "completed_on": day, "completed_at": moment(day), "late": day > due,
        "took_part": took_part, "reflective_discussion": took_part != "neither" and draw.random() < 0.8, "grade": grade,
        "inadequate_likely": grade == "inadequate", "concern": "none", "child_feedback_obtained": child,
        "child_feedback_why_not": None if child else draw.choice(WHY_NOT), "child_feedback_score": None,
        "parent_feedback_obtained": parent, "parent_feedback_why_not": None if parent else draw.choice(WHY_NOT),
        "parent_feedback_score": None, "practitioner_feedback_obtained": draw.random() < 0.7,
        "practitioner_feedback_why_not": None, "practitioner_feedback_score": None, "recommendations": 1, "amendments": 0,
        "withdrawn_at": None, "withdrawn_because": None, "outcome_sequence": 2, "re_audit_of": None,
    }  # fmt: skip
    if state == "allocated":
        row |= {"state": "allocated", "sequence": 1, "completed_on": None, "completed_at": None, "late": None, "took_part": None,
                "grade": None, "outcome_sequence": None, "child_feedback_obtained": None, "parent_feedback_obtained": None,
                "practitioner_feedback_obtained": None, "reflective_discussion": None}  # fmt: skip
    if state == "completed" and draw.random() < 0.04:
        earlier = {**row, "known_until": moment(day, 10), "grade": "good" if grade else None}
        facts.audits.append(earlier)
        row |= {"sequence": 3, "known_from": moment(day, 10), "amendments": 1, "outcome_sequence": 3}
    if state == "withdrawn":
        facts.audits.append({**row, "known_until": moment(day, 20)})
        row |= {
            "sequence": 4,
            "known_from": moment(day, 20),
            "state": "withdrawn",
            "withdrawn_at": moment(day, 20),
            "withdrawn_because": "wrong-child",
        }
    facts.audits.append(row)
    if state == "allocated":
        return
    _themes(draw, facts, row)
    _moderation(draw, facts, row, day)
    _recommendation(draw, facts, row, day)
    if grade == "inadequate" or draw.random() < 0.03:
        _escalation(draw, facts, row, day, read_to)


def _themes(draw: random.Random, facts: Facts, row: Row) -> None:
    for theme, component in draw.sample(sorted(THEMES.items()), draw.randrange(4)):
        strong = draw.random() < (0.7 if component in {"participation", "inclusion"} else 0.35)
        for sequence in {2, row["outcome_sequence"]}:
            facts.theme_mentions.append({
                "audit_id": row["audit_id"], "outcome_sequence": sequence, "theme": theme,
                "polarity": "strength" if strong else "development", "component": component,
            })  # fmt: skip


def _moderation(draw: random.Random, facts: Facts, row: Row, day: date) -> None:
    if row["grade"] is None or draw.random() > 0.85:
        return
    given = GRADES.index(row["grade"])
    seen = min(3, max(0, given + draw.choices([-2, -1, 0, 1], [1, 22, 70, 7])[0]))
    because = "inadequate" if row["grade"] == "inadequate" and draw.random() < 0.7 else "all"
    same = {
        name: row[name]
        for name in (
            "audit_id",
            "authority",
            "area",
            "district",
            "team",
            "service",
            "kind",
            "cycle",
            "child_status",
            "auditor_reference",
        )
    }
    facts.moderations.append({
        **same, "moderation_id": UUID(int=draw.getrandbits(128)), "sequence": 5, "known_from": moment(day, 12), "known_until": FOREVER,
        "moderator_reference": UUID(int=draw.getrandbits(128)), "moderator_type": "internal", "auditor_grade": GRADES[given],
        "moderator_grade": GRADES[seen], "distance": seen - given,
        "direction": "same" if seen == given else "raised" if seen > given else "lowered", "standing_grade": GRADES[seen],
        "sections_different": 0, "concern": "none", "inadequate_likely": seen == 0, "blind": False, "selected_because": because,
        "audit_quality": None, "met_team_manager": True, "met_practitioner": True, "moderated_on": day + timedelta(days=12),
        "decided_by": None, "missed_inadequate": seen == 0 < given, "number": 1, "final": False, "done_sequence": 5,
    })  # fmt: skip
    facts.disputes += made_up_beside.disputes(row, facts.moderations[-1], moment(day))


def _recommendation(draw: random.Random, facts: Facts, row: Row, day: date) -> None:
    if draw.random() > 0.8:
        return
    discussed, done = draw.random() < 0.65, draw.random() < 0.5
    same = {name: row[name] for name in ("audit_id", "authority", "area", "district", "team", "service", "kind")}
    facts.recommendations.append({
        **same, "recommendation_id": UUID(int=draw.getrandbits(128)), "sequence": 6, "known_from": moment(day), "known_until": FOREVER,
        "category": draw.choice(["plan", "recording", "visit", "supervision"]), "owner_role": "team-manager",
        "due_on": day + timedelta(days=30), "made_at": moment(day), "discussed_on": day + timedelta(days=14) if discussed else None,
        "done": done, "difference": draw.choice(["yes", "yes", "no", "not-yet-known"]) if done else "not-yet-known",
        "followed_up_on": day + timedelta(days=20) if discussed or done else None, "follow_ups": 1,
    })  # fmt: skip


def _escalation(draw: random.Random, facts: Facts, row: Row, day: date, read_to: datetime) -> None:
    category = draw.choices(["practice", "safeguarding"], [65, 35])[0]
    days = 1 if category == "safeguarding" else 5
    state = draw.choices(["closed", "signed-off", "raised", "not-required", "considered"], [70, 8, 7, 12, 3])[0]
    raised = moment(day, 1) if state in {"closed", "signed-off", "raised"} else None
    due = moment(day, 1 + days) if raised else None
    signed = moment(day, 1 + draw.choices([days, days + 3], [78, 22])[0]) if state in {"closed", "signed-off"} else None
    same = {
        name: row[name] for name in ("authority", "area", "district", "team", "service", "audit_id", "case_reference")
    }
    late = bool(signed and due and signed > due)
    facts.escalations.append({
        **same, "escalation_id": UUID(int=draw.getrandbits(128)), "sequence": 3, "known_from": moment(day, 1), "known_until": FOREVER,
        "category": category, "first_category": category, "state": state, "origins": ["audit"], "causes": ["inadequate-grade"],
        "considered_at": moment(day, 1), "not_required_because": "already-acted-on" if state == "not-required" else None,
        "raised_at": raised, "clock_started_at": raised, "due_at": due, "working_days": days if raised else None,
        "reclassified_at": None, "oversight_at": signed, "actions_added": 1, "actions_completed": 1 if signed else 0,
        "signed_off_at": signed, "within_clock": None if signed is None else not late, "overdue": late or bool(raised and not signed and due and due < read_to),
        "director_told_at": signed, "closed_at": signed if state == "closed" else None,
        **made_up_beside.after_escalation(facts.escalations, signed),
    })  # fmt: skip
    made_up_beside.withdraw_some(facts.escalations[-1], len(facts.escalations))


def moment(day: date, days: int = 0) -> datetime:
    """Noon, so many days later, in UTC."""
    return datetime.combine(day + timedelta(days=days), time(12), UTC)


async def prepare(dsn: str) -> None:
    """Give a database its migrations and empty live facts."""
    await migrate(dsn, MIGRATIONS)
    connection = await asyncpg.connect(dsn)
    try:
        await ensure_live(connection)
    finally:
        await connection.close()


async def insert(dsn: str, *many: Facts) -> None:
    """Put rows into the live fact tables."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", format="binary", encoder=made_up_answers.encoded, decoder=bytes
        )
        schema = await live_schema(connection)
        for table in TABLES:
            rows: Iterable[Row] = [row for facts in many for row in getattr(facts, table)]
            if table == "log_positions":
                rows = {(row["topic"], row["partition"]): row for row in rows}.values()
            listed = list(rows)
            if listed:
                columns = list(listed[0])
                await connection.copy_records_to_table(
                    table,
                    schema_name=schema,
                    columns=columns,
                    records=[tuple(row[column] for column in columns) for row in listed],
                )
        await connection.execute(f"SET search_path TO {schema}")
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
