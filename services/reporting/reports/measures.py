"""One definition of each measure: what is counted, of what, from which events, what is left out."""

from __future__ import annotations

from typing import Final

from services.reporting.reports.figures import Definition

_COMPLETED = ("audit-completed.v1", "audit-amended.v1", "audit-withdrawn.v1")
_MODERATED = (*_COMPLETED, "moderation-done.v1", "dispute-settled.v1")
_ESCALATED = (
    "escalation-raised.v1", "escalation-reclassified.v1", "actions-signed-off.v1", "escalation-overdue.v1",
)  # fmt: skip
_WITHDRAWN = "Withdrawn audits; audits that are no practice figure (calibrations, inspections)."
_COMPLETED_WORDS = "Audits completed in the window."
_COMPARED_WORDS = "Audits completed in the window with a grade by {an auditor} and by {a moderator}."

MEASURES: tuple[Definition, ...] = (
    Definition(
        key="completed", name="Completed", events=_COMPLETED, exclusions=_WITHDRAWN,
        numerator="Audits whose completion date lies in the window, as last amended; the date does not move.",
    ),
    Definition(
        key="on-time", name="On time and late", events=_COMPLETED, exclusions=_WITHDRAWN,
        numerator="Completed audits whose completion date is not after (late: after) the due date they had.",
        denominator=_COMPLETED_WORDS,
    ),
    Definition(
        key="allocated", name="Allocated", events=("audit-allocated.v1", "audit-withdrawn.v1"), exclusions=_WITHDRAWN,
        numerator="Audits allocated on a day of the window, whether or not completed since.",
    ),
    Definition(
        key="due-done", name="Due and completed", events=("audit-allocated.v1", *_COMPLETED), exclusions=_WITHDRAWN,
        numerator="Of these, completed before the window ended.",
        denominator="Audits whose due date lies in the window and is past.",
    ),
    Definition(
        key="withdrawn", name="Withdrawn", events=("audit-withdrawn.v1",),
        numerator="Audits withdrawn on a day of the window, completed before or not.",
    ),
    Definition(
        key="grade-before", name="Grade before moderation", events=_MODERATED,
        exclusions="Withdrawn audits; kinds that are not graded.",
        numerator="Completed audits by the {auditor}'s grade: as the {moderator} saw it, else as last amended.",
        denominator="Completed audits with a grade.",
    ),
    Definition(
        key="grade-after", name="Grade after moderation", events=_MODERATED,
        exclusions="Withdrawn audits; kinds that are not graded.",
        numerator="Completed audits by the grade that stands: as a dispute was settled, else after the last moderation "
        "known, else the {auditor}'s.",
        denominator="Completed audits with a grade.", version=2,
    ),
    Definition(
        key="good-or-better", name="Good or better", events=_MODERATED,
        exclusions="Withdrawn audits; kinds that are not graded.",
        numerator="Completed audits graded good or outstanding.", denominator="Completed audits with a grade.",
    ),
    Definition(
        key="section-grades", name="Grades of the tool's sections", events=("tool-published.v1", *_COMPLETED),
        exclusions=f"{_WITHDRAWN} Sections that are scored, or were not graded for the child.",
        numerator="Completed audits by the {auditor}'s grade of a section, over all versions of its tool.",
        denominator="Completed audits in which the {auditor} graded the section.",
    ),
    Definition(
        key="questions", name="Questions: good or better, or yes", events=("tool-published.v1", *_COMPLETED),
        exclusions=f"{_WITHDRAWN} Answers not applicable, not seen and left open; questions on other scales.",
        numerator="Of these, answered good or outstanding, or yes.",
        denominator="Completed audits that answered the question with a grade, or with yes or no.",
    ),
    Definition(
        key="moderated", name="Moderated", events=_MODERATED, exclusions=_WITHDRAWN,
        numerator="Completed audits with a moderation, whenever it was done.", denominator=_COMPLETED_WORDS,
    ),
    Definition(
        key="direction", name="Lowered, left as it was, raised", events=_MODERATED, exclusions=_WITHDRAWN,
        numerator="Of these, the {moderator}'s grade is below, equal to or above the {auditor}'s.",
        denominator=_COMPARED_WORDS,
    ),
    Definition(
        key="disputed", name="Disputed grades", events=(*_MODERATED, "moderation-disputed.v1"), exclusions=_WITHDRAWN,
        numerator="Of these, the moderated grade is or was disputed: open, upheld, changed or noted.",
        denominator="Completed audits with a moderation.",
    ),
    Definition(
        key="missed-inadequate", name="Missed inadequates", events=_MODERATED, exclusions=_WITHDRAWN,
        numerator="Of these, graded inadequate by the {moderator} and higher by the {auditor}.",
        denominator=_COMPARED_WORDS,
    ),
    Definition(
        key="gap", name="Gap between {auditors} and {moderators}", events=_MODERATED,
        exclusions="Withdrawn audits; audits selected for moderation because of their grade or a concern.",
        numerator="Mean of the {moderator}'s grade less the {auditor}'s, in steps of the four-point scale.",
        denominator="The pool: audits graded twice that were selected at random, or because all are.",
    ),
    Definition(
        key="agreement", name="Same grade; same or one step apart; Gwet's AC2", events=_MODERATED,
        exclusions="As for the gap.",
        numerator="Of the pool, equal grades; grades at most one step apart; AC2 with linear weights over four grades.",
        denominator="The pool, as for the gap; AC2 from 30 pairs on.",
    ),
    Definition(
        key="kappa", name="Weighted kappa, and 95% intervals", events=_MODERATED, exclusions="As for the gap.",
        numerator="Cohen's kappa with linear weights over four grades. Intervals by formula: Wilson's of a percentage, "
        "normal of a mean, Gwet's of AC2, that of Fleiss, Cohen and Everitt of kappa.",
        denominator="The pool, as for the gap; from 30 pairs on, of one person from 20.",
    ),
    Definition(
        key="escalations-raised", name="Audit escalations raised", events=_ESCALATED,
        numerator="Audit escalations raised in the window, by the category they have now.",
        exclusions="Audit escalations withdrawn as raised in error, which are counted apart.", version=2,
    ),
    Definition(
        key="within-clock", name="Within the clock", events=_ESCALATED,
        numerator="Of these, actions signed off before the clock ran out.",
        denominator="Audit escalations raised in the window.",
        exclusions="Audit escalations withdrawn as raised in error. Clocks still running are in the denominator and "
        "shown apart; of one that was reopened the newest clock counts.", version=2,
    ),
    Definition(
        key="escalation-times", name="Time to the raise, to oversight, to sign-off",
        events=("escalation-considered.v1", *_ESCALATED, "escalation-reopened.v1", "oversight-recorded.v1"),
        numerator="Medians of working days after the first day, and of hours of any day, by when steps happened: from "
        "the finding to the raise; from the raise (or reopening) to oversight, and to sign-off.",
        denominator="Audit escalations raised in the window that came so far; from ten on.",
        exclusions="Audit escalations withdrawn as raised in error.",
    ),
    Definition(
        key="escalations-second-line", name="Told to the second line",
        events=(*_ESCALATED, "second-line-told.v1"),
        numerator="Of these, the second line was told at least once that a clock was over: that of the decision or of "
        "the sign-off, in whatever round.",
        denominator="Audit escalations raised in the window.",
        exclusions="Audit escalations withdrawn as raised in error. Whatever was told before it was an event of its "
        "own.",
    ),
    Definition(
        key="escalations-recorded-late", name="Recorded late", events=("actions-signed-off.v1",),
        numerator="Of these, the sign-off was recorded later after it happened than the settings allow.",
        denominator="Audit escalations raised in the window and signed off.",
    ),
    Definition(
        key="escalations-reopened", name="Reopened; withdrawn",
        events=("escalation-raised.v1", "escalation-reopened.v1", "escalation-withdrawn.v1"),
        numerator="Of these, reopened by a person at least once. Withdrawn as raised in error are counted beside them.",
        denominator="Audit escalations raised in the window.",
    ),
    Definition(
        key="not-required", name="Found not required",
        events=("escalation-considered.v1", "escalation-not-required.v1"),
        numerator="Of these, an audit escalation was found not required, by the coded reason given.",
        denominator="Audit escalations considered in the window.",
    ),
    Definition(
        key="re-audits", name="Re-audits after an audit escalation",
        events=("re-audit-requested.v1", *_COMPLETED),
        numerator="Audit escalations raised in the window after which a re-audit was asked for; of these, an audit "
        "that names the first was completed since; its grade beside the one that stood.",
        denominator="Audit escalations raised in the window; re-audits asked for.",
    ),
    Definition(
        key="themes", name="Themes", events=_COMPLETED, exclusions=_WITHDRAWN,
        numerator="Mentions of a theme in completed audits, as a strength or to develop.",
    ),
    Definition(
        key="feedback", name="Feedback of child, of parent or carer, of {practitioner}", events=_COMPLETED,
        exclusions=_WITHDRAWN, numerator="Of these, feedback was obtained.", denominator=_COMPLETED_WORDS,
    ),
    Definition(
        key="took-part", name="Child's worker took part", events=_COMPLETED, exclusions=_WITHDRAWN,
        numerator="Of these, the worker, alone or with the manager, took part.", denominator=_COMPLETED_WORDS,
    ),
    Definition(
        key="followed-up", name="Recommendations discussed, done, made a difference",
        events=("recommendation-made.v1", "recommendation-followed-up.v1"),
        exclusions="Recommendations of withdrawn audits.",
        numerator="Of these, discussed in supervision; done; known to have made a difference.",
        denominator="Recommendations made in the window.",
    ),
    Definition(
        key="cared-for", name="Children in care and care leavers",
        events=("audit-allocated.v1", *_COMPLETED, "escalation-raised.v1", "recommendation-made.v1"),
        numerator="Of these, the child was in care or a care leaver, as its status was when the audit was completed or "
        "last amended; audit escalations and recommendations by the audit they come from.",
        denominator="The same count of all children.",
        exclusions="Audit escalations raised without an audit, or of one that is not known.",
    ),
    Definition(
        key="coverage", name="{Teams} covered", events=_COMPLETED, exclusions=_WITHDRAWN,
        numerator="{Teams} with at least one audit completed in the window.", denominator="{Teams} of the settings.",
    ),
)  # fmt: skip
"""Every measure of the reports, in the order of the pages."""

OF_PARENTING: Final = frozenset({
    "completed", "grade-after", "good-or-better", "moderated", "escalations-raised", "within-clock", "themes",
    "feedback", "followed-up", "cared-for",
})  # fmt: skip
"""The measures that the Corporate Parenting Board's report shows."""
