"""How to reach Kafka: one settings model for every client of ours, from a loopback broker to SASL_SSL elsewhere.

The environment names are `SIGHTLINE_KAFKA_BOOTSTRAP`, `SIGHTLINE_KAFKA_SECURITY_PROTOCOL` and so on. Nothing here
connects: building the options reads certificate files at most.
"""

import ssl
from pathlib import Path
from typing import Any, Literal, Self

from aiokafka.helpers import create_ssl_context
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512
from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.messaging import header_names

header_names.install()  # here, since whoever makes a client has its options from this module

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class KafkaSettings(BaseSettings):
    """Where Kafka is and how to sign in to it.

    `bootstrap` is one or several `host:port`, separated by commas. A combination that could never connect (SASL
    without a user, TLS files without TLS) is refused here, with a sentence, and not minutes later by a client.
    """

    model_config = SettingsConfigDict(
        env_prefix="SIGHTLINE_KAFKA_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    bootstrap: str = "127.0.0.1:9092"
    """The brokers to ask first, each host:port, with commas between."""

    security_protocol: SecurityProtocol = "PLAINTEXT"
    """PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL."""

    sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    """PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; only with SASL."""

    username: str | None = None
    """Who signs in; only with SASL."""

    password: SecretStr | None = None
    """The password of that user."""

    cafile: Path | None = None
    """File of the authorities whose certificates are trusted; the system's without it."""

    certfile: Path | None = None
    """File of the client's own certificate, where the brokers ask for one."""

    keyfile: Path | None = None
    """File of its key."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.uses_sasl and not (self.username and self.password):
            raise ValueError(
                f"{self.security_protocol} needs a user: set SIGHTLINE_KAFKA_USERNAME and SIGHTLINE_KAFKA_PASSWORD."
            )
        if not self.uses_tls and (self.cafile or self.certfile or self.keyfile):
            raise ValueError(
                f"TLS files are set, but SIGHTLINE_KAFKA_SECURITY_PROTOCOL is {self.security_protocol}: "
                "set it to SSL or SASL_SSL, or leave the files out."
            )
        if self.keyfile and not self.certfile:
            raise ValueError("SIGHTLINE_KAFKA_KEYFILE is set without SIGHTLINE_KAFKA_CERTFILE: set both, or neither.")
        for name, file in (("CAFILE", self.cafile), ("CERTFILE", self.certfile), ("KEYFILE", self.keyfile)):
            if file is not None and not file.is_file():
                raise ValueError(f"SIGHTLINE_KAFKA_{name} names {file}, which is no readable file: correct the path.")
        return self

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security_protocol in {"SSL", "SASL_SSL"}

    @property
    def uses_sasl(self) -> bool:
        """Whether a user name and password are sent."""
        return self.security_protocol in {"SASL_PLAINTEXT", "SASL_SSL"}

    @property
    def bootstrap_servers(self) -> list[str]:
        """The brokers to ask first, one `host:port` each."""
        return [server.strip() for server in self.bootstrap.split(",") if server.strip()]

    def ssl_context(self) -> ssl.SSLContext | None:
        """Build the TLS context (host names are checked always), or None without TLS."""
        if not self.uses_tls:
            return None
        # aiokafka's own helper: the system's authorities where no file is named, and its host name check stays on.
        context: ssl.SSLContext = create_ssl_context(
            cafile=str(self.cafile) if self.cafile else None,
            certfile=str(self.certfile) if self.certfile else None,
            keyfile=str(self.keyfile) if self.keyfile else None,
        )
        return context

    def client_options(self) -> dict[str, Any]:
        """Give the keyword arguments that every aiokafka client (producer, consumer, admin) takes alike."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            "ssl_context": self.ssl_context(),
        }
        if self.uses_sasl and self.password is not None:
            options |= {
                "sasl_mechanism": self.sasl_mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return options

    def faststream_security(self) -> BaseSecurity | None:
        """Give the same settings as FastStream's `KafkaBroker(security=...)` wants them."""
        if self.security_protocol == "PLAINTEXT":
            return None
        context = self.ssl_context()
        if not self.uses_sasl or self.username is None or self.password is None:
            return BaseSecurity(ssl_context=context, use_ssl=True)
        kind = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        return kind[self.sasl_mechanism](
            username=self.username,
            password=self.password.get_secret_value(),
            ssl_context=context,
            use_ssl=self.uses_tls,
        )
