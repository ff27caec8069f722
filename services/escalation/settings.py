"""What can be set about the escalation service, from the environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EscalationSettings(BaseSettings):
    """Settings of the escalation service (`SIGHTLINE_...`)."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", extra="ignore", frozen=True)

    escalation_database: str = Field(description="DSN of the service's own database")
    escalation_port: int = Field(default=8102, ge=0, le=65535, description="port of its HTTP API")
    authorities: Path = Field(description="folder of the authorities' settings documents")
    escalation_timer_seconds: float = Field(default=5.0, gt=0, description="how often overdue clocks are looked for")
    escalation_late_entry_grace: timedelta = Field(
        default=timedelta(hours=1),
        description="how long a raise that was recorded after its own due moment has for its sign-off to be entered "
        "before it is marked overdue, in ISO 8601, such as PT1H",
    )
