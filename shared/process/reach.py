"""Whether Kafka can be reached, and if not, why: said in readiness, and in the log once for each cause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shared.messaging.consumer import Consumer
from shared.messaging.diagnosis import Reason, diagnose
from shared.messaging.kafka import KafkaSettings
from shared.outbox.relay import Relay
from shared.telemetry import events, logs

_EVERY_SECONDS = 3.0

log = logs.get_logger()

events.register(
    events.LogEvent(
        "kafka_unreachable",
        "warning",
        ("reason_code",),
        "Relay or consumer cannot reach Kafka, for this reason; both go on trying, and nothing is lost.",
        "`GET /health/ready` says it in a sentence. broker-away, name-unknown: start the brokers or correct BOOTSTRAP; "
        "sign-in-refused: USERNAME, PASSWORD, SASL_MECHANISM; certificate-refused: CAFILE, or the brokers' names in "
        "BOOTSTRAP; client-refused: CERTFILE and KEYFILE; protocol-differs: SECURITY_PROTOCOL or the port (each with "
        "SIGHTLINE_KAFKA_ before it).",
    ),
)


class KafkaProbe:
    """Asks Kafka itself while relay or consumer are in trouble, apart from both, so that it holds up neither."""

    name = "kafka"

    def __init__(self, kafka: KafkaSettings, in_trouble: Callable[[], bool]) -> None:
        self._kafka = kafka
        self._in_trouble = in_trouble
        self._told: Reason | None = None
        self.ready = True
        self.detail = "answers"

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await asyncio.sleep(_EVERY_SECONDS)

    async def look(self) -> None:
        """Find out why relay or consumer are in trouble, if they are and if it is Kafka."""
        trouble = await diagnose(self._kafka) if self._in_trouble() else None
        if trouble is None:
            self.ready, self.detail, self._told = True, "answers", None
            return
        self.ready, self.detail = False, trouble.sentence
        if trouble.reason != self._told:
            self._told = trouble.reason
            log.warning("kafka_unreachable", reason_code=trouble.reason)


def in_trouble(relay: Relay, consumer: Consumer | None) -> Callable[[], bool]:
    """Say, when asked, whether one of the two that need Kafka does not get on."""
    return lambda: relay.health().last_error is not None or not (consumer is None or consumer.ready)
