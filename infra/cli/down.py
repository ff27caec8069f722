"""`sightline down`: stop the embedded stack in order; the data stays."""

from infra.cli.addresses import refuse_elsewhere
from infra.cli.show import console
from infra.cli.up import Showing
from infra.stack.control import stop
from infra.stack.home import Home, default_home


def down() -> None:
    """Stop services first, then Kafka, then PostgreSQL; the data stays where it is."""
    refuse_elsewhere()
    home = Home(default_home())
    with Showing(stopping=True) as showing:
        stopped = stop(home, showing.show)
    if stopped.left_over:
        console.print(f"Ended what a killed start had left running: {', '.join(stopped.left_over)}.")
    elif not stopped.ran:
        console.print(f"Nothing was running in {home.root}.")
    else:
        console.print("Stopped. The data stays where it is.")
