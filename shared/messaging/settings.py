"""What can be set about reading: sizes, patience and how often things are looked at. Times are in seconds."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ConsumerSettings(BaseSettings):
    """Settings of a consumer (`SIGHTLINE_CONSUMER_...`); the defaults are right unless a measurement says otherwise."""

    model_config = SettingsConfigDict(
        env_prefix="SIGHTLINE_CONSUMER_", frozen=True, extra="ignore", use_attribute_docstrings=True
    )

    batch: int = Field(default=1000, ge=1, le=10_000)
    """Messages in one transaction at most."""

    attempts: int = Field(default=4, ge=1)
    """How often a message is tried, alone, before it is parked."""

    retry_first: float = Field(default=0.1, ge=0)
    """The wait before the second attempt; each further wait is five times as long."""

    retry_per_batch: float = Field(default=20.0, ge=0)
    """All waiting of this kind in one batch together; after that the remaining attempts follow at once."""

    handler_timeout: float = Field(default=120.0, gt=0)
    """A handler that takes longer is cut off; taken for an infrastructure fault, since nothing was refused."""

    pause_first: float = Field(default=0.2, gt=0)
    """The first wait when a database or broker is away; doubled each time."""

    pause_longest: float = Field(default=15.0, gt=0)
    """The longest of those waits."""

    drain: float = Field(default=8.0, gt=0)
    """How long partitions are kept for a batch in hand when the group rebalances; below the rebalance timeout."""

    graceful: float = Field(default=20.0, gt=0)
    """How long a stop waits for the batch in hand; below the time after which a container is killed."""

    session_timeout: float = Field(default=10.0, gt=0)
    """How long the group waits for a silent member."""

    look_every: float = Field(default=5.0, gt=0)
    """How often lag and the topics' ends are asked for, by a client apart."""

    stall_after: float = Field(default=60.0, gt=0)
    """A consumer without progress, with lag, outside handler and pause, for so long counts as dead."""

    requests_every: float = Field(default=0.5, gt=0)
    """How often retries and discards that people asked for are looked for."""
