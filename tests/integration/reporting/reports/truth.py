"""What a window's figures should be, counted over the raw rows in plain Python, apart from the SQL under test."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.reporting.reports.made_up import FOREVER, GRADES, Facts, Row

LONDON = ZoneInfo("Europe/London")
OURS = {"in-care", "care-leaver"}
"""The statuses the Corporate Parenting Board reads of."""


def day_of(moment: datetime | None) -> date | None:
    return None if moment is None else moment.astimezone(LONDON).date()


class Truth:
    """The rows of one authority that count in a window, from `first` until before `after`."""

    def __init__(self, facts: Facts, first: date, after: date) -> None:
        self.first, self.after = first, after
        every = [row for row in facts.audits if row["known_until"] == FOREVER]
        self.audits = [row for row in every if row["in_practice_figures"]]
        self.aside = [
            row
            for row in every
            if not row["in_practice_figures"] and row["state"] == "completed" and self.within(row["completed_on"])
        ]
        self.disputes = {row["audit_id"]: row["outcome"] or "open" for row in facts.disputes}
        self.completed = [
            row for row in self.audits if row["state"] == "completed" and self.within(row["completed_on"])
        ]
        self.moderation: dict[Any, Row] = {}
        for row in sorted(facts.moderations, key=lambda row: (row["moderated_on"], row["sequence"])):
            self.moderation[row["audit_id"]] = row
        raised = [row for row in facts.escalations if self.within(day_of(row["raised_at"]))]
        self.withdrawn_escalations = [row for row in raised if row["state"] == "withdrawn"]
        self.escalations = [row for row in raised if row["state"] != "withdrawn"]
        self.by_id = {row["audit_id"]: row for row in every}
        self.all_moderations = facts.moderations
        self.considered = [row for row in facts.escalations if self.within(day_of(row["considered_at"]))]
        counted = {row["audit_id"] for row in every if row["state"] == "completed"}
        self.recommendations = [
            row for row in facts.recommendations if self.within(day_of(row["made_at"])) and row["audit_id"] in counted
        ]
        outcomes = {(row["audit_id"], row["outcome_sequence"]) for row in self.completed}
        mentions = [row for row in facts.theme_mentions if (row["audit_id"], row["outcome_sequence"]) in outcomes]
        self.themes = Counter((row["theme"], row["polarity"]) for row in mentions)
        ours = {row["audit_id"] for row in self.completed if row["child_status"] in OURS}
        self.themes_cared_for = Counter((row["theme"], row["polarity"]) for row in mentions if row["audit_id"] in ours)

    def within(self, day: date | None) -> bool:
        return day is not None and self.first <= day < self.after

    def before(self, row: Row) -> str | None:
        seen = self.moderation.get(row["audit_id"])
        grade: str | None = (seen["auditor_grade"] if seen else None) or row["grade"]
        return grade

    def grade(self, row: Row) -> str | None:
        seen = self.moderation.get(row["audit_id"])
        grade: str | None = (seen["standing_grade"] if seen else None) or row["grade"]
        return grade

    def pairs(self, *, pool: bool = False) -> list[tuple[str, str]]:
        found = []
        for row in self.completed:
            seen = self.moderation.get(row["audit_id"])
            if seen and seen["auditor_grade"] and seen["moderator_grade"]:
                if pool and seen["selected_because"] not in {"all", "sample"}:
                    continue
                found.append((seen["auditor_grade"], seen["moderator_grade"]))
        return found

    def counts(self) -> dict[str, int]:
        """The ledger's keys with what they should be."""
        steps = [GRADES.index(seen) - GRADES.index(given) for given, seen in self.pairs()]
        pool = [GRADES.index(seen) - GRADES.index(given) for given, seen in self.pairs(pool=True)]
        found = {
            "completed": len(self.completed),
            "on_time": sum(row["completed_on"] <= row["due_on"] for row in self.completed),
            "late": sum(row["completed_on"] > row["due_on"] for row in self.completed),
            "graded": sum(self.grade(row) is not None for row in self.completed),
            "good": sum(self.grade(row) in {"good", "outstanding"} for row in self.completed),
            "good_before": sum(self.before(row) in {"good", "outstanding"} for row in self.completed),
            "inadequate": sum(self.grade(row) == "inadequate" for row in self.completed),
            "moderated": sum(row["audit_id"] in self.moderation for row in self.completed),
            "compared": len(steps),
            "raised": sum(step > 0 for step in steps),
            "same": steps.count(0),
            "lowered": sum(step < 0 for step in steps),
            "disputed": sum(row["audit_id"] in self.disputes for row in self.completed),
            "aside": len(self.aside),
            "missed": sum(seen == "inadequate" != given for given, seen in self.pairs()),
            "pool": len(pool),
            "exact": pool.count(0),
            "within_one": sum(abs(step) <= 1 for step in pool),
            "child_feedback": sum(row["child_feedback_obtained"] for row in self.completed),
            "parent_feedback": sum(row["parent_feedback_obtained"] for row in self.completed),
            "practitioner_feedback": sum(row["practitioner_feedback_obtained"] for row in self.completed),
            "worker_took_part": sum(row["took_part"] in {"worker", "both"} for row in self.completed),
            "discussion": sum(row["reflective_discussion"] for row in self.completed),
            "amended": sum(row["amendments"] > 0 for row in self.completed),
            "allocated": sum(
                row["state"] != "withdrawn" and self.within(day_of(row["allocated_at"])) for row in self.audits
            ),
            "withdrawn": sum(
                row["state"] == "withdrawn" and self.within(day_of(row["withdrawn_at"])) for row in self.audits
            ),
            "escalations considered": len(self.considered),
            "escalations not_required": sum(row["state"] == "not-required" for row in self.considered),
            "recommendations made": len(self.recommendations),
            "recommendations discussed": sum(row["discussed_on"] is not None for row in self.recommendations),
            "recommendations done": sum(row["done"] for row in self.recommendations),
            "recommendations difference": sum(row["difference"] == "yes" for row in self.recommendations),
        }
        for outcome in ("open", "upheld", "changed", "noted"):
            ends = [self.disputes.get(row["audit_id"]) for row in self.completed]
            found[f"disputed {outcome}"] = ends.count(outcome)
        for grade in GRADES:
            found[f"before {grade}"] = sum(self.before(row) == grade for row in self.completed)
            found[f"after {grade}"] = sum(self.grade(row) == grade for row in self.completed)
        found |= self._escalations("", self.escalations)
        for category in ("practice", "safeguarding"):
            rows = [row for row in self.escalations if row["category"] == category]
            found |= self._escalations(f" {category}", rows)
        found |= self._after_escalations()
        for month in {day_of(row["raised_at"]).strftime("%Y-%m") for row in self.escalations}:  # type: ignore[union-attr] # was raised
            rows = [row for row in self.escalations if f"{row['raised_at'].astimezone(LONDON):%Y-%m}" == month]
            found |= self._escalations(f" at month {month}", rows)
        for area in {row["area"] for row in self.escalations}:
            rows = [row for row in self.escalations if row["area"] == area]
            found |= self._escalations(f" at area {area}", rows)
        for (theme, polarity), mentions in self.themes.items():
            found[f"{polarity} at theme {theme}"] = mentions
        return found | self._by_unit() | self._cared_for()

    def _cared_for(self) -> dict[str, int]:
        """Count children in care and care leavers, together and apart, by plain loops."""
        found: Counter[str] = Counter()
        names = (
            "completed", "graded", "good", "inadequate", "moderated", "child_feedback", "parent_feedback",
            "after outstanding", "after good", "recommendations made", "recommendations done",
            "recommendations discussed", "recommendations difference", "escalations raised",
            "escalations within_clock", "escalations signed_off_late",
        )  # fmt: skip
        for name in names:
            found[f"{name} at child_status cared-for"] = 0
        for row in self.completed:
            if row["child_status"] not in OURS:
                continue
            grade = self.grade(row)
            holds = {
                "completed": True,
                "graded": grade is not None,
                "good": grade in {"good", "outstanding"},
                "inadequate": grade == "inadequate",
                "child_feedback": row["child_feedback_obtained"],
                "parent_feedback": row["parent_feedback_obtained"],
            }
            for name, true in holds.items():
                found[f"{name} at child_status {row['child_status']}"] += true
                found[f"{name} at child_status cared-for"] += true
            found["moderated at child_status cared-for"] += row["audit_id"] in self.moderation
            found["after outstanding at child_status cared-for"] += grade == "outstanding"
            found["after good at child_status cared-for"] += grade == "good"
        for row in self.recommendations:
            if self.by_id[row["audit_id"]]["child_status"] in OURS:
                found["recommendations made at child_status cared-for"] += 1
                found["recommendations done at child_status cared-for"] += row["done"]
                found["recommendations discussed at child_status cared-for"] += row["discussed_on"] is not None
                found["recommendations difference at child_status cared-for"] += row["difference"] == "yes"
        ours = [row for row in self.escalations if self.by_id[row["audit_id"]]["child_status"] in OURS]
        for (theme, polarity), mentions in self.themes_cared_for.items():
            found[f"{polarity} of cared-for at theme {theme}"] = mentions
        return dict(found) | self._escalations(" at child_status cared-for", ours)

    def _escalations(self, suffix: str, rows: list[Row]) -> dict[str, int]:
        return {
            f"escalations raised{suffix}": len(rows),
            f"escalations within_clock{suffix}": sum(
                row["signed_off_at"] is not None and row["signed_off_at"] <= row["due_at"] for row in rows
            ),
            f"escalations signed_off_late{suffix}": sum(
                row["signed_off_at"] is not None and row["signed_off_at"] > row["due_at"] for row in rows
            ),
        }

    def _after_escalations(self) -> dict[str, int]:
        """Count by plain loops what became of them; the first re-audit completed since it was asked for counts."""
        found = Counter({"escalations withdrawn": len(self.withdrawn_escalations)})
        results = dict.fromkeys(("asked", "done", "better", "same", "worse", "not_graded"), 0)
        for row in self.escalations:
            signed_off = row["within_clock"] is not None
            found["escalations reopened"] += row["reopened"] > 0
            found["escalations signed_off"] += signed_off
            for suffix in ("", f" {row['category']}"):
                found[f"escalations second_line{suffix}"] += row["second_line_told"] > 0
            found["escalations recorded_late"] += signed_off and row["sign_off_recorded_late"]
            if row["re_audit_asked_at"] is not None:
                results["asked"] += 1
                self._re_audited(row, results)
        reason = "escalations at not required because already-acted-on"
        not_required = sum(row["state"] == "not-required" for row in self.considered)
        if not_required:
            found[reason] = not_required
        second_line = [f"escalations second_line{suffix}" for suffix in ("", " practice", " safeguarding")]
        for name in ("escalations reopened", "escalations signed_off", "escalations recorded_late", *second_line):
            found[name] += 0
        return dict(found) | {f"re-audits {name}": count for name, count in results.items()}

    def _re_audited(self, row: Row, results: dict[str, int]) -> None:
        again = [
            one
            for one in self.by_id.values()
            if one["re_audit_of"] == row["audit_id"] and one["completed_at"] and one["state"] == "completed"
            and one["completed_at"] >= row["re_audit_asked_at"]
        ]  # fmt: skip
        if not again:
            return
        results["done"] += 1
        after = min(again, key=lambda one: (one["completed_at"], one["audit_id"]))["grade"]
        stood = [one["standing_grade"] for one in self.all_moderations if one["audit_id"] == row["audit_id"]]
        before = (stood[-1] if stood else None) or self.by_id[row["audit_id"]]["grade"]
        if before is None or after is None:
            results["not_graded"] += 1
        else:
            ranks = GRADES.index(after) - GRADES.index(before)
            results["better" if ranks > 0 else "worse" if ranks < 0 else "same"] += 1

    def _by_unit(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for row in self.completed:
            places = {
                "kind": row["kind"],
                "service": row["service"],
                "area": row["area"],
                "district": f"{row['area']}/{row['district']}",
            }
            for dimension, key in places.items():
                found[f"completed at {dimension} {key}"] += 1
                found[f"late at {dimension} {key}"] += row["completed_on"] > row["due_on"]
                found[f"good at {dimension} {key}"] += self.grade(row) in {"good", "outstanding"}
                found[f"inadequate at {dimension} {key}"] += self.grade(row) == "inadequate"
            found[f"completed at grid {row['area']}/{row['service']}"] += 1
        return dict(found)
