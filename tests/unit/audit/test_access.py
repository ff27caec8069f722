"""Who may do what with one audit: every rule by itself, denied unless said (G11)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from services.audit.app import access
from services.audit.app.audits.queries import scopes
from services.audit.app.audits.views import texts_shown
from services.audit.app.moderation import access as moderation_access
from services.audit.app.moderation.views import moderations_of
from services.audit.domain.audits.decider import decide
from services.audit.domain.audits.events import AuditAllocated
from services.audit.domain.audits.evolving import evolve
from services.audit.domain.audits.states import INITIAL, Completed, State
from shared.web.principal import WHOLE, Principal, Role
from tests.unit.audit import builders as b
from tests.unit.audit import moderation_builders as m

SOMEBODY = UUID(int=99)
HERE, ELSEWHERE = ("north/riverside",), ("north/hillside",)
QA = {Role.QA_OFFICER, Role.QA_MANAGER, Role.SERVICE}
MANAGERS = {Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.ASSISTANT_DIRECTOR, Role.PRINCIPAL_SOCIAL_WORKER}

Rule = Callable[[Principal, AuditAllocated], bool]

RULES: list[tuple[Rule, set[Role], bool]] = [
    (access.reads, {Role.MODERATOR, *MANAGERS, *QA}, True),
    (access.reads_text, {Role.MODERATOR, Role.TEAM_MANAGER, Role.QA_OFFICER, Role.QA_MANAGER}, True),
    (access.completes, QA, True),
    (access.flags, {Role.MODERATOR, Role.TEAM_MANAGER, *QA}, True),
    (access.recommends, {Role.MODERATOR, Role.TEAM_MANAGER, *QA}, True),
    (access.follows_up, {Role.TEAM_MANAGER, *QA}, False),
    (access.runs, QA, False),
    (access.moderates, {Role.MODERATOR, *QA}, False),
]


def allocation(auditor: UUID = b.AUDITOR) -> AuditAllocated:
    [event] = decide(b.allocate(auditor=auditor), INITIAL)
    assert isinstance(event, AuditAllocated)
    return event


def someone(
    role: Role, *, scope: tuple[str, ...] = HERE, authority: str = "northmoor", person: UUID = SOMEBODY
) -> Principal:
    return Principal(person, frozenset({role}), authority, scope)


def test_a_moderator_sees_nothing_of_the_audit_of_their_own_work_as_one() -> None:
    [theirs] = decide(b.allocate(practitioner=SOMEBODY), INITIAL)
    assert isinstance(theirs, AuditAllocated)
    reading = {role for role in Role if access.reads(someone(role), theirs)}
    assert reading == {*MANAGERS, *QA}
    assert not access.reads_text(someone(Role.MODERATOR), theirs)
    assert access.reads(someone(Role.MODERATOR, person=UUID(int=98)), theirs)
    assert access.is_the_practitioner(someone(Role.PRACTITIONER), theirs)
    lead = Principal(SOMEBODY, frozenset({Role.MODERATOR, Role.QA_MANAGER}), "northmoor", HERE)
    assert access.reads(lead, theirs)


@pytest.mark.parametrize(("rule", "within", "own"), RULES, ids=lambda value: getattr(value, "__name__", ""))
class TestRules:
    def test_within_ones_scope_a_role_decides(self, rule: Rule, within: set[Role], *, own: bool) -> None:
        assert {role for role in Role if rule(someone(role), allocation())} == within

    def test_outside_ones_scope_nobody_may(self, rule: Rule, within: set[Role], *, own: bool) -> None:
        assert not any(rule(someone(role, scope=ELSEWHERE), allocation()) for role in Role)
        assert not any(rule(someone(role, scope=()), allocation()) for role in Role)

    def test_in_another_authority_nobody_may(self, rule: Rule, within: set[Role], *, own: bool) -> None:
        for person in (SOMEBODY, b.AUDITOR):
            everyone = [someone(role, authority="saltmere", scope=(WHOLE,), person=person) for role in Role]
            assert not any(rule(one, allocation()) for one in everyone)

    def test_the_auditor_may_what_is_the_auditors(self, rule: Rule, within: set[Role], *, own: bool) -> None:
        assert rule(someone(Role.AUDITOR, scope=(), person=b.AUDITOR), allocation()) is own

    def test_the_auditor_in_another_role_is_not_the_auditor(self, rule: Rule, within: set[Role], *, own: bool) -> None:
        assert not rule(someone(Role.PRACTITIONER, person=b.AUDITOR), allocation())

    def test_a_token_for_nobody_is_nobodys_auditor(self, rule: Rule, within: set[Role], *, own: bool) -> None:
        nobody = someone(Role.AUDITOR, person=access.NOBODY)
        assert not rule(nobody, allocation(auditor=access.NOBODY))


@pytest.mark.parametrize("rule", [access.reads, access.reads_text, access.moderates])
def test_a_moderator_who_was_asked_may_outside_their_scope_but_not_in_another_authority(
    rule: Callable[[Principal, AuditAllocated, frozenset[UUID]], bool],
) -> None:
    asked = frozenset({b.MODERATOR})
    moderator = someone(Role.MODERATOR, scope=ELSEWHERE, person=b.MODERATOR)
    assert rule(moderator, allocation(), asked)
    assert not rule(moderator, allocation(), frozenset({b.OTHER_MODERATOR}))
    assert not rule(someone(Role.PRACTITIONER, scope=ELSEWHERE, person=b.MODERATOR), allocation(), asked)
    other = someone(Role.MODERATOR, scope=(WHOLE,), authority="saltmere", person=b.MODERATOR)
    assert not rule(other, allocation(), asked)


@pytest.mark.parametrize("role", list(Role))
def test_only_the_qa_unit_records_what_another_person_did(role: Role) -> None:
    assert access.on_behalf(someone(role)) is (role in QA)


def waiting(*, blind: bool) -> State:
    state: State = INITIAL
    for command in (b.allocate(), b.complete(moderation=b.selection(blind=blind, moderator=b.MODERATOR))):
        for event in decide(command, state):
            state = evolve(state, event)
    return state


def test_only_a_moderator_is_blinded_and_only_before_a_blind_moderation() -> None:
    assert {role for role in Role if moderation_access.hidden(someone(role), waiting(blind=True)).grades} == {
        Role.MODERATOR
    }
    assert moderation_access.hidden(someone(Role.MODERATOR), waiting(blind=False)) == moderation_access.Hidden()
    both = Principal(SOMEBODY, frozenset({Role.MODERATOR, Role.QA_MANAGER}), "northmoor", HERE)
    assert moderation_access.hidden(both, waiting(blind=True)) == moderation_access.Hidden()


@pytest.mark.parametrize("also", [Role.AUDITOR, Role.PRACTITIONER, Role.TEAM_MANAGER, Role.DIRECTOR, *sorted(QA)])
def test_who_was_given_the_blind_moderation_is_blinded_whatever_else_they_are(also: Role) -> None:
    state = waiting(blind=True)
    for roles in ({also}, {also, Role.MODERATOR}):
        person = Principal(b.MODERATOR, frozenset(roles), "northmoor", HERE)
        assert moderation_access.hidden(person, state).grades, roles
        row = {"auditor": str(b.AUDITOR), "moderator": str(b.MODERATOR), "blind": True, "completed_on": "2025-11-20"}
        assert moderation_access.hidden_in_list(person, row).grades
        assert not moderation_access.hidden_in_list(person, {**row, "graded_by": [str(b.MODERATOR)]}).grades
    for event in decide(m.grade_blind(), state):
        state = evolve(state, event)
    assert not moderation_access.hidden(person, state).grades


def test_before_completion_who_is_a_moderator_alone_is_as_blind() -> None:
    """They would know the auditor, and what a concern says of the grade, when they are asked to moderate it blind."""
    state: State = INITIAL
    for command in (b.allocate(), b.flag()):
        for event in decide(command, state):
            state = evolve(state, event)
    kept = moderation_access.Hidden(grades=True, people=True)
    assert {role for role in Role if moderation_access.hidden(someone(role), state) == kept} == {Role.MODERATOR}
    manager = Principal(SOMEBODY, frozenset({Role.MODERATOR, Role.TEAM_MANAGER}), "northmoor", HERE)
    assert moderation_access.hidden(manager, state) == moderation_access.Hidden()
    row = {"auditor": str(b.AUDITOR)}
    assert {role for role in Role if moderation_access.hidden_in_list(someone(role), row).people} == {Role.MODERATOR}


def test_blind_grades_are_theirs_alone_who_gave_them_until_the_moderation_is_recorded() -> None:
    state = waiting(blind=True)
    for event in decide(m.grade_blind(), state):
        state = evolve(state, event)
    under_way = frozenset({b.MODERATION_ID})
    see_them = {role for role in Role if moderation_access.hidden(someone(role), state).under_way != under_way}
    assert see_them == QA
    auditor = someone(Role.AUDITOR, person=b.AUDITOR)
    assert moderation_access.hidden(auditor, state).under_way == under_way
    box = f"moderations/{b.MODERATION_ID}/blind/rationale"
    assert texts_shown({box: "text", "answers/x/evidence": "text"}, moderation_access.hidden(auditor, state)) == {
        "answers/x/evidence": "text"
    }
    assert isinstance(state, Completed)
    [seen] = moderations_of(state, moderation_access.hidden(auditor, state), b.AUDITOR)
    assert (seen.blind_grades, seen.selected_because) == (None, "all")
    moderator = someone(Role.MODERATOR, person=b.MODERATOR)
    [seen] = moderations_of(state, moderation_access.hidden(moderator, state), b.MODERATOR)
    assert seen.blind_grades is not None
    for event in decide(b.moderate(), state):
        state = evolve(state, event)
    assert moderation_access.hidden(auditor, state) == moderation_access.Hidden()


def test_why_it_is_moderated_does_not_tell_a_blind_moderator_the_grade() -> None:
    state = waiting(blind=True)
    assert isinstance(state, Completed)
    [seen] = moderations_of(state, moderation_access.hidden(someone(Role.MODERATOR), state), SOMEBODY)
    assert seen.selected_because is None


def test_who_moderates_is_whoever_was_asked_or_did() -> None:
    state = waiting(blind=False)
    assert access.moderators_of(state) == {b.MODERATOR}
    [withdrawn] = decide(b.withdraw(), state)
    assert access.moderators_of(evolve(state, withdrawn)) == {b.MODERATOR}
    assert access.moderators_of(INITIAL) == frozenset()


@pytest.mark.parametrize(
    ("role", "scope", "expected"),
    [
        (Role.QA_OFFICER, (WHOLE,), [{}]),
        (Role.QA_OFFICER, (), []),
        (Role.SERVICE_MANAGER, HERE, [{"area": "north", "district": "riverside"}]),
        (Role.TEAM_MANAGER, ("north/riverside/riverside-1", "south"), None),
        (Role.AUDITOR, (WHOLE,), [{"auditor": str(SOMEBODY)}]),
        (Role.PRACTITIONER, (WHOLE,), []),
        (Role.ANALYST, (WHOLE,), []),
        (Role.DIRECTOR, (WHOLE,), []),
    ],
)
def test_lists_keep_to_what_is_the_callers(
    role: Role, scope: tuple[str, ...], expected: list[dict[str, str]] | None
) -> None:
    both = [{"area": "north", "district": "riverside", "team": "riverside-1"}, {"area": "south"}]
    assert scopes(someone(role, scope=scope)) == (both if expected is None else expected)
