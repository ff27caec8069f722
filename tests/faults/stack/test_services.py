"""The whole installation: servers and services together, through a service's end and PostgreSQL's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.installation import Installation, eventually, installation

EVERYTHING = "postgres,kafka,audit,escalation,reporting"
SERVICES = ("audit", "escalation", "reporting")


@pytest.fixture(scope="module")
def home() -> Iterator[Installation]:
    with installation() as made:
        made.up(only=EVERYTHING)
        yield made


def everything_is_ready(home: Installation) -> bool:
    status = home.status()
    return all(status["services"][name].get("ready") for name in SERVICES)


def test_status_shows_each_services_version_lag_outbox_parked_and_overdue(home: Installation) -> None:
    status = home.status()
    assert status["running"] is True
    assert status["phase"] == "ready"
    for name in SERVICES:
        said = status["services"][name]
        assert said["ready"] is True
        assert said["version"] == status["versions"][name]
        assert said["outbox"] == {"depth": 0, "oldest_age_seconds": 0}
        assert {"lag", "parked", "overdue"} <= set(said)
    page = home.run("status").stdout
    assert "lag" in page
    assert "overdue" in page


def test_a_killed_service_is_started_again_and_the_others_run_on(home: Installation) -> None:
    others = {name: home.process(name).pid for name in ("postgres", "kafka", "escalation", "reporting")}
    killed = home.process("audit")
    killed.kill()
    eventually(lambda: home.state().parts["audit"].restarts == 1, "the supervisor noticed", 20)
    eventually(lambda: home.state().parts["audit"].phase == "ready", "audit is ready again")
    assert home.process("audit").pid != killed.pid
    assert {name: home.process(name).pid for name in others} == others
    assert "audit ended (killed by signal 9)" in home.home.log("supervisor").read_text()


def test_services_outlive_a_killed_postgresql(home: Installation) -> None:
    services = {name: home.process(name).pid for name in SERVICES}
    home.process("postgres").kill()
    eventually(lambda: home.state().parts["postgres"].restarts == 1, "the supervisor noticed", 20)
    eventually(lambda: home.state().parts["postgres"].phase == "ready", "PostgreSQL is ready again")
    eventually(lambda: everything_is_ready(home), "the services are ready again", 90)
    assert {name: home.process(name).pid for name in SERVICES} == services


def test_logs_shows_each_parts_own_words(home: Installation) -> None:
    shown = home.run("logs", "--lines", "2").stdout
    for part in ("audit: ", "kafka: ", "postgres: ", "supervisor: "):
        assert part in shown
    assert '"service":"reporting"' in home.run("logs", "reporting").stdout


def test_no_password_is_seen_among_the_machines_processes_or_in_the_logs(home: Installation) -> None:
    passwords = (home.home.keys / "passwords.json").read_text(encoding="utf-8").split('"')[3::4]
    assert len(passwords) == 6
    lines = [" ".join(process.cmdline()) for process in home.processes()]
    logs = [log.read_text(encoding="utf-8", errors="replace") for log in home.home.logs.glob("*.log")]
    assert lines
    assert not any(password in text for password in passwords for text in lines + logs)


def test_down_stops_services_before_the_servers_they_use(home: Installation) -> None:
    done = home.run("down")
    assert done.returncode == 0
    assert not home.processes()
    log = home.home.log("supervisor").read_text(encoding="utf-8").splitlines()
    stopped = [line.split()[1] for line in log if line.endswith(" has stopped") and "everything" not in line]
    assert set(stopped[:-2]) == set(SERVICES)
    assert stopped[-2:] == ["kafka", "postgres"]
    assert home.run("down").stdout.startswith("Nothing was running")
