"""What the consumer tells the people who run it: log events and metrics, without a word of any message's content."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.messaging.plan import Hole, Plan, ToPark
from shared.messaging.records import RawRecord
from shared.telemetry import events, logs, metrics

_MESSAGE_FIELDS = ("topic", "partition", "offset", "event_type", "stream_id", "sequence")
_PARKED_FIELDS = (*_MESSAGE_FIELDS, "reason_code", "attempt", "state")

events.register(
    events.LogEvent(
        "stream_hole_found",
        "warning",
        ("topic", "stream_id", "sequence", "found"),
        "A stream's next message was not the next number; `sequence` was expected and `found` came. Reading went on.",
        "Stop the sending service, `sightline republish` it and start it: what was lost takes effect then, once. "
        "`sightline parked holes` lists what is still missing.",
    ),
    events.LogEvent(
        "stream_hole_filled",
        "info",
        ("topic", "stream_id", "sequence"),
        "A message that had been missing came after all and took effect (or is of a type that has none here).",
        "Nothing.",
    ),
    events.LogEvent(
        "message_retried",
        "warning",
        (*_MESSAGE_FIELDS, "attempt", "error", "where"),
        "A message was refused by its handler and is tried again.",
        "Nothing yet; if it keeps failing it is parked.",
    ),
    events.LogEvent(
        "message_parked",
        "warning",
        _PARKED_FIELDS,
        "A message could not take effect and was set aside, or waits behind one of its key. Other keys flow on.",
        "Look with `sightline parked show`; then `retry` it once the cause is mended, or `discard` it with a reason.",
    ),
    events.LogEvent(
        "parked_concern",
        "error",
        _PARKED_FIELDS,
        "A message that is, or may be, about a concern for a child was set aside: nobody was told of that concern.",
        "Act at once: `sightline parked show`, mend the cause and `retry`; until then tell the people by hand.",
    ),
    events.LogEvent(
        "parked_settled",
        "warning",
        ("action", "outcome", "applied", "topic", "event_type", "stream_id", "sequence", "reason_code"),
        "A parked message was retried or discarded as asked; `applied` counts it and those that waited behind it.",
        "Nothing, unless the outcome is refused: then the next cause is in `sightline parked show`.",
    ),
    events.LogEvent(
        "consumer_paused",
        "warning",
        ("error", "where", "wait_seconds"),
        "The database or the broker is away or unwell; the consumer waits and parks nothing.",
        "Bring the database or broker back; reading goes on by itself.",
    ),
    events.LogEvent(
        "consumer_resumed", "info", ("seconds",), "The consumer reads again after such a pause.", "Nothing."
    ),
    events.LogEvent(
        "consumer_waiting",
        "warning",
        ("error", "where", "topics", "reason_code"),
        "The consumer cannot begin to read: the broker does not answer, a topic is missing, or the database is away.",
        "Start the broker, create the topics (`sightline up` does) or correct the settings; it goes on by itself.",
    ),
    events.LogEvent("consumer_started", "info", ("group", "topics"), "The consumer has joined its group.", "Nothing."),
    events.LogEvent("consumer_stopped", "info", ("group",), "The consumer has drained and left its group.", "Nothing."),
    events.LogEvent(
        "partitions_assigned", "info", ("partitions",), "The group gave this process partitions.", "Nothing."
    ),
    events.LogEvent(
        "partitions_revoked",
        "info",
        ("partitions", "outcome"),
        "The group took partitions back; outcome says whether the batch in hand had ended (drained) or not (cut).",
        "Nothing; after `cut` some messages are read twice and dropped the second time.",
    ),
    events.LogEvent(
        "offsets_not_committed",
        "warning",
        ("error", "where"),
        "A batch took effect but its offsets could not be committed; it is read again and dropped as known.",
        "Nothing, unless it repeats: then look at the broker.",
    ),
    events.LogEvent(
        "group_begins",
        "info",
        ("topic", "partition", "offset"),
        "The group had no offset for this partition, or a later one than the database: it was set to what is right.",
        "Nothing for a new service or after a database was restored; otherwise ask who changed the group's offsets.",
    ),
    events.LogEvent(
        "topic_restored",
        "error",
        ("topic", "partition", "reason_code", "position", "offset", "end_offset"),
        "A topic ends before what was already read, or begins after it: it was restored or truncated. Reading stopped.",
        "Republish from the sending store (`sightline republish`), then `sightline parked accept-topic`.",
    ),
    events.LogEvent(
        "settling_failed",
        "warning",
        ("error", "where"),
        "Retries and discards that were asked for could not be carried out now; they are tried again.",
        "Nothing while the database is away; otherwise look at `error` and `where`.",
    ),
    events.LogEvent(
        "consumer_dead",
        "error",
        ("reason_code",),
        "The consumer died silently; the process ends with 1.",
        "It is started anew by the supervisor; if it repeats, look at the lines before it.",
    ),
)

log = logs.get_logger()


class Reporter:
    """Counts and tells for one consumer."""

    def __init__(self, service: str) -> None:
        self._service = service

    def applied(self, made: Plan, records: Sequence[RawRecord], seconds: float) -> None:
        """Tell of a batch after its commit."""
        service = self._service
        metrics.BATCH_DURATION.labels(service).observe(seconds)
        handled = Tally(received.topic for received in made.received)
        parked = Tally(message.record.topic for message in made.parked)
        for topic, count in Tally(record.topic for record in records).items():
            metrics.MESSAGES_HANDLED.labels(service, topic).inc(handled[topic])
            metrics.MESSAGES_IGNORED.labels(service, topic).inc(count - handled[topic] - parked[topic])
        if made.received:
            last = made.received[-1]
            age = (datetime.now(UTC) - last.envelope.recorded_at).total_seconds()
            metrics.EVENT_AGE.labels(service, last.topic).observe(max(0.0, age))
        self.holes(made)
        for message in made.parked:
            self.parked(message)

    def holes(self, made: Plan) -> None:
        """Tell of numbers that were skipped, and of those that came after all."""
        for hole in made.holes:
            self._hole(hole)
        for (topic, stream_id), numbers in made.filled.items():
            metrics.HOLES_FILLED.labels(self._service, topic).inc(len(numbers))
            for number in sorted(numbers):
                log.info("stream_hole_filled", topic=topic, stream_id=stream_id, sequence=number)

    def parked(self, message: ToPark) -> None:
        """Tell of a message that was set aside; a concern at error level, at once (G6)."""
        record = message.record
        metrics.MESSAGES_PARKED.labels(self._service, record.topic, message.fault.reason).inc()
        fields = {
            **_place(record),
            "event_type": message.type,
            "stream_id": message.stream_id,
            "sequence": message.sequence,
            "reason_code": message.fault.reason,
            "attempt": message.attempts,
            "state": "behind" if message.behind else "parked",
        }
        if message.concern:
            log.error("parked_concern", **fields)
        else:
            log.warning("message_parked", **fields)

    def retried(self, record: RawRecord, attempt: int, error: Exception) -> None:
        """Tell of another attempt."""
        metrics.MESSAGES_RETRIED.labels(self._service, record.topic).inc()
        log.warning("message_retried", **_place(record), attempt=attempt, error=error)

    def _hole(self, hole: Hole) -> None:
        metrics.SEQUENCE_HOLES.labels(self._service, hole.topic).inc()
        log.warning(
            "stream_hole_found",
            topic=hole.topic,
            stream_id=hole.stream_id,
            sequence=hole.expected,
            found=hole.found,
        )

    def lag(self, partitions: Mapping[tuple[str, int], int]) -> None:
        """Show how many messages of each assigned partition are not handled yet."""
        for (topic, partition), lag in partitions.items():
            metrics.CONSUMER_LAG.labels(self._service, topic, str(partition)).set(lag)

    def parked_now(self, count: int, oldest_age_seconds: float) -> None:
        """Show how many messages are set aside, and since when the oldest."""
        metrics.PARKED_NOW.labels(self._service).set(count)
        metrics.PARKED_OLDEST_AGE.labels(self._service).set(oldest_age_seconds)

    def missing_now(self, count: float) -> None:
        """Show how many messages are missing."""
        metrics.MESSAGES_MISSING.labels(self._service).set(count)

    def paused(self, *, paused: bool) -> None:
        """Show whether the consumer waits for a database or broker."""
        metrics.CONSUMER_PAUSED.labels(self._service).set(1 if paused else 0)


def _place(record: RawRecord) -> dict[str, object]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
