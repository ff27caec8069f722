"""What a successor says of the version before it: which it is, and every figure that it prints otherwise."""

from __future__ import annotations

from services.reporting.publications.events import Reason
from services.reporting.publications.storing import Publication
from services.reporting.reports.difference import difference
from services.reporting.reports.figures import Changed, Report, Succession


def succeeding(report: Report, version: int, reason: Reason, before: Report, published: Publication) -> Report:
    """Return a report with its list of changes against the published version before it."""
    found = difference(before, report)
    return report.model_copy(
        update={
            "succession": Succession(
                version=version,
                supersedes=published.version,
                supersedes_sha256=published.sha256,
                reason=reason.value,
                changes=tuple(
                    Changed(
                        section=one.section,
                        topic=one.topic,
                        item=one.item,
                        row=one.row,
                        column=one.column,
                        before=one.before,
                        after=one.after,
                    )
                    for one in found.changes
                ),
                findings_gone=found.findings_gone,
                findings_new=found.findings_new,
            )
        }
    )


def says_something(report: Report) -> bool:
    """Tell whether a successor prints anything otherwise than the version before it."""
    found = report.succession
    return found is not None and bool(found.changes or found.findings_gone or found.findings_new)
