"""Who may take which step (domain.md section 1 and Appendix E): one table for the domain and for the HTTP edge."""

from __future__ import annotations

from typing import Final

from services.escalation.domain import commands
from services.escalation.domain.commands import Command
from services.escalation.domain.refusals import NotTheirs

SERVICE: Final = "service"
"""The service itself: its policies and its timer."""

AUDITOR: Final = "auditor"
MODERATOR: Final = "moderator"
TEAM_MANAGER: Final = "team-manager"
SERVICE_MANAGER: Final = "service-manager"
ASSISTANT_DIRECTOR: Final = "assistant-director"
QA_OFFICER: Final = "qa-officer"
QA_MANAGER: Final = "qa-manager"

_DECIDERS: Final = frozenset({QA_OFFICER, QA_MANAGER, SERVICE_MANAGER})
_BY_SERVICE: Final = frozenset({SERVICE})

MAY: Final[dict[type[Command], frozenset[str]]] = {
    commands.Consider: _DECIDERS | {TEAM_MANAGER, ASSISTANT_DIRECTOR, SERVICE},
    commands.NoteAuditWithdrawn: _BY_SERVICE,
    commands.NoteStandingGrade: _BY_SERVICE,
    commands.NoteCaseReference: _BY_SERVICE,
    commands.NoteCaseNumberRefused: _BY_SERVICE,
    commands.NoteChildErased: _BY_SERVICE,
    commands.NoteReAudit: _BY_SERVICE,
    commands.NoteReAuditGrade: _BY_SERVICE,
    commands.NoteReAuditWithdrawn: _BY_SERVICE,
    commands.NameChild: _DECIDERS | {TEAM_MANAGER, ASSISTANT_DIRECTOR},
    commands.RecordDiscussion: _DECIDERS | {AUDITOR, MODERATOR, TEAM_MANAGER},
    commands.RecordDecisionNotRequired: frozenset({QA_OFFICER, QA_MANAGER}),
    commands.RaiseEscalation: _DECIDERS,
    commands.Reclassify: _DECIDERS,
    commands.RecordCopySent: frozenset({QA_OFFICER, QA_MANAGER, AUDITOR, MODERATOR, SERVICE}),
    commands.RecordActionsDiscussed: frozenset({SERVICE_MANAGER}),
    commands.AddAction: frozenset({TEAM_MANAGER}),
    commands.CompleteAction: frozenset({TEAM_MANAGER}),
    commands.WithdrawAction: frozenset({TEAM_MANAGER, SERVICE_MANAGER}),
    commands.RecordOversight: frozenset({SERVICE_MANAGER}),
    commands.SignOff: frozenset({SERVICE_MANAGER}),
    commands.TellAssistantDirectorAndClose: frozenset({SERVICE_MANAGER}),
    commands.AnswerClosing: _DECIDERS | {AUDITOR, MODERATOR, TEAM_MANAGER},
    commands.Reopen: _DECIDERS,
    commands.Withdraw: _DECIDERS,
    commands.RequestReAudit: _DECIDERS,
    commands.MarkOverdue: _BY_SERVICE,
    commands.MarkConsiderationOverdue: _BY_SERVICE,
    commands.SendChaser: _BY_SERVICE,
    commands.TellSecondLine: _BY_SERVICE,
    commands.RecomputeClock: _BY_SERVICE,
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
