"""`python -m benchmarks.run [--quick] [NAMES]`: measure, write the results file, print a table.

A name is a figure (`append.16`) or a program (`append`). `--quick` says that everything works, not how fast it is:
its figures go to results/quick.json.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import cast

import uvloop

from benchmarks import figures
from benchmarks.figures import Figure
from benchmarks.plan import Plan, Program
from benchmarks.servers import Servers, serve

PROGRAMS = (
    "benchmarks.append",
    "benchmarks.load_append",
    "benchmarks.relay",
    "benchmarks.rebuild",
    "benchmarks.latency",
)
"""The modules that measure; each has NAMES and `measure(servers, plan)` (see `benchmarks.plan.Program`)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named on the command line, or all."""
    programs = {name.rpartition(".")[2]: cast("Program", import_module(name)) for name in PROGRAMS}
    every_figure = [figure for program in programs.values() for figure in program.NAMES]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {' '.join(every_figure)}; none means all")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that everything works")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in every_figure and name not in programs]
    if unknown:
        parser.error(f"there is no figure {' '.join(unknown)}; there are {' '.join(every_figure)}")

    def wanted(name: str) -> bool:
        return not options.names or name in options.names or name.partition(".")[0] in options.names

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if options.quick:
        plan = Plan(repetitions=2, seconds=2.0, scale=0.1, wanted=wanted, say=say)
    else:
        plan = Plan(repetitions=3, seconds=3.0, scale=1.0, wanted=wanted, say=say)
    chosen = {name: program for name, program in programs.items() if any(map(wanted, program.NAMES))}
    machine = figures.machine()
    with serve() as servers, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured, versions = runner.run(_measure(chosen, servers, plan))
    path = figures.QUICK if options.quick else figures.LATEST
    figures.write(path, measured, machine_found=machine, server_versions=versions)
    figures.table(measured)
    print(f"Written to {path.relative_to(figures.ROOT)}")
    return 0


async def _measure(programs: dict[str, Program], servers: Servers, plan: Plan) -> tuple[list[Figure], dict[str, str]]:
    measured: list[Figure] = []
    for program in programs.values():
        measured += await program.measure(servers, plan)
    return measured, await servers.versions()


if __name__ == "__main__":
    sys.exit(main())
