"""Why a report is not published, as a problem: what it is, and the way out."""

from __future__ import annotations

from typing import Final

from services.reporting.facts.live import Freshness
from services.reporting.pages import view
from services.reporting.publications.refusals import (
    ChangesTooSmall,
    EarlierUnknown,
    FiguresBehind,
    KeyReused,
    NothingChanged,
    NothingRecorded,
    NothingToSucceed,
    NotMadeThen,
    NotPublishable,
    OthersPublished,
    PublishedAlready,
    WindowNotEnded,
    WindowOverlaps,
    WouldBetray,
)
from services.reporting.reports.build import Kind
from services.reporting.reports.windows import Window
from shared.authority.settings import AuthoritySettings
from shared.web.problems import Problem, conflict, invalid

_CONFLICTS: Final[dict[type[NotPublishable], tuple[str, str]]] = {
    WindowNotEnded: (
        "window-not-ended",
        (
            "The window {window} has not ended. Publish it after its last day; until then only the QA unit sees "
            "its figures."
        ),
    ),
    WindowOverlaps: (
        "window-overlaps",
        (
            "{window} shares months with {overlapped}, which is published: the authority cuts its year otherwise "
            "since. Figures of the two could be subtracted, so it is not published. Publish the first window that "
            "begins after that one; the QA unit sees the figures of this one live."
        ),
    ),
    PublishedAlready: (
        "published-already",
        (
            "{report} is published already (version {version}), and a published report is never changed. Send "
            "`successor: true` with a `reason` to publish another version beside it, with its list of changes."
        ),
    ),
    NotMadeThen: (
        "not-made-then",
        (
            "Version {version} of {window} was made without this kind of report. Publish a successor "
            "(`successor: true` with a `reason`): it has every kind."
        ),
    ),
    NothingToSucceed: (
        "nothing-to-succeed",
        "No report of {window} is published, so there is nothing to succeed. Publish it without `successor`.",
    ),
    NothingChanged: (
        "nothing-changed",
        (
            "A successor of {window} would print what is printed now: nothing that may be shown has changed. "
            "Nothing was published."
        ),
    ),
    ChangesTooSmall: (
        "changes-too-small",
        (
            "{report}: so little changed that {hidden} of {printed} numbers would be hidden, since one that "
            "changes by 1 to {threshold} tells of few children. Publish when more has changed, or send "
            "`although_hidden: true`."
        ),
    ),
    WouldBetray: (
        "would-betray",
        (
            "{report}: held against what readers have, a small number could be worked out whatever else is "
            "hidden. Nothing was published; publish when more has changed."
        ),
    ),
    EarlierUnknown: (
        "earlier-unknown",
        (
            "{report} was published by an earlier release and cannot be made again as it was, so what a "
            "successor has to hide beside it is not known. `sightline verify` says what differs."
        ),
    ),
    OthersPublished: (
        "others-published",
        "Others published at the same moment. Send the same request again.",
    ),
}


def refused(settings: AuthoritySettings, kind: Kind, window: Window, why: NotPublishable) -> Problem:
    """Return a refusal as a problem with its way out."""
    match why:
        case NothingRecorded():
            return _nothing(window)
        case FiguresBehind(fresh=fresh):
            return _behind(fresh)
        case KeyReused():
            return Problem(
                422,
                "idempotency-key-reused",
                detail="This Idempotency-Key was used for another request. Send a new key with each new request.",
            )
    name, sentence = _CONFLICTS[type(why)]
    words = {
        "report": f"{view.TITLES[kind]}, {window.label}",
        "window": window.label,
        "threshold": settings.reporting.suppression_threshold,
        **{key: value if isinstance(value, str) else f"{value:,}" for key, value in vars(why).items()},
    }
    return conflict(name, sentence.format(**words))


def _nothing(window: Window) -> Problem:
    return invalid(
        [
            {
                "field": "window",
                "place": "body/window",
                "message": "Nothing is recorded in this window.",
                "way_out": "GET /v1/publications/windows lists the windows with figures.",
            }
        ],
        detail=f"There is nothing to publish of {window.label}.",
    )


def _behind(fresh: Freshness) -> Problem:
    how_far = (
        "How far the figures are behind the log is not known"
        if fresh.lag is None
        else f"The figures are behind the log: {fresh.lag:,} events are not in them yet"
    )
    return Problem(
        503,
        "figures-behind-the-log",
        detail=f"{how_far}, so nothing was published. Send the same request again in a moment; if this stays, "
        "`sightline status` shows what reporting waits for.",
        headers={"Retry-After": "5"},
    )
