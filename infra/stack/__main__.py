"""`python -m infra.stack --home FOLDER`: the supervisor on its own, as `sightline up --detach` and the tests start it.

Exit code 0 after an orderly stop, 3 when another one has the folder, 2 with a sentence (also in the state file) when
the start failed.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from infra.errors import SightlineError
from infra.stack.home import Home, Lock
from infra.stack.part import ANOTHER_RUNS
from infra.stack.supervisor import Supervisor, chosen_parts


def _lock(home: Home) -> Lock | None:
    """Take the folder, giving a command that just looked at it a moment to let go."""
    until = time.monotonic() + 1
    while (lock := home.lock()) is None and time.monotonic() < until:
        time.sleep(0.05)
    return lock


def main() -> int:
    """Hold the folder and run its parts until asked to stop."""
    parser = argparse.ArgumentParser(prog="infra.stack", description="Run the embedded stack of one home folder.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--only", default="", help="names of parts, separated by commas")
    options = parser.parse_args()
    home = Home(options.home)
    try:
        home.make()
        lock = _lock(home)
        if lock is None:
            sys.stderr.write(f"Another supervisor has {home.root} already.\n")
            return ANOTHER_RUNS
        parts = chosen_parts([name for name in options.only.split(",") if name])
        asyncio.run(Supervisor(home, parts).run())
    except SightlineError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
