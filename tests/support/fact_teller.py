"""Makes up audits, audit escalations, tools and erasures, in plain JSON, from one seed."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from uuid import UUID

from tests.support.fact_disputes import chance, dispute
from tests.support.fact_stories import AUDIT, COMPONENTS, ESCALATION, GRADES, START, STATUSES, Json, Story, Told

_ASIDE = 0.05
"""How many of the audits are no practice figure."""


class Teller:
    """Makes up streams, one after the other, from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = START

    def uuid(self) -> UUID:
        """Draw an id."""
        return UUID(int=self.random.getrandbits(128), version=4)

    def _tick(self) -> datetime:
        self.clock += timedelta(seconds=self.random.randint(1, 900), microseconds=self.random.randint(0, 999_999))
        return self.clock

    def _add(self, story: Story, event_type: str, data: Json, happened_at: datetime | None = None) -> None:
        recorded_at = self._tick()
        story.events.append(Told(event_type, data, happened_at or recorded_at, recorded_at))

    def tool(self, name: str = "case-file", version: int = 1) -> Story:
        """Publish a tool of seven sections with five questions each."""
        story = Story(self.uuid(), AUDIT, "/audit")
        sections = [
            {
                "id": f"s{number}",
                "title": f"Section {number}",
                "graded": True,
                "questions": [
                    {
                        "id": f"s{number}.q{place}",
                        "text": f"Question {place}",
                        "scale": "yes-no",
                        "compliance": place == 1,
                    }
                    for place in range(1, 6)
                ],
            }
            for number in range(1, 8)
        ]
        data = {
            "tool": name,
            "version": version,
            "title": "Case file audit",
            "kinds": ["standard", "thematic"],
            "graded": True,
            "sections": sections,
            "themes": [
                {"code": f"theme-{number}", "label": f"The theme of {number}", "component": "systemic"}
                for number in range(10)
            ],
        }
        self._add(story, "tool-published.v1", data)
        return story

    def erasure(self, case_reference: str) -> Story:
        """Erase a child."""
        story = Story(self.uuid(), AUDIT, "/audit")
        self._add(story, "child-erased.v1", {"case_reference": case_reference, "reason": "request"})
        return story

    def audit(self) -> Story:
        """Tell an audit from its allocation to whatever became of it."""
        draw = self.random
        story = Story(self.uuid(), AUDIT, "/audit")
        number = draw.randrange(100)
        place = {
            "audit_id": str(story.stream),
            "kind": draw.choice(("standard", "thematic")),
            "cycle": "2026-01",
            "organisation": {
                "area": f"area-{number % 4}",
                "district": f"district-{number % 12}",
                "team": f"team-{number}",
            },
            "service": draw.choice(("social-work", "early-help", "leaving-care")),
            "case_reference": str(self.uuid()),
            "child_status": draw.choice(STATUSES),
        }
        due_on = date(2026, 1, 10) + timedelta(days=draw.randrange(300))
        allocation = {
            "tool": "case-file",
            "tool_version": 1,
            "auditor_reference": str(self.uuid()),
            "selected_because": draw.choice(("random", "theme")),
            "due_on": due_on.isoformat(),
            "in_practice_figures": chance(story, 0) >= _ASIDE,
        }
        if draw.random() < 0.95:
            self._add(story, "audit-allocated.v1", place | allocation)
        if draw.random() < 0.1:
            concern = {"concern": draw.choice(("practice", "safeguarding")), "inadequate_likely": draw.random() < 0.5}
            self._add(story, "concern-flagged.v1", place | concern | {"flagged_by": {"role": "auditor"}})
        fate = draw.random()
        if fate < 0.1:
            return story
        if fate < 0.14:
            self._add(
                story, "audit-withdrawn.v1", place | {"reason": "wrong-child", "withdrawn_by": {"role": "qa-officer"}}
            )
            return story
        completed_on = due_on + timedelta(days=draw.randint(-9, 5))
        outcome = self._outcome(place, allocation, completed_on)
        if completed_on.day % 3:  # the others are of before it was said, or of a day that was named too early
            outcome |= {"late": completed_on > due_on or completed_on.day % 3 == 1}
        self._add(story, "audit-completed.v1", outcome, datetime.combine(completed_on, START.timetz()))
        for made in outcome["recommendations"]:
            recommendation = {"recommendation_id": made["id"], "category": made["category"], "due_on": made["due_on"]}
            self._add(story, "recommendation-made.v1", place | recommendation | {"owner_role": "team-manager"})
        if draw.random() < 0.8:
            self._moderation(story, place, outcome)
        self._follow_ups(story, place, outcome)
        if draw.random() < 0.08:
            again = self._outcome(place, allocation, completed_on + timedelta(days=30))
            again["recommendations"] = outcome["recommendations"]
            change = {"reason": "wrong-grade", "amended_by": {"role": "qa-officer"}, "changed": ["overall_grade"]}
            self._add(story, "audit-amended.v1", again | change)
        if draw.random() < 0.03:
            self._add(
                story, "audit-withdrawn.v1", place | {"reason": "duplicate", "withdrawn_by": {"role": "qa-officer"}}
            )
        return story

    def _follow_ups(self, story: Story, place: Json, outcome: Json) -> None:
        draw = self.random
        for made in outcome["recommendations"]:
            for _ in range(draw.choice((0, 1, 1, 2))):
                self._add(
                    story,
                    "recommendation-followed-up.v1",
                    place
                    | {
                        "recommendation_id": made["id"],
                        "discussed_in_supervision_on": draw.choice((None, "2026-05-04")),
                        "done": draw.random() < 0.6,
                        "made_a_difference": draw.choice(("yes", "no", "not-yet-known")),
                        "followed_up_on": "2026-06-01",
                    },
                )

    def _outcome(self, place: Json, allocation: Json, completed_on: date) -> Json:
        draw = self.random

        def feedback() -> Json:
            obtained = draw.random() < 0.6
            return {
                "obtained": obtained,
                "why_not": None if obtained else "declined",
                "score": draw.randint(1, 5) if obtained else None,
            }

        answers: Json = {}
        for number in range(1, 8):
            for question in range(1, 6):
                answers[f"s{number}.q{question}"] = draw.choice((True, False, "good", "not-seen", 3, ["a", "b"]))
        return place | {
            "tool": allocation["tool"],
            "tool_version": allocation["tool_version"],
            "auditor_reference": allocation["auditor_reference"],
            "took_part": draw.choice(("worker", "manager", "both", "neither")),
            "reflective_discussion": draw.random() < 0.7,
            "overall_grade": draw.choice(GRADES),
            "inadequate_likely": draw.random() < 0.05,
            "concern": draw.choice(("none", "none", "none", "practice", "safeguarding")),
            "sections": [{"section": f"s{n}", "grade": draw.choice(GRADES), "score": None} for n in range(1, 8)],
            "answers": answers,
            "themes": [
                {
                    "theme": f"theme-{draw.randrange(20)}",
                    "polarity": draw.choice(("strength", "development")),
                    "component": draw.choice((None, *COMPONENTS)),
                }
                for _ in range(draw.randrange(5))
            ],
            "child_feedback": feedback(),
            "parent_feedback": feedback(),
            "practitioner_feedback": feedback(),
            "recommendations": [
                {"id": str(self.uuid()), "category": "supervision", "due_on": "2026-06-30"}
                for _ in range(draw.randrange(4))
            ],
            "due_on": allocation["due_on"],
            "completed_on": completed_on.isoformat(),
            "in_practice_figures": allocation["in_practice_figures"],
        }

    def _moderation(self, story: Story, place: Json, outcome: Json) -> None:
        draw = self.random
        moderation_id = str(self.uuid())
        moderator = str(self.uuid())
        request = {
            "moderation_id": moderation_id,
            "moderator_reference": moderator,
            "selected_because": "all",
            "policy_version": "2026.1",
            "due_on": "2026-07-01",
        }
        self._add(story, "moderation-requested.v1", place | request)
        if draw.random() < 0.1:
            self._add(story, "moderation-requested.v1", place | request | {"due_on": "2026-07-15"})
        if draw.random() < 0.15:
            return
        auditor = GRADES.index(outcome["overall_grade"])
        moderated = max(0, min(3, auditor + draw.choice((-1, 0, 0, 0, 1))))
        differences = [
            {"section": "s1", "auditor_grade": "good", "moderator_grade": "requires-improvement"}
            for _ in range(1 if moderated != auditor else 0)
        ]
        done = {
            "moderation_id": moderation_id,
            "moderator_reference": moderator,
            "moderator_type": "internal",
            "auditor_reference": outcome["auditor_reference"],
            "auditor_grade": GRADES[auditor],
            "moderator_grade": GRADES[moderated],
            "distance": moderated - auditor,
            "direction": "same" if moderated == auditor else "raised" if moderated > auditor else "lowered",
            "standing_grade": GRADES[moderated],
            "section_differences": differences,
            "concern": "none",
            "inadequate_likely": False,
            "blind": True,
            "selected_because": "all",
            "audit_quality": None,
            "met_team_manager": True,
            "met_practitioner": draw.random() < 0.5,
            "moderated_on": "2026-06-20",
        }
        self._add(story, "moderation-done.v1", place | done)
        for name, data in dispute(story, place, done):
            self._add(story, name, data)

    def escalation(self) -> Story:
        """Tell an audit escalation through Appendix E, as far as it came."""
        draw = self.random
        story = Story(self.uuid(), ESCALATION, "/escalation")
        number = draw.randrange(100)
        place = {
            "escalation_id": str(story.stream),
            "audit_id": str(self.uuid()) if draw.random() < 0.8 else None,
            "case_reference": None,
            "organisation": {
                "area": f"area-{number % 4}",
                "district": f"district-{number % 12}",
                "team": f"team-{number}",
            },
            "service": "social-work",
            "category": draw.choice(("practice", "safeguarding")),
        }
        cause = {"origin": "audit", "code": "concern-flagged", "event_id": str(self.uuid())}
        causes = [cause]
        by = {"role": "service-manager"}
        self._add(story, "escalation-considered.v1", place | {"causes": causes, "policy_version": "2026.1"})
        if draw.random() < 0.2:
            causes = [cause, {"origin": "moderation", "code": "inadequate-grade", "event_id": str(self.uuid())}]
            self._add(story, "escalation-considered.v1", place | {"causes": causes, "policy_version": "2026.1"})
        if draw.random() < 0.2:
            self._add(story, "escalation-not-required.v1", place | {"reason": "known", "decided_by": by})
            return story
        clock = self._clock(1 if place["category"] == "safeguarding" else 5)
        raised = {"causes": causes, "clock": clock, "told": ["qa-manager"], "raised_by": by} | {
            "discussed_at": (self.clock - timedelta(hours=1)).isoformat(),
            "consider_by": (self.clock + timedelta(hours=6)).isoformat(),
        }
        self._add(story, "escalation-raised.v1", place | raised)
        if place["category"] == "practice" and draw.random() < 0.2:
            place = place | {"category": "safeguarding"}
            clock = self._clock(1)
            change = {"from_category": "practice", "clock": clock, "reason": "new-information", "reclassified_by": by}
            self._add(story, "escalation-reclassified.v1", place | change)
        action = str(self.uuid())
        self._add(
            story, "action-added.v1", place | {"action_id": action, "kind": "visit", "due_on": None, "added_by": by}
        )
        if draw.random() < 0.2:
            dropped = {"action_id": str(self.uuid()), "kind": "visit", "due_on": None, "added_by": by}
            self._add(story, "action-added.v1", place | dropped)
            dropped = {"action_id": dropped["action_id"], "reason": "overtaken", "withdrawn_by": by}
            self._add(story, "action-withdrawn.v1", place | dropped)
        late = draw.random() < 0.3
        if late:
            self._add(story, "escalation-overdue.v1", place | {"due_at": clock["due_at"]})
            told = {"clock": "sign-off", "told": ["director"], "told_at": clock["due_at"], "due_at": clock["due_at"]}
            self._add(story, "second-line-told.v1", place | told)
        self._add(story, "oversight-recorded.v1", place | {"recorded_by": by})
        if draw.random() < 0.2:
            return story
        self._add(story, "action-completed.v1", place | {"action_id": action, "completed_by": by})
        self._add(
            story,
            "actions-signed-off.v1",
            place
            | {
                "signed_off_at": self.clock.isoformat(),
                "due_at": clock["due_at"],
                "within_clock": not late,
                "signed_off_by": by,
                "recorded_late": draw.random() < 0.3,
                "copy_sent_at": (self.clock - timedelta(hours=3)).isoformat(),
                "actions_discussed_at": (self.clock - timedelta(hours=2)).isoformat(),
            },
        )
        if draw.random() < 0.7:
            told = {"assistant_director_told_at": self.clock.isoformat(), "closed_by": by}
            self._add(story, "escalation-closed.v1", place | told)
        self._after_escalation(story, place, by)
        return story

    def _after_escalation(self, story: Story, place: Json, by: Json) -> None:
        draw = self.random
        if draw.random() < 0.3:
            due_on = (self.clock + timedelta(days=90)).date().isoformat()
            self._add(story, "re-audit-requested.v1", place | {"due_on": due_on, "requested_by": by})
        if draw.random() < 0.2:
            again = {"clock": self._clock(5), "reason": "new-evidence", "reopened_by": by}
            self._add(story, "escalation-reopened.v1", place | again)
            if draw.random() < 0.5:
                error = {"reason": "raised-in-error", "withdrawn_by": by, "second_person": {"role": "qa-manager"}}
                self._add(story, "escalation-withdrawn.v1", place | error)

    def _clock(self, days: int) -> Json:
        return {
            "started_at": self.clock.isoformat(),
            "due_at": (self.clock + timedelta(days=days)).isoformat(),
            "working_days": days,
            "counted": [],
            "calendar_version": "2026",
            "policy_version": "2026.1",
        }
