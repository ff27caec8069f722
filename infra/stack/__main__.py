"""`python -m infra.stack --home FOLDER`: the supervisor on its own, as `sightline up --detach` and the tests start it.

Exit code 0 after an orderly stop, 2 with a sentence (also in the state file) when the start failed.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from infra.errors import SightlineError
from infra.stack.home import Home
from infra.stack.supervisor import Supervisor, chosen_parts


def main() -> int:
    """Hold the folder and run its parts until asked to stop."""
    parser = argparse.ArgumentParser(prog="infra.stack", description="Run the embedded stack of one home folder.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--only", default="", help="names of parts, separated by commas")
    options = parser.parse_args()
    home = Home(options.home)
    try:
        home.make()
        lock = home.lock()
        if lock is None:
            raise SightlineError(f"Another supervisor runs in {home.root}: see `sightline status`.")  # noqa: TRY301 - one way out
        parts = chosen_parts([name for name in options.only.split(",") if name])
        asyncio.run(Supervisor(home, parts).run())
    except SightlineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
