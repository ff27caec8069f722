"""Appendix E walked step by step, and each step out of order (domain.md section 4).

The table is the requirement: a row a step, a column a stage. `Y` happens, `-` was already so, `x` is refused, `r` is
refused since it is recorded already and says it happened at another moment. The very same step again is always `-`.
"""

from __future__ import annotations

import pytest

from services.escalation.domain import commands, events
from services.escalation.domain.decider import decide
from services.escalation.domain.refusals import AlreadyRecorded, Refused
from services.escalation.domain.states import Closed
from tests.unit.escalation import scenes as s
from tests.unit.escalation.spec import run, state_after

LATER = s.january(16)
RECORDED: dict[str, commands.Command] = {
    "not required": s.not_required(),
    "raise": s.raise_(),
    "add action": s.add_action(),
    "complete action": s.complete_action(),
    "oversight": s.record_oversight(),
    "sign off": s.sign_off(),
    "close": s.close(),
}
"""Each step as the stages have it."""

STAGES: dict[str, tuple[events.Event, ...]] = {
    "nothing": (),
    "considered": (s.OPENED,),
    "raised": s.RAISED_PRACTICE,
    "action added": (*s.RAISED_PRACTICE, s.was_added()),
    "action completed": (*s.RAISED_PRACTICE, s.was_added(), s.was_completed()),
    "oversight": s.READY,
    "signed off": s.SIGNED_OFF,
    "closed": s.CLOSED,
    "not required": s.NOT_REQUIRED,
}

STEPS: dict[str, commands.Command] = {
    "consider": s.consider(s.cause(1)),
    "not required": s.not_required(LATER),
    "raise": s.raise_(LATER),
    "reclassify": s.reclassify(s.SAFEGUARDING, LATER),
    "add action": s.add_action(1, LATER),
    "complete action": s.complete_action(1, LATER),
    "oversight": s.record_oversight(LATER),
    "sign off": s.sign_off(LATER),
    "close": s.close(LATER),
}

TABLE = """
                  nothing considered raised action-added completed oversight signed-off closed not-required
consider          Y       -          -      -            -         -         -          -      -
not required      x       Y          x      x            x         x         x          x      r
raise             x       Y          r      r            r         r         x          x      x
reclassify        x       x          Y      Y            Y         Y         x          x      x
add action        x       x          Y      r            r         r         x          x      x
complete action   x       x          x      Y            r         r         x          x      x
oversight         x       x          x      Y            Y         Y         x          x      x
sign off          x       x          x      x            x         Y         r          x      x
close             x       x          x      x            x         x         Y          r      x
"""


def cells() -> list[tuple[str, str, str]]:
    rows = TABLE.strip("\n").splitlines()[1:]
    return [
        (step, stage, cell)
        for (step, _), row in zip(STEPS.items(), rows, strict=True)
        for stage, cell in zip(STAGES, row.removeprefix(step).split(), strict=True)
    ]


@pytest.mark.parametrize(("step", "stage", "cell"), cells())
def test_each_step_at_each_stage(step: str, stage: str, cell: str) -> None:
    assert outcome(STEPS[step], STAGES[stage]) == cell
    if cell == "r":
        assert outcome(RECORDED[step], STAGES[stage]) == "-"


def outcome(command: commands.Command, history: tuple[events.Event, ...]) -> str:
    try:
        return "Y" if decide(command, state_after(*history)) else "-"
    except Refused as refused:
        sentences = (refused.message, refused.way_out)
        kind = "r" if isinstance(refused, AlreadyRecorded) else "x"
    assert all(sentence.endswith(".") for sentence in sentences)
    return kind


def test_the_whole_road_in_time() -> None:
    history = run(
        [],
        s.consider(s.cause(1)),
        s.raise_(),
        s.add_action(1),
        s.add_action(2),
        s.complete_action(1),
        s.complete_action(2),
        s.record_oversight(),
        s.sign_off(),
        s.close(),
    )
    assert [event.type for event in history] == [
        "consideration-opened",
        "escalation-raised",
        "action-added",
        "action-added",
        "action-completed",
        "action-completed",
        "oversight-recorded",
        "actions-signed-off",
        "escalation-closed",
    ]
    state = state_after(*history)
    assert isinstance(state, Closed)
    assert state.signed_off.within_clock
    assert [event.at for event in history] == sorted(event.at for event in history)


def test_the_whole_road_late() -> None:
    history = run(
        [],
        s.consider(s.cause(1, s.SAFEGUARDING)),
        s.raise_(),
        s.add_action(1),
        s.mark_overdue(s.january(16, 0, 0), s.END_OF_15),
        s.complete_action(1, s.january(16)),
        s.record_oversight(s.january(16)),
        s.sign_off(s.january(16, 12)),
        s.close(s.january(16, 13)),
    )
    state = state_after(*history)
    assert isinstance(state, Closed)
    assert not state.signed_off.within_clock
    assert state.signed_off.raised.overdue_since == s.END_OF_15
