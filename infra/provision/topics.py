"""Topics, created on purpose from `infra/kafka/topics.yml`; an existing one must fit what is written there."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from infra.errors import SightlineError, Unreachable
from shared.messaging.diagnosis import diagnose
from shared.messaging.kafka import KafkaSettings
from shared.messaging.topics import ALL_TOPICS, TopicSettings

DEFINITIONS: Final = Path(__file__).resolve().parents[1] / "kafka" / "topics.yml"
_LOOKS: Final = 100
_BETWEEN_LOOKS: Final = 0.1
_EXISTS = 36  # Kafka's TOPIC_ALREADY_EXISTS: another one-shot was quicker


class CopySettings(BaseSettings):
    """How many copies of each topic the cluster keeps (`SIGHTLINE_TOPIC_REPLICATION_FACTOR` and so on)."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_TOPIC_", frozen=True, extra="ignore")

    replication_factor: int = Field(default=1, ge=1, description="copies of each topic")
    min_insync_replicas: int = Field(default=1, ge=1, description="copies that must have a message before it counts")


@dataclass(frozen=True, slots=True)
class TopicDefinition:
    """One topic as it should be; `settings` by Kafka's names, as text."""

    name: str
    partitions: int
    settings: dict[str, str]


def definitions(path: Path = DEFINITIONS) -> list[TopicDefinition]:
    """Read the topics' definitions; raises `SightlineError` when one that the platform needs is missing."""
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults = document["defaults"]
    found = [
        TopicDefinition(
            name,
            int((own or {}).get("partitions", defaults["partitions"])),
            {key: str(value) for key, value in {**defaults["settings"], **(own or {}).get("settings", {})}.items()},
        )
        for name, own in document["topics"].items()
    ]
    missing = sorted(set(ALL_TOPICS) - {topic.name for topic in found})
    if missing:
        raise SightlineError(f"{path} does not define {', '.join(missing)}: add it there.")
    return found


async def provision_topics(
    kafka: KafkaSettings, topics: TopicSettings | None = None, copies: CopySettings | None = None
) -> list[str]:
    """Create the topics that are missing, and check the others; gives the names created.

    Raises `SightlineError` when a topic exists with another number of partitions, or Kafka refuses or cannot be
    reached (`Unreachable`, a kind of it, where waiting may help). Settings of an existing topic are its operator's
    business and stay.
    """
    prefix = topics or TopicSettings()
    wanted = {prefix.name(topic.name): topic for topic in definitions()}
    kept = copies or CopySettings()
    if kept.min_insync_replicas > kept.replication_factor:
        raise SightlineError(
            f"SIGHTLINE_TOPIC_MIN_INSYNC_REPLICAS is {kept.min_insync_replicas}, more than the "
            f"{kept.replication_factor} copies there are, so nothing could ever be written: lower it."
        )
    admin = AIOKafkaAdminClient(**kafka.client_options())
    try:
        await admin.start()
        return await _create(admin, wanted, kept)
    except (KafkaError, OSError) as error:
        trouble = await diagnose(kafka)
        if trouble is not None:
            raise (SightlineError if trouble.lasting else Unreachable)(trouble.sentence) from error
        raise Unreachable(
            f"Kafka at {kafka.bootstrap} did not let the topics be made ({type(error).__name__}): "
            "check that it runs, and the SIGHTLINE_KAFKA_ settings."
        ) from error
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, wanted: dict[str, TopicDefinition], copies: CopySettings) -> list[str]:
    present = set(await admin.list_topics())
    missing = [name for name in wanted if name not in present]
    if missing:
        answer = await admin.create_topics(
            [
                NewTopic(
                    name,
                    wanted[name].partitions,
                    copies.replication_factor,
                    topic_configs={
                        **wanted[name].settings,
                        "min.insync.replicas": str(copies.min_insync_replicas),
                    },
                )
                for name in missing
            ]
        )
        for name, code, *_ in answer.topic_errors:
            if code not in {0, _EXISTS}:
                raise SightlineError(
                    f"Kafka refused to create the topic {name} ({for_code(code).__name__}): check that the cluster has "
                    f"{copies.replication_factor} brokers and that this user may create topics."
                )
    # All of them are looked at, the new ones too: somebody else may have made one a moment ago, and not as defined.
    for found in await _described(admin, list(wanted)):
        have, want = len(found["partitions"]), wanted[found["topic"]].partitions
        if have != want:
            raise SightlineError(
                f"The topic {found['topic']} has {have} partitions and {want} are defined: another number would break "
                "the order of its events, so define what it has, or move to a new topic and republish."
            )
    return missing


async def _described(admin: AIOKafkaAdminClient, names: list[str]) -> list[dict[str, Any]]:
    """Describe topics as soon as the broker that answers knows of all of them, as it does a moment after they exist."""
    for _ in range(_LOOKS):
        found: list[dict[str, Any]] = await admin.describe_topics(names)
        if all(topic["error_code"] == 0 and topic["partitions"] for topic in found):
            return found
        await asyncio.sleep(_BETWEEN_LOOKS)
    raise Unreachable(f"Kafka does not tell of the topics {', '.join(names)} yet: try again in a minute.")
