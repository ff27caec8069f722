"""Settings that reach any Kafka, or say in a sentence why they never could."""

from __future__ import annotations

from pathlib import Path

import pytest
from faststream.security import BaseSecurity, SASLScram512
from pydantic import SecretStr, ValidationError

from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import TopicSettings


def test_a_loopback_broker_needs_nothing_else() -> None:
    settings = KafkaSettings(bootstrap="127.0.0.1:9092, 127.0.0.1:9093")
    assert settings.client_options() == {
        "bootstrap_servers": ["127.0.0.1:9092", "127.0.0.1:9093"],
        "security_protocol": "PLAINTEXT",
        "ssl_context": None,
    }
    assert settings.faststream_security() is None


def test_sasl_ssl_signs_in_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "BOOTSTRAP": "kafka.example:9093",
        "SECURITY_PROTOCOL": "SASL_SSL",
        "USERNAME": "audit",
        "PASSWORD": "not-a-real-one",
    }.items():
        monkeypatch.setenv(f"SIGHTLINE_KAFKA_{name}", value)
    settings = KafkaSettings()
    options = settings.client_options()
    assert options["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("audit", "not-a-real-one")
    assert options["ssl_context"].check_hostname is True
    security = settings.faststream_security()
    assert isinstance(security, SASLScram512)
    assert security.use_ssl
    assert "not-a-real-one" not in repr(settings)


def test_tls_alone_is_possible() -> None:
    security = KafkaSettings(security_protocol="SSL").faststream_security()
    assert type(security) is BaseSecurity
    assert security.use_ssl


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"security_protocol": "SASL_SSL"}, "SIGHTLINE_KAFKA_USERNAME"),
        ({"security_protocol": "SASL_PLAINTEXT", "username": "audit"}, "SIGHTLINE_KAFKA_PASSWORD"),
        ({"cafile": Path("/nowhere/ca.pem")}, "SIGHTLINE_KAFKA_SECURITY_PROTOCOL"),
        ({"security_protocol": "SSL", "keyfile": Path("/nowhere/key.pem")}, "SIGHTLINE_KAFKA_CERTFILE"),
        ({"security_protocol": "SSL", "cafile": Path("/nowhere/ca.pem")}, "SIGHTLINE_KAFKA_CAFILE"),
    ],
)
def test_what_could_never_connect_is_refused_with_the_way_out(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        KafkaSettings.model_validate(given)


def test_a_password_is_not_told() -> None:
    settings = KafkaSettings(security_protocol="SASL_PLAINTEXT", username="audit", password=SecretStr("hidden-away"))
    assert "hidden-away" not in f"{settings!r} {settings}"


def test_a_prefix_lets_installations_share_a_kafka() -> None:
    topics = TopicSettings(prefix="north.")
    assert topics.name("audit.events") == "north.audit.events"
    assert topics.plain("north.audit.events") == "audit.events"
