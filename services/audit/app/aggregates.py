"""The kinds of streams of the audit service: audits, tools, children's erasures, queues, calibrations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.audit.app import publishing, summaries
from services.audit.domain import child
from services.audit.domain.audits import decider, events, evolving, states
from services.audit.domain.audits.commands import Command
from services.audit.domain.audits.events import Event
from services.audit.domain.audits.states import State
from services.audit.domain.calibration import events as calibration_events
from services.audit.domain.calibration import exercise as calibration
from services.audit.domain.calibration.events import CalibrationEvent
from services.audit.domain.calibration.exercise import Calibration, CalibrationCommand
from services.audit.domain.queue import decider as moderation_queue
from services.audit.domain.queue import events as queue_events
from services.audit.domain.queue.decider import Queue, QueueCommand
from services.audit.domain.queue.events import QueueEvent
from services.audit.domain.tools import decider as tool_decider
from services.audit.domain.tools.decider import ToolCommand, ToolEvent, ToolState
from shared.contracts.audit import ChildErasedV1
from shared.eventstore.model import Aggregate, Publication, Summary

SOURCE = "/audit"


def _publish_child(_before: child.ChildState, event: child.ChildErased) -> Sequence[Publication]:
    return [Publication(ChildErasedV1(case_reference=event.case_reference, reason=event.reason), event.at)]


def _summarise_child(state: child.ChildState) -> Summary | None:
    return Summary(summaries.CHILD, "erased", {}) if state.erased else None


def _publish_nothing(_before: object, _event: object) -> Sequence[Publication]:
    """Publish nothing: it stays inside the service."""
    return ()


AUDIT: Aggregate[Command, State, Event] = Aggregate(
    category=summaries.AUDIT,
    source=SOURCE,
    initial=states.INITIAL,
    decide=decider.decide,
    evolve=evolving.evolve,
    to_json=events.to_json,
    from_json=events.from_json,
    publish=publishing.publish,
    summarise=summaries.summarise,
)
"""An audit with its moderation and recommendations; the stream id is the audit's id."""

TOOL: Aggregate[ToolCommand, ToolState, ToolEvent] = Aggregate(
    category=summaries.TOOL,
    source=SOURCE,
    initial=ToolState(),
    decide=tool_decider.decide,
    evolve=tool_decider.evolve,
    to_json=tool_decider.to_json,
    from_json=tool_decider.from_json,
    publish=publishing.publish_tool,
    summarise=summaries.summarise_tool,
)
"""A tool in all its versions and its draft; the stream id is `tool_stream(authority, tool)`."""

CHILD: Aggregate[child.EraseChild, child.ChildState, child.ChildErased] = Aggregate(
    category=summaries.CHILD,
    source=SOURCE,
    initial=child.ChildState(),
    decide=child.decide,
    evolve=child.evolve,
    to_json=child.to_json,
    from_json=child.from_json,
    publish=_publish_child,
    summarise=_summarise_child,
)
"""A child's erasure; the stream id is the case reference."""

QUEUE: Aggregate[QueueCommand, Queue, QueueEvent] = Aggregate(
    category=summaries.QUEUE,
    source=SOURCE,
    initial=moderation_queue.EMPTY,
    decide=moderation_queue.decide,
    evolve=moderation_queue.evolve,
    to_json=queue_events.to_json,
    from_json=queue_events.from_json,
    publish=_publish_nothing,
    summarise=summaries.summarise_queue,
)
"""The moderation queue of an authority and cycle; the stream id is `queue_stream(authority, cycle)`."""

CALIBRATION: Aggregate[CalibrationCommand, Calibration, CalibrationEvent] = Aggregate(
    category=summaries.CALIBRATION,
    source=SOURCE,
    initial=calibration.NONE_YET,
    decide=calibration.decide,
    evolve=calibration.evolve,
    to_json=calibration_events.to_json,
    from_json=calibration_events.from_json,
    publish=_publish_nothing,
    summarise=summaries.summarise_calibration,
)
"""A calibration exercise; the stream id is its own."""

AGGREGATES: tuple[Aggregate[Any, Any, Any], ...] = (AUDIT, TOOL, CHILD, QUEUE, CALIBRATION)
"""Every aggregate of the service, for republishing and tracing."""
