"""What each service is given."""

import json
from pathlib import Path

import pytest

from infra.docker import make_environment
from infra.errors import SightlineError
from infra.stack.home import Home
from infra.stack.part import Setup
from infra.stack.secrets import ROLES, master_key, passwords
from infra.stack.services import PARTS
from infra.stack.supervisor import chosen_parts, outside_settings


def setup(home: Path, outside: dict[str, str] | None = None) -> Setup:
    listeners = [name for part in PARTS.values() for name in part.listeners]
    return Setup(
        Home(home),
        {name: 7000 + place for place, name in enumerate(listeners)},
        {role: f"secret of {role}" for role in ROLES},
        outside or {},
    )


def databases(variables: dict[str, str]) -> set[str]:
    return {name for name in variables if name.endswith("_DATABASE")}


@pytest.mark.parametrize(
    ("service", "its_own"),
    [
        ("audit", {"SIGHTLINE_AUDIT_DATABASE", "SIGHTLINE_AUDIT_KEYS_DATABASE"}),
        ("escalation", {"SIGHTLINE_ESCALATION_DATABASE", "SIGHTLINE_ESCALATION_KEYS_DATABASE"}),
        ("reporting", {"SIGHTLINE_REPORTING_DATABASE"}),
    ],
)
def test_a_service_is_given_its_own_databases_and_no_other(tmp_path: Path, service: str, its_own: set[str]) -> None:
    environment = dict(PARTS[service].command(setup(tmp_path)).environment)
    assert databases(environment) == its_own
    others = [role for role in ROLES if f"SIGHTLINE_{role.upper()}_DATABASE" not in its_own]
    assert not any(f"secret of {role}@" in value for role in others for value in environment.values())


def test_no_password_stands_in_a_command_line(tmp_path: Path) -> None:
    for part in PARTS.values():
        if part.name != "kafka":  # its command looks at the jars, and holds no secret to begin with
            assert not any("secret of" in word for word in part.command(setup(tmp_path)).arguments)


def test_servers_are_not_started_where_the_settings_name_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*outside_settings()]:
        monkeypatch.delenv(name)
    assert chosen_parts(None) == ["postgres", "kafka", "audit", "escalation", "reporting"]
    monkeypatch.setenv("SIGHTLINE_KAFKA_BOOTSTRAP", "kafka.example:9093")
    assert "kafka" not in chosen_parts(None)
    for name in ("AUDIT", "AUDIT_KEYS", "ESCALATION", "ESCALATION_KEYS", "REPORTING"):
        monkeypatch.setenv(f"SIGHTLINE_{name}_DATABASE", "postgresql://audit:x@db.example/audit")
    assert chosen_parts(None) == ["audit", "escalation", "reporting"]


def test_settings_made_by_hand_reach_the_services(tmp_path: Path) -> None:
    outside = {"SIGHTLINE_KAFKA_BOOTSTRAP": "kafka.example:9093", "SIGHTLINE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}
    environment = PARTS["audit"].command(setup(tmp_path, outside)).environment
    assert environment["SIGHTLINE_KAFKA_BOOTSTRAP"] == "kafka.example:9093"
    assert environment["SIGHTLINE_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"


def test_of_the_ports_only_those_the_parts_listen_on_are_the_stack_s_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AUDIT", "ESCALATION", "REPORTING", "KAFKA", "KAFKA_CONTROLLER", "POSTGRES"):
        monkeypatch.setenv(f"SIGHTLINE_{name}_PORT", "9999")
    monkeypatch.setenv("SIGHTLINE_ESCALATION_SMTP_PORT", "2525")
    outside = outside_settings()
    assert [name for name in outside if name.endswith("_PORT")] == ["SIGHTLINE_ESCALATION_SMTP_PORT"]
    environment = PARTS["escalation"].command(setup(tmp_path, outside)).environment
    assert environment["SIGHTLINE_ESCALATION_SMTP_PORT"] == "2525"
    assert environment["SIGHTLINE_ESCALATION_PORT"] != "9999"


def test_of_outside_databases_a_service_is_told_of_its_own_alone(tmp_path: Path) -> None:
    outside = {
        "SIGHTLINE_AUDIT_DATABASE": "postgresql://audit:one@db.example/audit",
        "SIGHTLINE_REPORTING_DATABASE": "postgresql://reporting:two@db.example/reporting",
    }
    environment = PARTS["reporting"].command(setup(tmp_path, outside)).environment
    assert environment["SIGHTLINE_REPORTING_DATABASE"] == "postgresql://reporting:two@db.example/reporting"
    assert "SIGHTLINE_AUDIT_DATABASE" not in environment


def test_an_unknown_part_is_named_with_those_there_are() -> None:
    with pytest.raises(SightlineError, match=r"no part named coa: the parts are postgres, kafka, audit"):
        chosen_parts(["coa"])


def test_own_settings_documents_go_before_the_samples(tmp_path: Path) -> None:
    sample = PARTS["audit"].command(setup(tmp_path)).environment["SIGHTLINE_AUTHORITIES"]
    assert sample.endswith("infra/sample/authorities")
    (tmp_path / "authorities").mkdir()
    (tmp_path / "authorities" / "north.yml").touch()
    own = PARTS["audit"].command(setup(tmp_path)).environment["SIGHTLINE_AUTHORITIES"]
    assert own == str(tmp_path / "authorities")


def test_passwords_and_key_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    first, key = passwords(home), master_key(home).read_bytes()
    assert len(set(first.values())) == len(ROLES)
    assert passwords(home) == first
    assert master_key(home).read_bytes() == key
    assert {file.stat().st_mode & 0o077 for file in home.keys.iterdir()} == {0}


def test_a_folder_of_an_earlier_version_gets_the_passwords_it_lacks(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    first = passwords(home)
    path = home.keys / "passwords.json"
    path.write_text(json.dumps({role: word for role, word in first.items() if role != "escalation_keys"}))
    second = passwords(home)
    assert second["escalation_keys"] not in {"", first["escalation_keys"]}
    assert {**second, "escalation_keys": ""} == {**first, "escalation_keys": ""}
    assert passwords(home) == second
    path.write_text(json.dumps({"postgres": "x"}))
    with pytest.raises(SightlineError, match="cannot be read as passwords"):
        passwords(home)


def test_an_env_file_of_an_earlier_version_keeps_its_values_and_gets_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / ".env"
    monkeypatch.setattr(make_environment, "TARGET", target)
    before = make_environment.filled(make_environment.EXAMPLE.read_text())
    target.write_text("\n".join(line for line in before.splitlines() if not line.startswith("ESCALATION_KEYS_")))
    assert make_environment.main() == 0
    after = dict(line.split("=", 1) for line in target.read_text().splitlines() if "=" in line and line[0] != "#")
    assert len(after["ESCALATION_KEYS_PASSWORD"]) == 48
    assert "\n".join(f"{name}={value}" for name, value in after.items() if name == "AUDIT_PASSWORD") in before
    whole = target.read_text()
    assert make_environment.main() == 0
    assert target.read_text() == whole
