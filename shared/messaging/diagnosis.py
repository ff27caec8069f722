"""Why Kafka cannot be reached, in a sentence: a client's own error only says that it cannot.

Nothing is read or written: each broker named is connected to and signed in to, once, and left again.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import Final, Literal

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError
from aiokafka.protocol.metadata import MetadataRequest

from shared.messaging.kafka import KafkaSettings

_WITHIN_SECONDS: Final = 3.0
_LONGEST_SECONDS: Final = 9.0
_PORT: Final = 9092

Reason = Literal[
    "broker-away", "name-unknown", "sign-in-refused", "certificate-refused", "protocol-differs", "client-refused"
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stands between us and Kafka: a code for logs, and a sentence with the way out.

    `lasting` says that waiting does not help: somebody has to change a setting, here or at the brokers.
    """

    reason: Reason
    sentence: str

    @property
    def lasting(self) -> bool:
        """Whether only a changed setting helps; a broker that hangs up may also be about to start or to stop."""
        return self.reason in {"sign-in-refused", "certificate-refused", "client-refused"}


async def diagnose(kafka: KafkaSettings) -> Trouble | None:
    """Try each broker named, and say what is wrong with the first that cannot be used; None when one can."""
    found: Trouble | None = None
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            for server in kafka.bootstrap_servers:
                trouble = await _try(kafka, server)
                if trouble is None:
                    return None
                # What lasts is more worth saying than that another broker is away as well.
                found = trouble if found is None or (trouble.lasting and not found.lasting) else found
    except TimeoutError:
        return found or Trouble("broker-away", _away(kafka.bootstrap))
    return found


async def _try(kafka: KafkaSettings, server: str) -> Trouble | None:
    host, _, port = server.rpartition(":")
    options = kafka.client_options()
    del options["bootstrap_servers"]
    connection = None
    try:
        connection = await create_conn(
            (host or server).strip("[]"),
            int(port) if host and port.isdecimal() else _PORT,
            request_timeout_ms=int(_WITHIN_SECONDS * 1000),
            **options,
        )
        await connection.send(MetadataRequest([]))  # with TLS 1.3 a refused client learns of it in its first answer
    except (KafkaError, OSError) as error:
        return _trouble(kafka, server, error)
    finally:
        if connection is not None:
            connection.close()
    return None


def _trouble(kafka: KafkaSettings, server: str, error: Exception) -> Trouble:
    cause = next((one for one in (error, error.__cause__, error.__context__) if isinstance(one, ssl.SSLError)), None)
    if cause is not None:
        return _of_tls(server, cause)
    if isinstance(error, SaslAuthenticationFailed | UnsupportedSaslMechanismError):
        return _of_sign_in(kafka, server, error)
    if isinstance(error, socket.gaierror):
        return Trouble(
            "name-unknown",
            f"No address is known for {server}: correct SIGHTLINE_KAFKA_BOOTSTRAP, or this machine's name service.",
        )
    if isinstance(error, OSError) and not isinstance(error, ConnectionResetError | BrokenPipeError):
        return Trouble("broker-away", _away(server))
    return _hung_up(kafka, server)


def _of_sign_in(kafka: KafkaSettings, server: str, error: KafkaError) -> Trouble:
    if isinstance(error, UnsupportedSaslMechanismError):
        way_out = f"does not take {kafka.sasl_mechanism}: correct SIGHTLINE_KAFKA_SASL_MECHANISM."
    else:
        way_out = (
            "refuses this user or password: correct SIGHTLINE_KAFKA_USERNAME and SIGHTLINE_KAFKA_PASSWORD, or have the "
            "user added to the brokers."
        )
    return Trouble("sign-in-refused", f"Kafka at {server} {way_out}")


def _of_tls(server: str, error: ssl.SSLError) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(
            "certificate-refused",
            f"The certificate of Kafka at {server} is not trusted ({error.verify_message.rstrip('.')}): name the file "
            "of its authority in SIGHTLINE_KAFKA_CAFILE, and the brokers in SIGHTLINE_KAFKA_BOOTSTRAP as their "
            "certificates do.",
        )
    reason = (error.reason or "").upper()
    if "CERTIFICATE" in reason or "HANDSHAKE_FAILURE" in reason:
        return Trouble(
            "client-refused",
            f"Kafka at {server} does not accept this client's certificate, or asks for one: set "
            "SIGHTLINE_KAFKA_CERTFILE and SIGHTLINE_KAFKA_KEYFILE to those its authority signed.",
        )
    return Trouble(
        "protocol-differs",
        f"Kafka at {server} does not speak TLS there: correct SIGHTLINE_KAFKA_SECURITY_PROTOCOL or the port.",
    )


def _hung_up(kafka: KafkaSettings, server: str) -> Trouble:
    """Say what it means when a broker ends a connection that came about without an answer."""
    if kafka.uses_tls:
        expected = "perhaps it speaks no TLS there, or wants a user (SASL_SSL) or a client certificate"
    else:
        expected = "perhaps it speaks TLS there"
    return Trouble(
        "protocol-differs",
        f"Kafka at {server} ends the connection without an answer: {expected}; correct "
        f"SIGHTLINE_KAFKA_SECURITY_PROTOCOL (now {kafka.security_protocol}) or the port.",
    )


def _away(server: str) -> str:
    return f"Kafka at {server} does not answer: start it, or correct SIGHTLINE_KAFKA_BOOTSTRAP."
