"""The services as parts: what each is given is data, so that another one is one more line."""

import importlib.metadata
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from infra.stack.child import Command
from infra.stack.home import checkout
from infra.stack.kafka import KafkaPart
from infra.stack.part import SERVERS, SERVICES, NotReady, Part, Report, Setup, in_background, plain_environment
from infra.stack.ports import LOOPBACK
from infra.stack.postgres import PostgresPart
from infra.stack.secrets import write_private
from shared.web.tokens import LocalIssuer

SAMPLE_AUTHORITIES: Final = Path("infra/sample/authorities")


@dataclass(frozen=True, slots=True)
class ServicePart:
    """One of the services under supervision; `databases` are the roles whose DSN it is given, and no others."""

    name: str
    databases: Sequence[str]
    needs: Sequence[str] = ("postgres", "kafka")
    ready_within: float = 120.0

    @property
    def listeners(self) -> Sequence[str]:
        """Its one port, named as itself."""
        return (self.name,)

    def version(self) -> str:
        """Give the installed version of Sightline."""
        return importlib.metadata.version("sightline")

    async def prepare(self, setup: Setup, report: Report) -> None:
        """Nothing: a service migrates its own database when it starts."""

    def command(self, setup: Setup) -> Command:
        """Say how to start it."""
        return Command(
            [sys.executable, "-m", f"services.{self.name}.main"],
            checkout(),
            setup.home.log(self.name),
            plain_environment() | settings(setup, self.databases) | {"PYTHONUNBUFFERED": "1"},
        )

    async def probe(self, setup: Setup) -> None:
        """Ask the service's own readiness."""
        address = f"http://{LOOPBACK}:{setup.ports[self.name]}/health/ready"
        try:
            async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(address)
        except httpx.HTTPError as error:
            raise NotReady("it does not answer yet") from error
        if answer.status_code != httpx.codes.OK:
            raise _not_ready(answer)

    async def provision(self, setup: Setup) -> None:
        """Nothing that others need."""

    def diagnose(self, setup: Setup, log: str) -> str | None:  # noqa: ARG002 - every part is asked alike
        """Leave it to the service's own words."""
        return None


def _not_ready(answer: httpx.Response) -> NotReady:
    """Say what a service waits for, from its readiness answer, where it says so."""
    try:
        body = answer.json()
        waiting = [probe for probe in body.get("parts", []) if not probe.get("ready")]
        for probe in waiting:
            stage = probe.get("stage", "done")
            if stage != "done":
                return NotReady(str(probe.get("detail")), working=stage == "working", held=stage != "working")
        names = [str(probe.get("name")) for probe in waiting]
    except (json.JSONDecodeError, AttributeError, TypeError):
        names = []
    return NotReady(f"waiting for {', '.join(names)}" if names else "it is not ready yet")


PARTS: Final[Mapping[str, Part]] = {
    part.name: part
    for part in (
        PostgresPart(),
        KafkaPart(),
        ServicePart("audit", ("audit", "audit_keys")),
        ServicePart("escalation", ("escalation", "escalation_keys")),
        ServicePart("reporting", ("reporting",)),
    )
}
"""Every part, servers before services: stopped in the opposite order."""

assert tuple(PARTS) == SERVERS + SERVICES, "the parts are those that commands know by name"


def settings(setup: Setup, databases: Sequence[str]) -> dict[str, str]:
    """Give the settings by which a service (or a command) reaches this installation."""
    home = setup.home
    own = any(home.authorities.iterdir()) if home.authorities.is_dir() else False
    issued = home.keys / "jwks.json"
    found = {
        "SIGHTLINE_HOME": str(home.root),
        "SIGHTLINE_HOST": LOOPBACK,
        "SIGHTLINE_LOCAL": "true",
        "SIGHTLINE_AUTHORITIES": str(home.authorities if own else checkout() / SAMPLE_AUTHORITIES),
        "SIGHTLINE_TOKENS_JWKS": str(issued),
        "SIGHTLINE_TOKENS_ISSUER": LocalIssuer.ISSUER,
        "SIGHTLINE_TOKENS_AUDIENCE": LocalIssuer.AUDIENCE,
        "SIGHTLINE_MASTER_KEY_FILE": str(home.keys / "master.key"),
        "SIGHTLINE_ESCALATION_NOTICES_FILE": str(home.root / "notices.jsonl"),
    }
    if "kafka" in setup.ports:  # an installation may run some of the parts alone
        found["SIGHTLINE_KAFKA_BOOTSTRAP"] = setup.bootstrap
    if "postgres" in setup.ports:
        found |= {f"SIGHTLINE_{role.upper()}_DATABASE": setup.database(role) for role in databases}
    found |= {f"SIGHTLINE_{name.upper()}_PORT": str(setup.ports[name]) for name in SERVICES if name in setup.ports}
    found |= {
        f"SIGHTLINE_{name.upper()}_PUBLIC_URL": f"http://{LOOPBACK}:{setup.ports[name]}"
        for name in ("audit", "escalation")
        if name in setup.ports
    }
    # What the person set by hand (another authorities folder, an outside Kafka's sign-in) goes before; of the outside
    # databases, too, each service is told of its own alone.
    own_databases = {f"SIGHTLINE_{role.upper()}_DATABASE" for role in databases}
    return found | {
        name: value for name, value in setup.outside.items() if name in own_databases or not name.endswith("_DATABASE")
    }


async def write_environment(setup: Setup) -> None:
    """Write the settings file that lets commands reach this installation, and make the local issuer's key."""
    await in_background(LocalIssuer, setup.home.keys)
    roles = [role for role in setup.passwords if role != "postgres"]
    write_private(setup.home.environment_file, json.dumps(settings(setup, roles), indent=1).encode())
