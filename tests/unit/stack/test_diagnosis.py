"""Sentences made of what the servers themselves logged (the lines are theirs, from real faults)."""

from pathlib import Path

import pytest

from infra.stack.home import Home
from infra.stack.kafka import KafkaPart
from infra.stack.part import Setup, last_line, port_taken
from infra.stack.postgres import PostgresPart

SETUP = Setup(Home(Path("/srv/home")), {"kafka": 1, "kafka-controller": 2, "postgres": 3}, {})

POSTGRES_FULL = (
    "2026-01-05 09:00:00.000 UTC [7] LOG:  database system is ready to accept connections\n"
    '2026-01-05 09:00:01.000 UTC [9] PANIC:  could not write to file "pg_wal/xlogtemp.9": No space left on device\n'
)
POSTGRES_BROKEN = '2026-01-05 09:00:00.000 UTC [7] PANIC:  could not read file "global/pg_control": read 0 of 296\n'
POSTGRES_SHARED = (
    "2026-01-05 09:00:00.000 UTC [7] FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use\n"
)
POSTGRES_PORT = (
    '2026-01-05 09:00:00.000 UTC [7] LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\n'
    "2026-01-05 09:00:00.000 UTC [7] FATAL:  could not create any TCP/IP sockets\n"
)
KAFKA_FULL = (
    "2026-01-05T09:00:00.000Z ERROR Error while appending records to audit.events-0 in dir /srv/home/kafka "
    "(LogDirFailureChannel)\njava.io.IOException: No space left on device\n"
)
KAFKA_OTHER_CLUSTER = (
    "2026-01-05T09:00:00.000Z ERROR Exiting Kafka due to fatal exception (Kafka$)\n"
    "java.lang.RuntimeException: Invalid cluster.id in: /srv/home/kafka/meta.properties. Expected A, but read B\n"
)
KAFKA_PORT = (
    "org.apache.kafka.common.KafkaException: Socket server failed to bind to 127.0.0.1:9092: Address already in use.\n"
)


@pytest.mark.parametrize(
    ("part", "log", "begins"),
    [
        (PostgresPart(), POSTGRES_FULL, "The disk with /srv/home/postgres is full: make room"),
        (PostgresPart(), POSTGRES_BROKEN, "PostgreSQL cannot use its data in /srv/home/postgres (could not read file"),
        (KafkaPart(), KAFKA_FULL, "The disk with /srv/home/kafka is full: make room"),
        (KafkaPart(), KAFKA_OTHER_CLUSTER, "Kafka cannot use its data in /srv/home/kafka: put the folder back"),
    ],
)
def test_what_a_person_must_mend_becomes_a_sentence(part: KafkaPart | PostgresPart, log: str, begins: str) -> None:
    words = part.diagnose(SETUP, log)
    assert words is not None
    assert words.startswith(begins)


@pytest.mark.parametrize("log", ["", POSTGRES_SHARED, POSTGRES_PORT, KAFKA_PORT])
def test_what_passes_by_itself_is_tried_again(log: str) -> None:
    assert PostgresPart().diagnose(SETUP, log) is None
    assert KafkaPart().diagnose(SETUP, log) is None


def test_a_port_that_somebody_else_got_is_recognised_in_both_logs() -> None:
    assert port_taken(POSTGRES_PORT)
    assert port_taken(KAFKA_PORT)
    assert not port_taken(POSTGRES_SHARED)


def test_the_last_words_are_the_last_line_that_says_something() -> None:
    assert last_line("one\ntwo.\n\n  \n") == "two"
    assert last_line("") == "it said nothing"
