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
        "The topic holds event `sequence` of a stream of which the store has published only `found`, or another event "
        "under that number: the store was restored to an earlier state. Nothing is sent, what is recorded waits in the "
        "outbox, and the relay looks again twice a minute. Said at once and then every ten minutes or so.",
        "Restore the newest backup, or follow the runbook: stop the service, new topic, `sightline republish`, start, "
        "rebuild the readers.",
    ),
    LogEvent(
        "relay_ignores",
        "warning",
        ("topic", "count", "partition", "offset", "reason_code"),
        "So many of the newest messages on the service's own topic were not published by it, the last one at this "
        "place; they say nothing about its store, and the relay goes on.",
        "Find out who wrote them, and let only the service write to its topic (Kafka's access rules).",
    ),
)


def register_all() -> None:
    """Register the relay's log events; again is nothing."""
    register(*RELAY_EVENTS)
