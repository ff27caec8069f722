"""Starting the audit service: what is wrong with its settings is said in sentences, all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.audit.main import build
from services.audit.settings import AuditSettings
from tests.unit.audit.builders import settings_text

DSN = "postgresql://audit@localhost/audit"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "northmoor.yaml").write_text(settings_text("northmoor"), encoding="utf-8")
    for name, value in {
        "AUDIT_DATABASE": DSN,
        "AUDIT_KEYS_DATABASE": DSN,
        "AUTHORITIES": str(folder),
        "MASTER_KEY_FILE": str(tmp_path / "master.key"),
        "LOCAL": "true",
    }.items():
        monkeypatch.setenv(f"SIGHTLINE_{name}", value)
    return folder


def test_the_service_is_built_from_the_environment(environment: Path) -> None:
    parts = build()
    assert (parts.name, parts.port, parts.database) == ("audit", 8101, DSN)
    assert [aggregate.category for aggregate in parts.aggregates] == [
        "audit", "tool", "child", "moderation-queue", "calibration",
    ]  # fmt: skip


def test_every_missing_setting_is_named(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AUDIT_DATABASE", "AUDIT_KEYS_DATABASE"):
        monkeypatch.delenv(f"SIGHTLINE_{name}")
    with pytest.raises(ValidationError) as caught:
        AuditSettings()
    assert {error["loc"][0] for error in caught.value.errors()} == {"audit_database", "audit_keys_database"}


def test_a_broken_settings_document_is_said(environment: Path) -> None:
    (environment / "northmoor.yaml").write_text("key: northmoor\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"northmoor\.yaml"):
        build()


def test_outside_local_use_no_master_key_is_made(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_LOCAL", "false")
    with pytest.raises(ValueError, match="SIGHTLINE_MASTER_KEY_FILE"):
        build()
