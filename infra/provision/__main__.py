"""`python -m infra.provision`: make topics, roles and databases once, then end; safe to repeat.

With `--with-keys` also the key files of a container installation.
Settings: SIGHTLINE_KAFKA_... (where Kafka is), SIGHTLINE_PROVISION_POSTGRES (the administrator's DSN; without it no
role or database is made) and the services' own SIGHTLINE_..._DATABASE. Servers that do not answer are waited for
SIGHTLINE_PROVISION_WAIT_SECONDS (60). Exit code 2 with a sentence where it fails.
"""

import asyncio
import logging
import os
import sys
import time

from pydantic import ValidationError

from infra.errors import SightlineError, Unreachable
from infra.provision.databases import provision_databases
from infra.provision.keys import provision_keys
from infra.provision.topics import provision_topics
from shared.messaging.kafka import KafkaSettings

DATABASES = ("AUDIT", "AUDIT_KEYS", "ESCALATION", "ESCALATION_KEYS", "REPORTING")


def _patience() -> float:
    given = os.environ.get("SIGHTLINE_PROVISION_WAIT_SECONDS", "60")
    try:
        return float(given)
    except ValueError as error:
        raise SightlineError(f"SIGHTLINE_PROVISION_WAIT_SECONDS is {given}: give a number of seconds.") from error


async def provision(wait_seconds: float = 60.0) -> list[str]:
    """Make what is missing and give its names, waiting up to `wait_seconds` for the servers to answer."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # its attempts while Kafka starts are not news
    try:
        kafka = KafkaSettings()
    except ValidationError as error:
        raise SightlineError(" ".join(str(one["msg"]) for one in error.errors())) from error
    made: list[str] = []
    administrator = os.environ.get("SIGHTLINE_PROVISION_POSTGRES")
    databases = [dsn for name in DATABASES if (dsn := os.environ.get(f"SIGHTLINE_{name}_DATABASE"))]
    until = time.monotonic() + wait_seconds
    while True:
        try:
            if administrator:
                made += await provision_databases(administrator, databases)
            made += [f"topic {name}" for name in await provision_topics(kafka)]
        except Unreachable:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(1)
        else:
            return made


def main() -> int:
    """Run once; 0 when everything is there."""
    try:
        made = provision_keys() if "--with-keys" in sys.argv[1:] else []
        made += asyncio.run(provision(_patience()))
    except SightlineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"Made {', '.join(made)}.\n" if made else "Everything was there already.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
