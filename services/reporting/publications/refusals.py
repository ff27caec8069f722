"""Why a report is not published: each a case of its own, which the edge tells in a sentence with the way out."""

from __future__ import annotations

from services.reporting.facts.live import Freshness


class NotPublishable(Exception):
    """A window's report cannot be published now, or not as it was asked."""


class WindowNotEnded(NotPublishable):
    """It still runs: its figures would change every day."""


class WindowOverlaps(NotPublishable):
    """It shares months with a published window of another length: figures of the two could be subtracted."""

    def __init__(self, overlapped: str) -> None:
        super().__init__()
        self.overlapped = overlapped


class NothingRecorded(NotPublishable):
    """The window has no figure."""


class FiguresBehind(NotPublishable):
    """The facts are, or may be, behind the log."""

    def __init__(self, fresh: Freshness) -> None:
        super().__init__()
        self.fresh = fresh


class PublishedAlready(NotPublishable):
    """It is published; only a successor may follow."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class NotMadeThen(NotPublishable):
    """The window's version was made without this kind of report."""

    def __init__(self, version: int) -> None:
        super().__init__()
        self.version = version


class NothingToSucceed(NotPublishable):
    """No report of the window is published."""


class NothingChanged(NotPublishable):
    """A successor would print what the version before it prints."""


class EarlierUnknown(NotPublishable):
    """What the version before printed cannot be told any more, so a successor cannot be held against it."""


class ChangesTooSmall(NotPublishable):
    """Most of what the version before prints would be hidden, since so little changed."""

    def __init__(self, hidden: int, printed: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.printed = printed


class WouldBetray(NotPublishable):
    """With what readers have, a small number could be worked out whatever is hidden now."""


class OthersPublished(NotPublishable):
    """Others kept publishing at the same moment."""


class KeyReused(NotPublishable):
    """The idempotency key was used for another request."""
