"""The small pure parts of the outbox: which partition, how headers wait, where a test may stop a process."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import DefaultPartitioner, murmur2
from hypothesis import given
from hypothesis import strategies as st

from shared.outbox import headers
from shared.outbox.failpoints import FailPoint, FailPoints
from shared.outbox.partitioning import key_hash


@given(st.binary(max_size=80))
def test_a_key_has_the_hash_that_kafka_clients_give_it(key: bytes) -> None:
    assert key_hash(key) == murmur2(key) & 0x7FFFFFFF


@given(st.binary(min_size=1, max_size=40), st.integers(min_value=1, max_value=50))
def test_a_key_goes_to_the_partition_that_kafka_clients_choose(key: bytes, partitions: int) -> None:
    every = list(range(partitions))
    assert key_hash(key) % partitions == DefaultPartitioner()(key, every, every)


def test_the_java_clients_own_examples() -> None:
    """From org.apache.kafka.common.utils.UtilsTest.testMurmur2, signs taken off as toPositive does."""
    for key, signed in (("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536)):
        assert key_hash(key.encode()) == signed & 0x7FFFFFFF


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), max_size=15))
def test_headers_come_back_in_their_order(named: dict[str, str]) -> None:
    given_headers = [(name, value.encode()) for name, value in named.items()]
    assert headers.read(headers.write(given_headers)) == given_headers


def test_a_fail_point_fails_at_the_pass_it_names() -> None:
    points = FailPoints(
        {"SIGHTLINE_LOCAL": "true", "SIGHTLINE_FAILPOINT": "relay.after-send=fail:3,append.before=fail"}
    )
    points.hit("relay.after-send")
    points.hit("relay.after-send")
    with pytest.raises(FailPoint, match=r"relay\.after-send"):
        points.hit("relay.after-send")
    points.hit("relay.after-send")
    points.hit("somewhere.else")
    with pytest.raises(FailPoint):
        points.hit("append.before")


def test_no_environment_can_stop_a_real_installation() -> None:
    """Without SIGHTLINE_LOCAL the named place is passed as if nothing were set."""
    for local in ("", "false", "0"):
        FailPoints({"SIGHTLINE_LOCAL": local, "SIGHTLINE_FAILPOINT": "relay.after-send=kill"}).hit("relay.after-send")


def test_a_fail_point_without_an_action_is_refused_with_the_way_out() -> None:
    with pytest.raises(ValueError, match=r"write relay\.after-send=kill"):
        FailPoints({"SIGHTLINE_LOCAL": "true", "SIGHTLINE_FAILPOINT": "relay.after-send=explode"})
