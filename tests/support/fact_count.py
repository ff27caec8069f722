"""Counting what facts must show, from the stories themselves: plain dictionaries, and nothing of the service's fold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.support.fact_log import Story

Counts = dict[str, dict[str, int]]


def expected(stories: Iterable[Story], cut: Mapping[Any, int] | None = None) -> Counts:
    """Count the facts as they stand at the end.

    `cut` says after how many events a stream went silent (a parked message and all behind it), for streams that did.
    """
    found: dict[str, Counter[str]] = {
        name: Counter()
        for name in (
            "state",
            "grade",
            "late",
            "distance",
            "done",
            "theme",
            "answer",
            "escalation",
            "within",
            "rows",
            "standing",
            "dispute",
            "after",
        )
    }
    for story in stories:
        told = story.events[: (cut or {}).get(story.stream, len(story.events))]
        if not told:
            continue
        last = {event.type: event.data for event in told}
        names = [event.type for event in told]
        if story.topic == "escalation.events":
            _count_escalation(found, names, last)
        elif "tool-published.v1" in names or "child-erased.v1" in names:
            found["rows"][names[0]] += 1
        else:
            _count_audit(found, [(event.type, event.data) for event in told], last)
    return {name: {key: count for key, count in counter.items() if count} for name, counter in found.items()}


def _count_audit(found: dict[str, Counter[str]], told: list[tuple[str, Any]], last: dict[str, Any]) -> None:
    names = [name for name, _ in told]
    versions = [name for name in names if name in _OF_THE_AUDIT]
    found["rows"]["audit versions"] += len(versions)
    found["rows"]["concern-flagged.v1"] += names.count("concern-flagged.v1")
    withdrawn = "audit-withdrawn.v1" in names
    outcome = last.get("audit-amended.v1") or last.get("audit-completed.v1")
    if versions:
        found["state"]["withdrawn" if withdrawn else "completed" if outcome else "allocated"] += 1
    if outcome and not withdrawn:
        completed = last["audit-completed.v1"]
        found["grade"][outcome["overall_grade"]] += 1
        late = completed.get("late", completed["completed_on"] > completed["due_on"])
        found["late"]["late" if late else "in time"] += 1
        for theme in outcome["themes"]:
            found["theme"][f"{theme['theme']} {theme['polarity']}"] += 1
        found["answer"]["s1.q1 true"] += outcome["answers"]["s1.q1"] is True
        found["answer"]["s7.q5 lists"] += isinstance(outcome["answers"]["s7.q5"], list)
    found["rows"]["section results"] += 7 * len([name for name in names if name in _OUTCOMES])
    _count_moderation(found, told, last)
    done: dict[str, bool] = {}
    for name, data in told:
        if name == "recommendation-made.v1":
            done[data["recommendation_id"]] = False
        elif name == "recommendation-followed-up.v1":
            done[data["recommendation_id"]] = data["done"]
    found["done"].update(str(is_done) for is_done in done.values())


def _count_moderation(found: dict[str, Counter[str]], told: list[tuple[str, Any]], last: dict[str, Any]) -> None:
    for name, data in told:
        if name == "moderation-done.v1":
            found["distance"][str(data["distance"])] += 1
    first = next((data for name, data in told if name == "moderation-done.v1"), None)
    if first is not None:
        stands = last.get("dispute-settled.v1", first)
        found["standing"][f"{stands['standing_grade']} by {stands.get('decided_by') or 'not said'}"] += 1
    if "moderation-disputed.v1" in last:
        found["dispute"][last.get("dispute-settled.v1", {}).get("outcome", "open")] += 1


def _count_escalation(found: dict[str, Counter[str]], names: list[str], last: dict[str, Any]) -> None:
    found["rows"]["escalation versions"] += len(names)
    steps = {
        "escalation-considered.v1": "considered",
        "escalation-not-required.v1": "not-required",
        "escalation-raised.v1": "raised",
        "actions-signed-off.v1": "signed-off",
        "escalation-closed.v1": "closed",
        "escalation-reopened.v1": "raised",
        "escalation-withdrawn.v1": "withdrawn",
    }
    state = [steps[name] for name in names if name in steps][-1]
    category = "safeguarding" if "escalation-reclassified.v1" in names else last["escalation-considered.v1"]["category"]
    found["escalation"][f"{category} {state}"] += 1
    found["after"]["reopened"] += names.count("escalation-reopened.v1")
    found["after"]["actions withdrawn"] += names.count("action-withdrawn.v1")
    found["after"]["re-audits asked"] += "re-audit-requested.v1" in last
    found["after"]["second line told"] += names.count("second-line-told.v1")
    found["after"]["withdrawn"] += "escalation-withdrawn.v1" in last
    signed_off = last.get("actions-signed-off.v1")
    if signed_off is None:
        return
    if "escalation-reopened.v1" not in names:
        found["within"][str(signed_off["within_clock"])] += 1
        found["after"]["recorded late"] += signed_off["recorded_late"]
    else:
        found["after"]["breached before"] += not signed_off["within_clock"]


_OUTCOMES = {"audit-completed.v1", "audit-amended.v1"}
_OF_THE_AUDIT = {"audit-allocated.v1", "audit-withdrawn.v1", *_OUTCOMES}

_QUERIES = {
    "state": "SELECT state, count(*) FROM audits WHERE NOW GROUP BY 1",
    "grade": "SELECT grade, count(*) FROM audits WHERE NOW AND state = 'completed' GROUP BY 1",
    "late": "SELECT CASE WHEN late THEN 'late' ELSE 'in time' END, count(*) FROM audits"
    " WHERE NOW AND state = 'completed' GROUP BY 1",
    "distance": "SELECT distance::text, count(*) FROM moderations WHERE NOW GROUP BY 1",
    "standing": "SELECT standing_grade || ' by ' || coalesce(decided_by, 'not said'), count(*) FROM moderations"
    " WHERE NOW AND NOT final GROUP BY 1",
    "dispute": "SELECT coalesce(outcome, 'open'), count(*) FROM disputes WHERE NOW GROUP BY 1",
    "done": "SELECT CASE WHEN done THEN 'True' ELSE 'False' END, count(*) FROM recommendations WHERE NOW GROUP BY 1",
    "theme": "SELECT theme || ' ' || polarity, count(*) FROM audits JOIN theme_mentions USING (audit_id, outcome_sequence)"
    " WHERE NOW AND state = 'completed' GROUP BY 1",
    "answer": "SELECT * FROM (SELECT 's1.q1 true', count(*) FILTER (WHERE coded->'s1.q1' = 'true') FROM answers"
    " JOIN audits USING (audit_id, outcome_sequence) WHERE NOW AND state = 'completed' UNION ALL"
    " SELECT 's7.q5 lists', count(*) FILTER (WHERE jsonb_typeof(coded->'s7.q5') = 'array') FROM answers"
    " JOIN audits USING (audit_id, outcome_sequence) WHERE NOW AND state = 'completed')",
    "escalation": "SELECT category || ' ' || state, count(*) FROM escalations WHERE NOW GROUP BY 1",
    "within": "SELECT CASE WHEN within_clock THEN 'True' ELSE 'False' END, count(*) FROM escalations"
    " WHERE NOW AND within_clock IS NOT NULL GROUP BY 1",
    "after": "SELECT 'reopened', sum(reopened) FROM escalations WHERE NOW"
    " UNION ALL SELECT 'actions withdrawn', sum(actions_withdrawn) FROM escalations WHERE NOW"
    " UNION ALL SELECT 're-audits asked', count(re_audit_asked_at) FROM escalations WHERE NOW"
    " UNION ALL SELECT 'second line told', sum(second_line_told) FROM escalations WHERE NOW"
    " UNION ALL SELECT 'withdrawn', count(withdrawn_at) FROM escalations WHERE NOW"
    " UNION ALL SELECT 'recorded late', count(*) FROM escalations WHERE NOW AND sign_off_recorded_late"
    " UNION ALL SELECT 'breached before', count(*) FROM escalations WHERE NOW AND breached_before",
    "rows": "SELECT 'audit versions', count(*) FROM audits"
    " UNION ALL SELECT 'section results', count(*) FROM section_results"
    " UNION ALL SELECT 'concern-flagged.v1', count(*) FROM concern_flags"
    " UNION ALL SELECT 'escalation versions', count(*) FROM escalations"
    " UNION ALL SELECT 'tool-published.v1', count(*) FROM tools"
    " UNION ALL SELECT 'child-erased.v1', count(*) FROM erased_children",
}


async def counted(connection: Any) -> Counts:
    """Ask the facts the same questions, by SQL; the search path names their schema."""
    found: Counts = {}
    for name, query in _QUERIES.items():
        rows = await connection.fetch(query.replace("NOW", "known_until = 'infinity'"))
        found[name] = {row[0]: row[1] for row in rows if row[1]}
    return found


_FACTS = (
    "audits",
    "section_results",
    "theme_mentions",
    "answers",
    "concern_flags",
    "moderation_requests",
    "moderations",
    "moderation_section_differences",
    "recommendations",
    "escalations",
    "tools",
    "tool_sections",
    "tool_questions",
    "erased_children",
)


async def digests(connection: Any, schema: str) -> dict[str, tuple[int, str]]:
    """Return how many rows each fact table has and a hash over all of them, whatever their order."""
    found = {}
    for table in _FACTS:
        row = await connection.fetchrow(
            f"SELECT count(*), coalesce(md5(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\")), '')"
            f" FROM (SELECT fact::text AS line FROM {schema}.{table} AS fact) AS lines"
        )
        found[table] = (row[0], row[1])
    return found
