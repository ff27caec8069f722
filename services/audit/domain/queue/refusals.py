"""Why the moderation queue says no."""

from __future__ import annotations

from services.audit.domain.refusals import Refused


class ModerationNotInQueue(Refused):
    """No moderation with this id is in the cycle's queue."""

    code = "moderation-not-in-queue"
    sentence = "No such moderation is in the queue."
    way_out = "Look at the queue; what was only just asked for joins it within seconds."


class ModerationIsOver(Refused):
    """The moderation was done, or left the queue."""

    code = "moderation-is-over"
    sentence = "The moderation is done, or has left the queue."
    way_out = "Look at the audit to see what became of it."


class ModeratorUnknown(Refused):
    """The settings know no such moderator for that part of the authority."""

    code = "moderator-unknown"
    sentence = "The authority's settings have no such moderator for that part of it."
    way_out = "Choose one of GET /v1/moderators/load, or add the person to the settings document."


class ModeratorModeratedBefore(Refused):
    """A second moderation is not the first moderator's, nor theirs whose grade or work it is about."""

    code = "moderator-moderated-before"
    sentence = "The moderator moderated or disputed this audit before, passed it on, or it is of their own work."
    way_out = "Ask another moderator."


class ModeratorHasNoCapacity(Refused):
    """The moderator has as many moderations in the cycle as they do."""

    code = "moderator-has-no-capacity"
    sentence = "The moderator has as many moderations in this cycle as their capacity allows."
    way_out = "Ask another moderator, or raise the capacity in the settings document."


class ModerationNotTheirs(Refused):
    """The moderation is not with this moderator."""

    code = "moderation-not-theirs"
    sentence = "The moderation is not with that moderator."
    way_out = "Look at the queue: it may have been passed on already."
