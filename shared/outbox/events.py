"""The log events of the relay."""

from __future__ import annotations

from shared.telemetry.events import LogEvent, register

RELAY_EVENTS = (
    LogEvent("relay_leads", "info", (), "This process sends the service's outbox from now on.", "Nothing."),
    LogEvent(
        "relay_stands_by",
        "info",
        (),
        "Another process of the service sends the outbox; this one takes over when it goes.",
        "Nothing.",
    ),
    LogEvent(
        "relay_interrupted",
        "warning",
        ("error", "where", "wait_seconds"),
        "PostgreSQL or Kafka could not be reached while sending the outbox; nothing is lost, it is tried again.",
        "Nothing if it ends by itself; else start the database or the broker.",
    ),
    LogEvent(
        "relay_held_up",
        "error",
        ("topic", "partition", "event_type", "stream_id", "error", "where", "bytes", "wait_seconds"),
        "Kafka refuses a message: its partition waits so that no later event overtakes it; others flow.",
        "Too large: raise max.message.bytes of the topic. Other errors: look at the broker's log.",
    ),
    LogEvent(
        "relay_refuses",
        "error",
        ("topic", "stream_id", "sequence", "found", "error", "where"),
        "The topic holds event `sequence` of a stream of which the store has published only `found`: the store was "
        "restored to an earlier state. The process ends.",
        "Restore the newest backup, or follow the runbook: new topic, `sightline republish`, rebuild the readers.",
    ),
)


def register_all() -> None:
    """Register the relay's log events; again is nothing."""
    register(*RELAY_EVENTS)
