"""What callers are told when something is refused: each refusal as problem+json, every fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from services.audit.app.asking import InTheFuture
from services.audit.app.audits.allocating import AllocationInvalid, AuthorityUnknown, ChildUnknown
from services.audit.app.audits.changes import SeenIsOld
from services.audit.app.importing.problems import FileRefused
from services.audit.app.tools.xlsform.faults import WorkbookRefused
from services.audit.domain import refusals
from services.audit.domain.audits.re_auditing import AuditorOfTheFirstAudit
from services.audit.domain.audits.recommending import HappenedBeforeRecommendation
from services.audit.domain.calibration import exercise as calibration
from services.audit.domain.moderation import refusals as moderation_refusals
from services.audit.domain.queue import refusals as queue_refusals
from services.audit.domain.refusals import Refused
from services.audit.domain.tools import refusals as tool_refusals
from shared.eventstore.database import CONNECTION_ERRORS
from shared.eventstore.errors import IdempotencyKeyReused, MessageTooLarge, VersionConflict
from shared.web.problems import FieldProblem, Problem, conflict, unavailable
from shared.web.seen import version_seen_is_old

_NOT_FOUND = (
    refusals.AuditNotFound,
    refusals.ToolNotFound,
    refusals.VersionNotFound,
    tool_refusals.ToolNotDrafted,
    refusals.RecommendationNotFound,
    ChildUnknown,
    moderation_refusals.DisputeNotFound,
    queue_refusals.ModerationNotInQueue,
    calibration.CalibrationNotFound,
)
_FORBIDDEN = (
    refusals.AuditorIsOfTheTeam,
    refusals.AuditorIsThePractitioner,
    AuditorOfTheFirstAudit,
    refusals.NotThePractitioner,
    refusals.ModeratorIsTheAuditor,
    refusals.ModeratorIsThePractitioner,
    refusals.ModeratorIsOfTheTeam,
    refusals.ModeratorNotAssigned,
    moderation_refusals.ModeratedItBefore,
    moderation_refusals.PartyToTheDispute,
    queue_refusals.ModeratorModeratedBefore,
    calibration.NotAskedToTakePart,
)
_INVALID = (
    refusals.OutcomeInvalid,
    refusals.ModerationInvalid,
    refusals.RecommendationInvalid,
    refusals.ToolInvalid,
    refusals.HappenedBeforeAllocation,
    HappenedBeforeRecommendation,
    refusals.DueBeforeAllocation,
    refusals.DueTooFarAhead,
    refusals.AuditOfItself,
    refusals.FeedbackInvalid,
    refusals.NothingToAmend,
    moderation_refusals.HappenedBeforeCompletion,
    moderation_refusals.NoteInvalid,
    moderation_refusals.SettlementInvalid,
    refusals.ToolDoesNotMatch,
    tool_refusals.ToolVersionRetired,
    queue_refusals.ModeratorUnknown,
    calibration.CalibrationInvalid,
    AllocationInvalid,
    AuthorityUnknown,
    FileRefused,
    WorkbookRefused,
    InTheFuture,
)


def status_of(refusal: Refused) -> int:
    """Return the HTTP status of a refusal; what stands against it by what happened before is a conflict."""
    if isinstance(refusal, _NOT_FOUND):
        return 404
    if isinstance(refusal, _FORBIDDEN):
        return 403
    return 422 if isinstance(refusal, _INVALID) else 409


def problem_of(refusal: Refused) -> Problem:
    """Return a refusal as problem+json."""
    return Problem(
        status_of(refusal),
        refusal.code,
        title=refusal.sentence,
        detail=str(refusal),
        problems=list(fields_of(refusal.problems)),
    )


def fields_of(problems: Iterable[refusals.Problem]) -> Iterable[FieldProblem]:
    """Yield the faults of a body, each at its place."""
    for problem in problems:
        parts = problem.place.split(".")
        yield FieldProblem(
            field=problem.question or next((part for part in reversed(parts) if not part.isdigit()), "body"),
            place="/".join(("body", *parts)),
            message=problem.message,
            way_out=problem.way_out,
        )


def _too_large(_error: MessageTooLarge) -> Problem:
    return Problem(413, "audit-too-large", detail="The audit has more coded answers than an event may carry.")


def _conflict(_error: VersionConflict) -> Problem:
    return conflict("conflict", "Others changed the audit at the same moment. Send the same request again.")


def _old(error: SeenIsOld) -> Problem:
    return version_seen_is_old(error.now, error.changes, seen=error.seen)


def _reused(error: IdempotencyKeyReused) -> Problem:
    return Problem(422, "idempotency-key-reused", detail=str(error))


def _away(_error: BaseException) -> Problem:
    return unavailable("The database does not answer just now. Send the same request again in a moment.")


ERROR_TYPES: Mapping[type[Exception], Callable[[Any], Problem]] = {
    Refused: problem_of,
    MessageTooLarge: _too_large,
    VersionConflict: _conflict,
    SeenIsOld: _old,
    IdempotencyKeyReused: _reused,
    **{error: _away for error in CONNECTION_ERRORS if issubclass(error, Exception)},
}
"""Which exceptions are answered how; anything else is a fault of ours (500)."""
