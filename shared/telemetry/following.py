"""Work done for a message belongs to the message's story: its ids in every log line, its trace continued."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.contracts.envelope import Envelope
from shared.telemetry import context, tracing


@contextmanager
def following(envelope: Envelope) -> Iterator[str | None]:
    """Do work for a message: log lines carry its correlation, cause, stream and event id, and its trace goes on.

    Gives the `traceparent` for what follows from it (`Meta.traceparent`): the one of a span of our own where traces
    are kept, else the message's.
    """
    with (
        context.bind(
            correlation_id=envelope.correlation_id,
            causation_id=envelope.causation_id,
            stream_id=envelope.subject,
            event_id=envelope.id,
            authority=envelope.authority,
        ),
        tracing.span("message_handled", traceparent=envelope.traceparent, event_type=envelope.type),
    ):
        yield tracing.inject() or envelope.traceparent
