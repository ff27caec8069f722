"""The grade that a moderation lets stand is one that was given, or lies between those that were."""

from __future__ import annotations

from typing import Any

import pytest

from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL
from services.audit.domain.refusals import ModerationInvalid
from services.audit.domain.words import Grade
from tests.support.decider_spec import Spec, spec
from tests.unit.audit import builders as b

GRADES = list(Grade)


@pytest.mark.parametrize("auditor", GRADES)
@pytest.mark.parametrize("moderator", GRADES)
@pytest.mark.parametrize("standing", GRADES)
def test_it_stands_only_between_what_the_two_gave(auditor: Grade, moderator: Grade, standing: Grade) -> None:
    story: Spec[Any, Any, Any] = spec(decide, evolve, INITIAL)
    completing = b.complete(outcome=b.outcome(overall_grade=auditor), moderation=b.selection())
    for command in (b.allocate(), completing):
        story = story.given(*story.when(command).then_events())
    asked = story.when(b.moderate(overall_grade=moderator, sections={}, standing_grade=standing))
    between = sorted([GRADES.index(auditor), GRADES.index(moderator)])
    if between[0] <= GRADES.index(standing) <= between[1]:
        assert asked.then_events()
    else:
        [problem] = asked.refused(ModerationInvalid).problems
        assert problem.place == "standing_grade"
