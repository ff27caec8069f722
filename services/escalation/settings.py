"""What can be set about the escalation service, from the environment."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class EscalationSettings(BaseSettings):
    """Settings of the escalation service (`SIGHTLINE_...`)."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", extra="ignore", frozen=True)

    escalation_database: str = Field(description="DSN of the service's own database")
    escalation_keys_database: str = Field(description="DSN of its key database, apart from its own")
    escalation_port: int = Field(default=8102, ge=0, le=65535, description="port of its HTTP API")
    authorities: Path = Field(description="folder of the authorities' settings documents")
    master_key_file: Path = Field(description="file of the master key: 32 bytes in base64")
    local: bool = Field(default=False, description="local use: a missing master key is made")
    audit_url: str = Field(
        default="", description="where the audit service is asked for children's references; else host and port"
    )
    audit_port: int = Field(default=8101, ge=0, le=65535, description="the audit service's port, for that")
    escalation_audit_token_file: Path | None = Field(
        default=None,
        description="file of the bearer token it is asked with (role service), read each time; none in local use",
    )
    escalation_references_seconds: float = Field(
        default=10.0, gt=0, description="how often audit is asked for references that are awaited"
    )
    escalation_timer_seconds: float = Field(default=5.0, gt=0, description="how often overdue clocks are looked for")
    escalation_clocks_seconds: float = Field(
        default=60.0, gt=0, description="how often it is looked whether settings or calendar changed under open clocks"
    )
    escalation_late_entry_grace: timedelta = Field(
        default=timedelta(hours=1),
        description="how long a raise that was recorded after its own due moment has for its sign-off to be entered "
        "before it is marked overdue, in ISO 8601, such as PT1H",
    )


class TellingSettings(BaseSettings):
    """Who is reached how when an audit escalation needs somebody, read by the escalation service (`SIGHTLINE_...`)."""

    model_config = SettingsConfigDict(
        env_prefix="SIGHTLINE_", extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    escalation_addresses: Path | None = Field(
        default=None,
        description="YAML document of mail addresses and webhooks, by person or by role and unit; a change is noticed",
    )
    escalation_notices_file: Path | None = Field(
        default=None, description="local use: file that messages without an address are written to, a JSON line each"
    )
    escalation_smtp_host: str = Field(default="", description="mail server that messages are handed to")
    escalation_smtp_port: int = Field(default=587, ge=1, le=65535, description="its port")
    escalation_smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="starttls, tls from the first byte, or none (without a login only)"
    )
    escalation_smtp_username: str = Field(default="", description="its login, where it asks for one")
    escalation_smtp_password: SecretStr = Field(default=SecretStr(""), description="the login's password")
    escalation_smtp_from: str = Field(default="", description="address that messages come from, with or without a name")
    escalation_smtp_cafile: Path | None = Field(
        default=None, description="certificates that its own is checked against, if not the system's"
    )
    escalation_smtp_timeout_seconds: float = Field(default=30.0, gt=0, le=90, description="longest a message may take")
    escalation_webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="secret that requests to webhooks are signed with, 16 characters or more"
    )
    escalation_webhook_timeout_seconds: float = Field(default=15.0, gt=0, le=90, description="longest one may take")
    escalation_notices_seconds: float = Field(default=2.0, gt=0, description="how often messages are looked for")
    escalation_notices_lease: timedelta = Field(
        default=timedelta(minutes=2),
        gt=timedelta(),
        description="how long a replica has messages in hand; then, as when it died, another takes them. Twice the "
        "time-outs of mail server and webhooks, or more",
    )
    escalation_notices_retry_first: timedelta = Field(
        default=timedelta(seconds=30), gt=timedelta(), description="wait before the second attempt; doubles each time"
    )
    escalation_notices_retry_longest: timedelta = Field(
        default=timedelta(hours=1), gt=timedelta(), description="longest wait between attempts"
    )
    escalation_notices_give_up_after: timedelta = Field(
        default=timedelta(days=3), gt=timedelta(), description="after how long an unsent message is given up"
    )
    escalation_notices_kept_days: int = Field(
        default=400,
        ge=1,
        le=36_500,
        description="for how many days a message that was sent, overtaken or given up is kept",
    )
    escalation_tell_within: timedelta = Field(
        default=timedelta(days=14),
        gt=timedelta(),
        description="a consideration that came up longer ago than this when it was recorded is history being entered: "
        "nobody is told of its opening",
    )
    escalation_public_url: str = Field(
        default="", description="where browsers find the escalation service, for links in messages; else host and port"
    )
    audit_public_url: str = Field(default="", description="the same for the audit service")
