"""Who is calling: the role a step is taken in, the parts of the authority that are theirs, the moment, the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.escalation.app.casework import Casework
from services.escalation.app.policies import at_once
from services.escalation.app.policy import Policy
from services.escalation.domain.commands import Command
from services.escalation.domain.model import Actor
from services.escalation.domain.refusals import MomentImpossible
from services.escalation.domain.roles import MAY, SERVICE
from shared.calendar.bank_holidays import FIRST_DAY
from shared.calendar.working_days import BeyondCalendar, london_date
from shared.web.access import allowed
from shared.web.idempotency import Idempotency
from shared.web.principal import WHOLE, Principal, Role
from shared.web.problems import not_in_scope


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller taking a step: in which role, when it happened and is recorded, under which idempotency key.

    `dated` is whether the caller said when it happened.
    """

    actor: Actor
    happened_at: datetime
    recorded_at: datetime
    key: str
    policy: Policy
    dated: bool = True

    @property
    def when_and_who(self) -> dict[str, Any]:
        """Return what every command carries."""
        return {
            "happened_at": self.happened_at,
            "recorded_at": self.recorded_at,
            "actor": self.actor,
            "record_by": _record_by(self.policy, self.happened_at),
            "settings_version": self.policy.settings_version,
            "dated": self.dated,
        }


def roles_for(command: type[Command]) -> tuple[Role, ...]:
    """Return the roles of people who may ask for a command, as the domain's own table has them."""
    return tuple(Role(role) for role in sorted(MAY[command] - {SERVICE}))


def allowed_for(command: type[Command]) -> Principal:
    """Return the dependency that lets only those roles through, typed as the principal it yields."""
    return allowed(*roles_for(command))


def acting(
    principal: Principal,
    command: type[Command],
    happened_at: datetime | None,
    *,
    casework: Casework,
    idempotency: Idempotency,
    authority: str | None = None,
) -> Caller:
    """Return the caller in the role this step is taken in; without a moment of its own the step happened now.

    `authority` is whose escalation it is; left out, the caller's own. Its policy is the one that held at that moment.

    Raises:
        MomentImpossible: the moment is still to come.

    """
    now = casework.clock()
    if happened_at is not None and happened_at > now:
        raise MomentImpossible("This lies in the future.", bound=now, latest=True)
    role = next(role for role in roles_for(command) if principal.has(role))
    return Caller(
        actor=Actor(role=role.value, reference=principal.person),
        happened_at=happened_at or now,
        recorded_at=now,
        key=idempotency.key(principal),
        policy=casework.policies.policy(authority or principal.authority, happened_at or now),
        dated=happened_at is not None,
    )


def _record_by(policy: Policy, happened_at: datetime) -> datetime | None:
    """Return until when it is recorded in time; past the calendar's end nobody can tell, and it counts as in time.

    What is dated before the calendar begins is recorded years later, and so late whenever that is.
    """
    try:
        return policy.record_by(happened_at)
    except BeyondCalendar:
        return happened_at if london_date(happened_at) < FIRST_DAY else None


def considered_by(caller: Caller) -> dict[str, Any]:
    """Return what a consideration goes by: the policy, by when it is to be decided, whether it is raised at once."""
    policy = caller.policy
    return {
        "policy_version": policy.version,
        "clocks": policy.consideration_clocks_if_known(caller.happened_at, caller.recorded_at),
        "at_once": at_once(policy, caller.happened_at),
        "steps_required": policy.steps_required,
    }


def paths_within(principal: Principal, wanted: str | None) -> list[str] | None:
    """Return the paths a list is to cover: what is wanted, as far as it is the caller's; None for the whole authority.

    Answers 403 when nothing wanted lies within the caller's scope.
    """
    if wanted is None:
        return None if WHOLE in principal.scope else list(principal.scope)
    if principal.covers(principal.authority, wanted):
        return [wanted]
    below = [prefix for prefix in principal.scope if prefix.startswith(f"{wanted}/")]
    if not below:
        raise not_in_scope()
    return below
