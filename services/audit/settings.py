"""Settings of the audit service, read from the environment with the prefix SIGHTLINE_."""

from __future__ import annotations

from pathlib import Path

from pydantic import DirectoryPath, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class AuditSettings(BaseSettings):
    """Where the audit service keeps its events and keys, and what it reads at start."""

    model_config = SettingsConfigDict(env_prefix="SIGHTLINE_", extra="ignore")

    audit_database: str = Field(description="Address (DSN) of the audit database")
    audit_keys_database: str = Field(description="Address (DSN) of the key database, apart from the audit database")
    audit_port: int = Field(default=8101, ge=0, le=65535, description="Port of the audit service's HTTP API")
    authorities: DirectoryPath = Field(description="Folder of the authorities' settings documents")
    master_key_file: Path = Field(description="File of the master key: 32 bytes in base64")
    local: bool = Field(default=False, description="Local use: a missing master key is made")
    audit_moderation_queue_seconds: float = Field(
        default=5.0, gt=0, description="How often the moderation queue looks for what it can give to a moderator"
    )
    audit_body_limit_bytes: int = Field(
        default=32 * 1024 * 1024, gt=0, description="Largest request body of the audit service: an import's file"
    )
