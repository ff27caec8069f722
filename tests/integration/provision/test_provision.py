"""Topics, roles and databases on real servers: made once, kept, and refused where they do not fit."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from infra.errors import SightlineError, Unreachable
from infra.provision.databases import provision_databases
from infra.provision.topics import CopySettings, definitions, provision_topics
from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import TopicSettings
from tests.support.stack import Stack, TestKafka

pytestmark = pytest.mark.stack

COPIES = CopySettings(replication_factor=1, min_insync_replicas=1)


@pytest.fixture
def prefix() -> TopicSettings:
    return TopicSettings(prefix=f"t{uuid4().hex[:10]}.")


@pytest_asyncio.fixture
async def admin(kafka: TestKafka) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await client.start()
    yield client
    await client.close()


async def settings_of(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    [answer] = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    return {entry[0]: entry[1] for entry in answer.resources[0][4]}


async def test_topics_are_made_as_defined_and_once(
    kafka: TestKafka, admin: AIOKafkaAdminClient, prefix: TopicSettings
) -> None:
    settings = KafkaSettings(bootstrap=kafka.bootstrap)
    names = {f"{prefix.prefix}{topic}" for topic in ("audit.events", "escalation.events", "reporting.events")}
    assert set(await provision_topics(settings, prefix, COPIES)) == names
    assert await provision_topics(settings, prefix, COPIES) == []
    for found in await admin.describe_topics(sorted(names)):
        assert len(found["partitions"]) == 12
    kept = await settings_of(admin, f"{prefix.prefix}audit.events")
    assert kept["retention.ms"] == "-1"
    assert kept["cleanup.policy"] == "delete"
    assert kept["min.insync.replicas"] == "1"
    assert int(kept["max.message.bytes"]) == 1024 * 1024


async def test_a_topic_with_another_number_of_partitions_is_refused(kafka: TestKafka, prefix: TopicSettings) -> None:
    name = await kafka.create_topic(f"{prefix.prefix}audit.events", partitions=3)
    with pytest.raises(SightlineError, match=rf"^The topic {name} has 3 partitions and 12 are defined"):
        await provision_topics(KafkaSettings(bootstrap=kafka.bootstrap), prefix, COPIES)


async def test_more_copies_than_brokers_is_said(kafka: TestKafka, prefix: TopicSettings) -> None:
    with pytest.raises(SightlineError, match=r"refused to create .*check that the cluster has 3 brokers"):
        await provision_topics(
            KafkaSettings(bootstrap=kafka.bootstrap), prefix, CopySettings(replication_factor=3, min_insync_replicas=2)
        )


async def test_more_needed_copies_than_there_are_is_refused_before_kafka_is_asked() -> None:
    with pytest.raises(SightlineError, match="SIGHTLINE_TOPIC_MIN_INSYNC_REPLICAS is 2, more than the 1 copies"):
        await provision_topics(KafkaSettings(bootstrap="127.0.0.1:9"), copies=CopySettings(min_insync_replicas=2))


async def test_a_kafka_that_is_away_is_worth_trying_again() -> None:
    with pytest.raises(
        Unreachable,
        match=r"^Kafka at 127\.0\.0\.1:9 does not answer: start it, or correct SIGHTLINE_KAFKA_BOOTSTRAP\.$",
    ):
        await provision_topics(KafkaSettings(bootstrap="127.0.0.1:9"), copies=COPIES)


def test_a_topic_that_is_not_defined_is_missed(tmp_path: Path) -> None:
    file = tmp_path / "topics.yml"
    file.write_text("defaults: {partitions: 12, settings: {}}\ntopics: {audit.events: {}}\n", encoding="utf-8")
    with pytest.raises(SightlineError, match=r"does not define escalation\.events, reporting\.events"):
        definitions(file)


@pytest_asyncio.fixture
async def wanted(stack: Stack) -> AsyncIterator[list[str]]:
    """DSNs of two services that do not exist yet; their roles and databases are dropped afterwards."""
    where = urlsplit(stack.postgres)
    names = [f"svc_{uuid4().hex[:10]}" for _ in range(2)]
    yield [
        f"postgresql://{name}:{secrets.token_urlsafe(12)}@{where.hostname}:{where.port}/{name}_store" for name in names
    ]
    administrator = await asyncpg.connect(stack.postgres)
    for name in names:
        await administrator.execute(f'drop database if exists "{name}_store" with (force)')
        await administrator.execute(f'drop role if exists "{name}"')
    await administrator.close()


async def test_roles_and_databases_are_made_once_and_are_their_owners(stack: Stack, wanted: list[str]) -> None:
    made = await provision_databases(stack.postgres, wanted)
    assert [one.split(" ", 1)[0] for one in made] == ["role", "database"] * 2
    assert await provision_databases(stack.postgres, wanted) == []
    for dsn in wanted:
        connection = await asyncpg.connect(dsn)
        await connection.execute("create schema eventstore; create table eventstore.events (id int)")
        assert await connection.fetchval("select rolsuper from pg_roles where rolname = current_user") is False
        await connection.close()


async def test_a_service_cannot_enter_anothers_database(stack: Stack, wanted: list[str]) -> None:
    await provision_databases(stack.postgres, wanted)
    mine, other = (urlsplit(dsn) for dsn in wanted)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(mine._replace(path=other.path).geturl())


async def test_a_changed_password_is_set(stack: Stack, wanted: list[str]) -> None:
    await provision_databases(stack.postgres, wanted)
    parts = urlsplit(wanted[0])
    changed = wanted[0].replace(f":{parts.password}@", ":it's another one@".replace(" ", "%20").replace("'", "%27"))
    assert await provision_databases(stack.postgres, [changed]) == []
    catalogue = await asyncpg.connect(stack.postgres)
    stored = await catalogue.fetchval("select rolpassword from pg_authid where rolname = $1", parts.username)
    await catalogue.close()
    assert stored.startswith("SCRAM-SHA-256$")
    connection = await asyncpg.connect(changed)
    await connection.close()


async def test_two_one_shots_at_once_make_everything_once(stack: Stack, wanted: list[str]) -> None:
    import asyncio  # noqa: PLC0415

    first, second = await asyncio.gather(*(provision_databases(stack.postgres, wanted) for _ in range(2)))
    assert sorted(len(made) for made in (first, second)) == [0, 4]


async def test_an_address_that_lacks_a_part_is_refused(stack: Stack) -> None:
    with pytest.raises(SightlineError, match="address for audit lacks a role, a password or a database"):
        await provision_databases(stack.postgres, ["postgresql://audit@127.0.0.1/audit"])
