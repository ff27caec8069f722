"""Who may take which step (domain.md section 1 and Appendix E): one table for the domain and for the HTTP edge."""

from __future__ import annotations

from typing import Final

from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from services.escalation.domain.refusals import NotTheirs

SERVICE: Final = "service"
"""The service itself: its policies and its timer."""

TEAM_MANAGER: Final = "team-manager"
SERVICE_MANAGER: Final = "service-manager"
QA_OFFICER: Final = "qa-officer"
QA_MANAGER: Final = "qa-manager"

MAY: Final[dict[type[Command], frozenset[str]]] = {
    commands.Consider: frozenset({QA_OFFICER, QA_MANAGER, SERVICE_MANAGER, SERVICE}),
    commands.NoteAuditWithdrawn: frozenset({SERVICE}),
    commands.NoteStandingGrade: frozenset({SERVICE}),
    commands.RecordDecisionNotRequired: frozenset({QA_OFFICER, QA_MANAGER}),
    commands.RaiseEscalation: frozenset({QA_OFFICER, QA_MANAGER, SERVICE_MANAGER}),
    commands.Reclassify: frozenset({QA_OFFICER, QA_MANAGER, SERVICE_MANAGER}),
    commands.AddAction: frozenset({TEAM_MANAGER}),
    commands.CompleteAction: frozenset({TEAM_MANAGER}),
    commands.RecordOversight: frozenset({SERVICE_MANAGER}),
    commands.SignOff: frozenset({SERVICE_MANAGER}),
    commands.TellAssistantDirectorAndClose: frozenset({SERVICE_MANAGER}),
    commands.MarkOverdue: frozenset({SERVICE}),
}
"""The roles that may ask for each command. The team manager adds actions, the service manager answers for the rest."""


def require_role(command: Command) -> None:
    """Refuse a step that belongs to another role.

    Raises:
        NotTheirs: the actor's role may not take this step.

    """
    may = MAY[type(command)]
    if command.actor.role not in may:
        raise NotTheirs(
            f"This step is not for the role {command.actor.role}.",
            way_out=f"Ask someone who is {' or '.join(sorted(may - {SERVICE}) or ['the service itself'])}.",
        )
