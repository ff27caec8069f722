"""Every Prometheus metric of the system, in one place; what each package counts it takes from here.

Labels hold services, topics, routes and codes, never an id of a child, person or audit.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase

REGISTRY = CollectorRegistry(auto_describe=True)
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def _counter(name: str, about: str, *labels: str) -> Counter:
    return Counter(f"sightline_{name}", about, labels, registry=REGISTRY)


def _gauge(name: str, about: str, *labels: str) -> Gauge:
    return Gauge(f"sightline_{name}", about, labels, registry=REGISTRY)


def _seconds(name: str, about: str, *labels: str) -> Histogram:
    return Histogram(f"sightline_{name}_seconds", about, labels, buckets=_FAST, registry=REGISTRY)


HTTP_REQUESTS = _counter(
    "http_requests", "Requests answered, by route template and status", "method", "route", "status"
)
HTTP_DURATION = _seconds("http_request_duration", "Time to answer a request", "method", "route")

APPEND_DURATION = _seconds("append_duration", "Time of a command's append, commit included")
VERSION_CONFLICTS = _counter("version_conflicts", "Commands decided again because another writer was quicker")

OUTBOX_DEPTH = _gauge("outbox_depth", "Messages waiting to be sent", "service")
OUTBOX_OLDEST_AGE = _gauge("outbox_oldest_age_seconds", "Age of the oldest waiting message", "service")
OUTBOX_SENT = _counter("outbox_sent", "Messages acknowledged by the broker", "service", "topic")
OUTBOX_ERRORS = _counter("outbox_errors", "Sending rounds that ended in an error", "service")
RELAY_LEADER = _gauge("relay_leader", "1 while this process sends the service's outbox", "service")

CONSUMER_LAG = _gauge("consumer_lag", "Messages not yet handled", "service", "topic", "partition")
MESSAGES_HANDLED = _counter("messages_handled", "Messages applied", "service", "topic")
MESSAGES_IGNORED = _counter("messages_ignored", "Messages already applied or of no interest", "service", "topic")
MESSAGES_RETRIED = _counter("messages_retried", "Attempts repeated for a message's own fault", "service", "topic")
MESSAGES_PARKED = _counter("messages_parked", "Messages set aside", "service", "topic", "reason")
PARKED_NOW = _gauge("parked_now", "Messages set aside and not settled", "service")
PARKED_OLDEST_AGE = _gauge("parked_oldest_age_seconds", "Age of the oldest message set aside", "service")
SEQUENCE_HOLES = _counter("sequence_holes", "Streams whose next message was not the next number", "service", "topic")
HOLES_FILLED = _counter("holes_filled", "Missing messages that came after all", "service", "topic")
MESSAGES_MISSING = _gauge("messages_missing", "Skipped numbers whose messages have not come", "service")
BATCH_DURATION = _seconds("batch_duration", "Time of one batch, commit included", "service")
CONSUMER_PAUSED = _gauge("consumer_paused", "1 while the consumer waits for a database or broker", "service")
EVENT_AGE = _seconds("event_age_when_applied", "From recorded to applied by this service", "service", "topic")

OVERDUE = _gauge("overdue", "Deadlines passed and not settled: audit escalations past their clock", "service")

ATTENTION = _gauge("attention", "What needs somebody, by kind, as `sightline status` says it", "service", "kind")
ATTENTION_OLDEST_AGE = _gauge("attention_oldest_age_seconds", "Age of the oldest of a kind", "service", "kind")

NOTICES_WAITING = _gauge("notices_waiting", "Messages to people not sent yet, whether tried or not", "service")
NOTICES_OLDEST_AGE = _gauge("notices_oldest_age_seconds", "Age of the oldest message not sent yet", "service")
NOTICES_GIVEN_UP = _gauge("notices_given_up", "Messages that were given up and not sent again since", "service")
NOTICES_SENT = _counter("notices_sent", "Messages that the receiving side has taken", "channel")
NOTICES_FAILED = _counter("notices_failed", "Attempts to send a message in vain", "channel", "reason")
NOTICES_CHANNEL_DOWN = _gauge("notices_channel_down", "1 while nothing can be sent by this channel", "channel")

MODERATION_QUEUE_DEPTH = _gauge("moderation_queue_depth", "Moderations that wait for a moderator", "authority")
MODERATION_QUEUE_OLDEST_AGE = _gauge(
    "moderation_queue_oldest_age_seconds", "Age of the moderation that waits longest for a moderator", "authority"
)

TEXTS_SEALED = _counter("texts_sealed", "Texts sealed with a child's or an authority's key")
TEXTS_UNSEALED = _counter("texts_unsealed", "Texts read, by outcome: read, erased", "outcome")
CHILDREN_ERASED = _counter("children_erased", "Children whose key and link were destroyed")
ERASED_CASES_RETURNED = _counter("erased_cases_returned", "Case numbers met again after their erasure")

LOG_FIELDS_DROPPED = _counter("log_fields_dropped", "Log fields left out because they are not on the allow-list")
READY = _gauge("ready", "1 while the service is ready", "service")


@dataclass(frozen=True, slots=True)
class Described:
    """One metric, as docs/operations.md lists it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str


def listing() -> list[Described]:
    """Give every metric of this module in the order of its name."""
    found = [value for value in globals().values() if isinstance(value, MetricWrapperBase)]
    described = [
        Described(
            one._name + ("_total" if isinstance(one, Counter) else ""),  # noqa: SLF001 - the library offers no getter
            type(one).__name__.lower(),
            tuple(one._labelnames),  # noqa: SLF001 - as above
            one._documentation,  # noqa: SLF001 - as above
        )
        for one in found
    ]
    return sorted(described, key=lambda one: one.name)


def exposition() -> bytes:
    """Give all metrics in Prometheus's text format."""
    return generate_latest(REGISTRY)
