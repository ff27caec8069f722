"""Kafka on the environment's own Java: one node that is broker and controller, on loopback."""

import asyncio
import base64
import logging
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from infra.provision.topics import provision_topics
from infra.stack import quickstart
from infra.stack.child import Command
from infra.stack.distribution import KAFKA_VERSION, jars, java
from infra.stack.home import Home
from infra.stack.part import NotReady, Report, Setup, Unusable, disk_full, in_background, plain_environment, run_to_end
from infra.stack.ports import LOOPBACK, choose
from shared.messaging.kafka import KafkaSettings

_LOGGING: Final = Path(__file__).with_name("log4j2.xml")
_MEMORY: Final = "-Xmx512m"


def properties(setup: Setup, data: str) -> str:
    """Give the broker's settings, as proven for one node, with its data in a folder beside the file.

    The folder is named without its path, which may hold what such a file cannot (a comma, a letter with an accent).
    """
    broker, controller = setup.ports["kafka"], setup.ports["kafka-controller"]
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{broker},CONTROLLER://{LOOPBACK}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{broker}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        # A group's place is kept for ten years, not for a week: an installation may well rest over the summer.
        "offsets.retention.minutes": "5256000",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.coordinator.append.linger.ms": "0",
        "num.recovery.threads.per.data.dir": "2",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


@dataclass(frozen=True, slots=True)
class KafkaPart:
    """Kafka under supervision."""

    name: str = "kafka"
    listeners: Sequence[str] = ("kafka", "kafka-controller")
    needs: Sequence[str] = ()
    ready_within: float = 120.0

    def version(self) -> str:
        """Give the version, as `4.3.0`."""
        return KAFKA_VERSION

    async def prepare(self, setup: Setup, report: Report) -> None:
        """Fetch the jars at the first start, and format the data folder beside its place; raises `SightlineError`."""
        home = setup.home
        library = await in_background(jars, home.root / "cache", report)
        await in_background(quickstart.make, library, *_trial(library), report)
        settings = home.root / "kafka.properties"
        if home.kafka.exists():
            check_data_folder(home.kafka)
        else:
            report("formatting Kafka's folder")
            new = home.root / "kafka.new"
            shutil.rmtree(new, ignore_errors=True)
            try:
                new.mkdir(mode=0o700)
                settings.write_text(properties(setup, new.name), encoding="utf-8")
                arguments = _java("-Xmx128m", library, "kafka.tools.StorageTool", "format", "-t", _cluster_id())
                command = Command([*arguments, "-c", settings.name], home.root, home.log("kafka"), _environment())
                await run_to_end(command, what="Formatting Kafka's data folder")
                new.replace(home.kafka)
            except OSError as error:
                raise Unusable(home.sentence(error)) from error
            finally:
                shutil.rmtree(new, ignore_errors=True)
        settings.write_text(properties(setup, home.kafka.name), encoding="utf-8")

    def command(self, setup: Setup) -> Command:
        """Say how to start the broker; its own logging goes to `kafka.log`, what Java itself says beside it."""
        home = setup.home
        library = jars(home.root / "cache")
        logs = (f"-Dlog4j2.configurationFile={_LOGGING}", f"-Dsightline.log={home.log('kafka')}")
        arguments = _java(_MEMORY, library, *quickstart.options(library), *logs, "kafka.Kafka", "kafka.properties")
        return Command(arguments, home.root, home.log("kafka.console"), _environment())

    async def probe(self, setup: Setup) -> None:
        """Ask the broker to describe its cluster."""
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, setup.ports["kafka"])
            writer.close()
        except OSError as error:
            raise NotReady("it does not listen yet") from error
        admin = AIOKafkaAdminClient(bootstrap_servers=setup.bootstrap, request_timeout_ms=5000)
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        try:
            await admin.start()
            await admin.list_topics()
        except (KafkaError, OSError, TimeoutError) as error:
            raise NotReady("it does not answer yet") from error
        finally:
            await admin.close()

    async def provision(self, setup: Setup) -> None:
        """Make the topics."""
        await provision_topics(KafkaSettings(bootstrap=setup.bootstrap))

    def diagnose(self, setup: Setup, log: str) -> str | None:
        """Recognise a full disk and damaged data."""
        full = disk_full(log, setup.home.kafka)
        if full:
            return full
        signs = ("Invalid cluster.id", "No readable meta.properties", "InconsistentClusterId", "CorruptRecordException")
        if "ERROR" in log and any(sign in log for sign in signs):
            return (
                f"Kafka cannot use its data in {setup.home.kafka}: put the folder back from your copy, "
                f"or move the home folder away to begin anew (the reason stands in {setup.home.log('kafka')})."
            )
        return None


def check_data_folder(folder: Path) -> None:
    """Raise `Unusable` when a folder is no formatted data folder."""
    try:
        text = (folder / "meta.properties").read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"Kafka's data folder {folder} cannot be read: start Sightline as the user who made it.") from (
            error
        )
    if "cluster.id=" not in text:
        raise Unusable(
            f"{folder} is not a whole Kafka data folder: put it back from your copy, "
            "or move the home folder away to begin anew."
        )


def _trial(library: Path) -> tuple[quickstart.Trial, Callable[[float], bool]]:
    """Describe a trial run of a broker on ports of its own, and how to see that it is up."""
    taken: set[int] = set()
    chosen = {name: choose(f"trial-{name}", None, taken) for name in KafkaPart().listeners}

    def prepare(folder: Path, options: Sequence[str]) -> list[str]:
        settings = folder / "kafka.properties"
        settings.write_text(properties(Setup(Home(folder), chosen, {}), "data"), encoding="utf-8")
        formatting = _java("-Xmx128m", library, "kafka.tools.StorageTool", "format", "-t", _cluster_id())
        command = [*formatting, "-c", settings.name]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, env=_environment())  # noqa: S603 - our own
        logs = (f"-Dlog4j2.configurationFile={_LOGGING}", f"-Dsightline.log={folder / 'kafka.log'}")
        return _java(_MEMORY, library, *options, *logs, "kafka.Kafka", settings.name)

    def answers(within: float) -> bool:
        until = time.monotonic() + within
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection((LOOPBACK, chosen["kafka"]), timeout=1):
                return True
            time.sleep(0.1)
        return False

    return prepare, answers


def _cluster_id() -> str:
    """Make an id as Kafka's own tool does: a random UUID in URL-safe base64, not beginning with a dash."""
    while True:
        made = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def _environment() -> dict[str, str]:
    """Give Java an environment in which it can read any path."""
    return plain_environment() | {"LC_ALL": "C.UTF-8"}


def _java(memory: str, library: Path, *arguments: str) -> list[str]:
    return [str(java()), memory, "-XX:+UseSerialGC", "-cp", f"{library}/*", *arguments]
