"""Every log event by name: what its fields are and what a person does about it.

An event that is not registered is refused by the tests (tests/unit/telemetry), so that docs/operations.md, made from
this registry, is whole. A package registers its own events where it is imported:

    events.register(events.LogEvent("relay_leads", "info", ("service",), "This process sends the outbox.", "Nothing."))
"""

from dataclasses import dataclass
from typing import Literal

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One kind of log line: its name, level, own fields, what it means and what to do about it."""

    name: str
    level: Level
    fields: tuple[str, ...]
    means: str
    what_to_do: str


LOG_EVENTS: dict[str, LogEvent] = {}


def register(*events: LogEvent) -> None:
    """Add events; the same name with another description is a `ValueError`, the same one again is nothing."""
    for event in events:
        if LOG_EVENTS.setdefault(event.name, event) != event:
            raise ValueError(f"the log event {event.name} is registered twice, with different descriptions")


register(
    LogEvent(
        "request_handled",
        "info",
        ("method", "route", "status", "duration_ms"),
        "An HTTP request was answered. The route is the template, never the address with its values.",
        "Nothing; a rising share of 4xx or 5xx deserves a look.",
    ),
    LogEvent(
        "request_failed",
        "error",
        ("method", "route", "status", "error", "where"),
        "A request met a fault of ours and was answered with 500.",
        "Look at `where` (file and line) and follow the correlation id with `sightline trace`.",
    ),
    LogEvent(
        "library_logged",
        "warning",
        ("logger", "where", "error", "template", "repeats"),
        "A library (Kafka client, web server, database client) logged something; its values are left out.",
        "Read `template`; errors of the Kafka client while the broker is away end by themselves.",
    ),
    LogEvent(
        "child_erased",
        "warning",
        ("reference", "authority"),
        "A child's key and the link to the case number were destroyed.",
        "Nothing; the erasure cannot be undone.",
    ),
    LogEvent(
        "erasures_replayed",
        "warning",
        ("count",),
        "A restored database held keys or links of children erased since; they were destroyed again.",
        "Record in the restore's notes that the erasures were replayed.",
    ),
    LogEvent(
        "erased_case_returned",
        "warning",
        ("authority", "count"),
        "An import or a command named a case number whose child was erased; it was not taken in.",
        "Ask the QA unit whether the child's record was meant to come back.",
    ),
)
