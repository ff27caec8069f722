"""Every benchmark runs to its figures, at a scale that measures nothing: so that none breaks unseen."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import cast

import orjson
import pytest

from benchmarks import figures, rebuild
from benchmarks.plan import Plan, Program
from benchmarks.run import PROGRAMS
from benchmarks.servers import Servers
from tests.support.servers import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

TINY = Plan(repetitions=1, seconds=0.3, scale=0.01, wanted=lambda _: True)


def results() -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in figures.LATEST.parent.iterdir()}


@pytest.mark.parametrize("name", PROGRAMS)
async def test_each_figure_is_there(stack: Stack, tmp_path: Path, name: str) -> None:
    """With its contenders (rebuild also holds them to the same rows), in the form of the results file."""
    before = results()
    program = cast("Program", import_module(name))
    measured = await program.measure(Servers(stack.postgres, stack.bootstrap), TINY)
    assert set(program.NAMES) <= {one.name for one in measured}
    for one in measured:
        assert one.value > 0, one
        assert len(one.repetitions) == 1
        assert one.against, f"{one.name} is compared with something"
        assert all(other.value > 0 and other.ratio > 0 for other in one.against), one
    file = tmp_path / "results.json"
    figures.write(file, measured, machine_found=figures.machine(), server_versions={"postgresql": "18"})
    assert [one["name"] for one in orjson.loads(file.read_bytes())["figures"]] == [one.name for one in measured]
    assert results() == before


async def test_a_contender_that_leaves_rows_out_is_told_of(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison of a rebuild's rows with those written by hand can fail."""
    rows = rebuild._rows
    seen: list[str] = []

    async def one_row_less(dsn: str) -> dict[str, tuple[int, str]]:
        seen.append(dsn)
        found = await rows(dsn)
        return found if len(seen) == 1 else {**found, "audits": (0, "")}

    monkeypatch.setattr(rebuild, "_rows", one_row_less)
    with pytest.raises(RuntimeError, match=r"different facts: audits$"):
        await rebuild.measure(Servers(stack.postgres, stack.bootstrap), replace(TINY, wanted="rebuild.1".__eq__))


def test_every_program_of_the_folder_is_run() -> None:
    """A new one is named in `benchmarks.run`, and so runs here too."""
    folder = Path(figures.__file__).parent
    written = {
        f"benchmarks.{file.stem}"
        for file in folder.glob("*.py")
        if re.search(r"^NAMES\b", file.read_text(), re.MULTILINE)
    }
    assert written == set(PROGRAMS)
