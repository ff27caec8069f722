"""What can be set about the reporting service, from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ReportingSettings(BaseSettings):
    """Settings of the reporting service (`SIGHTLINE_...`)."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", extra="ignore", frozen=True)

    reporting_database: str = Field(description="DSN of the service's own database")
    reporting_port: int = Field(default=8103, ge=0, le=65535, description="port of its report pages")
    authorities: Path = Field(description="folder of the authorities' settings documents")
    reporting_log_ends_seconds: float = Field(
        default=2.0,
        gt=0,
        description="how often the ends of the topics are asked for, to say how far behind a report is",
    )
    reporting_late_messages_seconds: float = Field(
        default=5.0,
        gt=0,
        description="how often it is looked whether a message that had been missing came late, to fold its stream anew",
    )
