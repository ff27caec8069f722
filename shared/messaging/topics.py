"""The names of the platform's topics, and the prefix that lets several installations share one Kafka.

How many partitions a topic has, and for how long it keeps its events, is decided where topics are created.
"""

from typing import Final

from pydantic_settings import BaseSettings, SettingsConfigDict

AUDIT_EVENTS: Final = "audit.events"
ESCALATION_EVENTS: Final = "escalation.events"
REPORTING_EVENTS: Final = "reporting.events"

ALL_TOPICS: Final = (AUDIT_EVENTS, ESCALATION_EVENTS, REPORTING_EVENTS)
"""Every topic, by the name the contracts know it by."""


class TopicSettings(BaseSettings):
    """The prefix before every topic's name (`SIGHTLINE_TOPIC_PREFIX`, empty by default)."""

    model_config = SettingsConfigDict(
        env_prefix="SIGHTLINE_TOPIC_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    prefix: str = ""
    """What stands before each topic's name, so that several installations can share one Kafka."""

    def name(self, topic: str) -> str:
        """Give a topic's name in Kafka: `audit.events` becomes `north.audit.events` with the prefix `north.`."""
        return f"{self.prefix}{topic}"

    def plain(self, name: str) -> str:
        """Give the name the contracts know a topic by; what does not begin with the prefix comes back as it is."""
        return name.removeprefix(self.prefix)
