"""`sightline provision`: make topics, roles and databases on servers that run elsewhere."""

import asyncio

import infra.provision.__main__ as one_shot
from infra.cli.show import console


def provision() -> None:
    """Make the topics, roles and databases that are missing; safe to repeat.

    Reads SIGHTLINE_KAFKA_..., SIGHTLINE_PROVISION_POSTGRES (the administrator's address) and SIGHTLINE_..._DATABASE.
    """
    made = asyncio.run(one_shot.provision())
    console.print(f"Made {', '.join(made)}." if made else "Everything was there already.")
