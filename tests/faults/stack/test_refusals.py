"""What stands in the way of a start is said in one sentence with the way out, and nothing is left half made."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.errors import SightlineError
from infra.stack.home import Home
from tests.faults.stack.data import store, stored
from tests.support.installation import Installation, eventually, installation, shared_jars

ROOT = os.geteuid() == 0
NOBODY = 65534


@pytest.fixture(scope="module")
def stopped() -> Iterator[Installation]:
    """An installation that ran once."""
    with installation() as made:
        made.up()
        assert made.run("down").returncode == 0
        yield made


@contextmanager
def moved_away(path: Path) -> Iterator[None]:
    """Take a file or folder out of an installation for a while."""
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


def test_without_a_network_the_first_start_says_so_and_a_later_one_goes_through() -> None:
    with installation() as made:
        cache = made.home.root.parent / "cache"
        sentence = made.refused(SIGHTLINE_CACHE=str(cache), SIGHTLINE_MAVEN="http://127.0.0.1:9/maven2")
        assert sentence.startswith("Kafka could not be fetched from http://127.0.0.1:9/maven2")
        assert "connect this machine to the internet" in sentence
        assert not list(cache.glob("kafka-*"))
        assert not list(cache.glob("fetching-*"))
        assert not made.home.kafka.exists()
        made.up()


def test_a_port_that_was_set_and_is_taken_is_named(stopped: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        sentence = stopped.refused(SIGHTLINE_KAFKA_PORT=str(port))
    assert sentence.startswith(f"Port {port}, set for kafka by SIGHTLINE_KAFKA_PORT, is taken by ")
    assert f"process {os.getpid()}" in sentence


def test_a_port_of_the_last_start_that_is_taken_meanwhile_is_changed(stopped: Installation) -> None:
    before = stopped.up().parts["postgres"].address
    assert stopped.run("down").returncode == 0
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(before.rpartition(":")[2])))
        other.listen()
        after = stopped.up().parts["postgres"].address
        assert after != before
        assert stopped.run("down").returncode == 0


@pytest.mark.parametrize("text", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(stopped: Installation, text: str) -> None:
    assert stopped.refused(SIGHTLINE_POSTGRES_PORT=text).startswith(f"SIGHTLINE_POSTGRES_PORT is '{text}'")


@pytest.mark.parametrize("missing", ["postgres/PG_VERSION", "postgres/global/pg_control", "kafka/meta.properties"])
def test_a_data_folder_with_a_part_missing_is_not_made_anew(stopped: Installation, missing: str) -> None:
    with moved_away(stopped.home.root / missing):
        sentence = stopped.refused()
    folder = stopped.home.root / missing.split("/", 1)[0]
    assert sentence.startswith(f"{folder} is not a whole ")
    assert "put it back from your copy, or move the home folder away" in sentence


def test_damaged_postgresql_data_is_said_in_postgresqls_own_words(stopped: Installation) -> None:
    control = stopped.home.postgres / "global" / "pg_control"
    whole = control.read_bytes()
    try:
        control.write_bytes(b"\0" * len(whole))
        sentence = stopped.refused()
    finally:
        control.write_bytes(whole)
    assert sentence.startswith(f"PostgreSQL cannot use its data in {stopped.home.postgres} (")


@pytest.mark.parametrize("key", ["passwords.json", "master.key"])
def test_a_lost_key_is_not_replaced_by_a_new_one(stopped: Installation, key: str) -> None:
    with moved_away(stopped.home.keys / key):
        sentence = stopped.refused()
        assert not (stopped.home.keys / key).exists()
    assert f"{stopped.home.keys / key} is missing" in sentence
    assert "put the file back from your copy" in sentence


async def test_after_every_refusal_the_data_is_as_it_was() -> None:
    with installation("Kinder, Jugend & Späße") as made:
        made.up()
        await store(made, "before the refusal")
        assert made.run("down").returncode == 0
        with moved_away(made.home.kafka / "meta.properties"):
            made.refused()
        made.up()
        rows, messages = await stored(made)
        assert rows == messages == ["before the refusal"]


def test_a_file_in_the_folders_place_is_named() -> None:
    with installation() as made:
        made.home.root.write_text("something of somebody's", encoding="utf-8")
        sentence = made.refused()
        assert sentence.startswith(f"{made.home.root} is in the way")
        assert made.home.root.read_text(encoding="utf-8") == "something of somebody's"
        made.home.root.unlink()


@contextmanager
def ordinary() -> Iterator[Installation]:
    """An installation run by an ordinary user: ourselves, or, when we are root, the system's nobody."""
    if not ROOT:
        with installation() as made:
            yield made
        return
    folder = Path(tempfile.mkdtemp(prefix="sightline-user-"))
    try:
        folder.chmod(0o755)
        jars = folder / "jars"
        jars.mkdir()
        # Root's own Python may lie where nobody else can look: the right to look, and no other, comes along.
        look = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *look, "--"]
        variables = {"HOME": str(folder), "SIGHTLINE_CACHE": str(shared_jars(jars))}
        with installation(prefix=prefix, variables=variables) as made:
            made.home.root.parent.chmod(0o755)
            made.home.root.mkdir()
            os.chown(made.home.root, NOBODY, NOBODY)
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def test_an_ordinary_user_starts_it_with_everything_the_users_own() -> None:
    with ordinary() as made:
        made.up()
        await store(made, "of an ordinary user")
        assert await stored(made) == (["of an ordinary user"], ["of an ordinary user"])
        mine = NOBODY if ROOT else os.geteuid()
        assert {made.process(part).uids().real for part in ("supervisor", "kafka", "postgres")} == {mine}
        assert made.home.keys.stat().st_mode & 0o077 == 0
        for secret in (*made.home.keys.glob("*.json"), made.home.keys / "master.key", made.home.environment_file):
            assert secret.name == "jwks.json" or secret.stat().st_mode & 0o077 == 0
        made.home.root.chmod(0o500)  # from here on a folder its owner may not write in
        assert made.run("down").returncode == 0
        sentence = made.refused()
        assert sentence.startswith(f"The folder {made.home.root} cannot be used (Permission denied)")
        made.home.root.chmod(0o700)
        if ROOT:
            sentence = Installation(made.home.root).refused()
            assert sentence.startswith(f"The folder {made.home.root} belongs to another user (number {NOBODY})")


def test_postgresql_never_runs_as_root(stopped: Installation) -> None:
    stopped.up()
    assert stopped.process("postgres").username() == ("pgserver" if ROOT else stopped.process("kafka").username())
    assert stopped.home.postgres.stat().st_mode & 0o077 == 0
    assert stopped.run("down").returncode == 0


def test_a_full_disk_is_said_before_anything_is_made() -> None:
    with small_disk(20) as folder:
        if folder is None:  # only root may mount a disk; the sentence is the same for a demand no disk can meet
            with pytest.raises(SightlineError, match=r"^The disk with .* MB free .* make room"):
                Home(Path(tempfile.gettempdir())).check_space(10**18)
            return
        made = Installation(folder / "home")
        sentence = made.refused()
        assert sentence.startswith(f"The disk with {made.home.root} has ")
        assert "MB free" in sentence
        assert "make room" in sentence
        assert not made.home.postgres.exists()
        assert not made.home.kafka.exists()


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """A folder on a small disk of its own, or None where one may not be mounted."""
    folder = Path(tempfile.mkdtemp(prefix="sightline-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if not ROOT or subprocess.run(mount, check=False, capture_output=True).returncode:
        folder.rmdir()
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


@pytest.mark.parametrize("part", ["postgres", "kafka"])
def test_one_server_can_be_started_alone(part: str) -> None:
    with installation() as made:
        assert set(made.up(only=part).parts) == {part}


def test_a_second_start_says_what_runs_and_where(stopped: Installation) -> None:
    state = stopped.up()
    kafka = stopped.process("kafka")
    again = stopped.run("up")
    assert again.returncode == 0
    for part in ("kafka", "postgres"):
        assert state.parts[part].address in again.stdout
    assert "ready already" in again.stdout
    assert stopped.process("kafka").pid == kafka.pid
    assert stopped.run("down").returncode == 0


def test_two_starts_at_once_end_with_one_running_stack(stopped: Installation) -> None:
    both = [stopped.begin("up", "--detach", "--only", "postgres,kafka") for _ in range(2)]
    ends = [one.communicate(timeout=100) for one in both]
    assert [one.returncode for one in both] == [0, 0], ends
    eventually(lambda: stopped.state().phase == "ready", "the one that was first is ready")
    supervisors = [one for one in stopped.processes() if "infra.stack" in " ".join(one.cmdline())]
    assert len(supervisors) == 1
    assert stopped.run("down").returncode == 0
