"""`sightline import`: completed audits from a CSV or XLSX file, through the audit service (docs/importing.md)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from infra.cli.audit_service import Refusal, post
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from shared.web.principal import Role

_SAYS_NO: Final = 1
_SHOWN: Final = 50
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file; docs/importing.md describes it.")],
    authority: Annotated[str, typer.Option(help="Key of the authority whose audits they are.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and change nothing.")] = False,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="With one fault, nothing comes in.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take in completed audits. The same file twice changes nothing. Ends with 1 when a row has a fault."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SightlineError(
            f"{file} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error
    answer = post(
        "imports",
        authority,
        role=Role.QA_OFFICER,
        params={"authority": authority, "dry_run": dry_run, "all_or_nothing": all_or_nothing},
        content=content,
        headers={"Content-Type": _XLSX if content.startswith(b"PK") else "text/csv"},
    )
    if isinstance(answer, Refusal):
        _show_refusal(answer, as_json=as_json)
    elif as_json:
        print_json(answer)
    else:
        _show(answer)
    if isinstance(answer, Refusal) or answer["problems"]:
        raise typer.Exit(_SAYS_NO)


def _show(report: dict[str, Any]) -> None:
    problems = report["problems"]
    if problems:
        console.print(
            _table([(each["row"], each["column"], each["problem"], each["way_out"]) for each in problems]), markup=False
        )
    rows, good = report["rows"], report["good"]
    if report["dry_run"]:
        console.print(f"Dry run: {good:,} of {rows:,} rows can come in. Nothing was changed.")
    elif problems and report["all_or_nothing"]:
        console.print(
            f"Nothing came in: {rows - good:,} of {rows:,} rows have a fault. Mend them, or take in the rest."
        )
    else:
        console.print(
            f"{report['taken_in']:,} audits came in, {report['already_there']:,} already there, "
            f"{rows - report['taken_in'] - report['already_there']:,} stayed out."
        )


def _show_refusal(refusal: Refusal, *, as_json: bool) -> None:
    if as_json:
        print_json({"refused": refusal.kind, "detail": refusal.detail, "problems": refusal.problems})
        return
    console.print(refusal.detail)
    if refusal.problems:
        console.print(_table([(1, each["field"], each["message"], each["way_out"]) for each in refusal.problems]))


def _table(problems: list[tuple[int, str, str, str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("Row", "Column", "Problem", "Way out"):
        table.add_column(heading, overflow="fold")  # the words that are to be typed are shown whole
    lines = folded(problems)
    for line in lines[:_SHOWN]:
        table.add_row(*line)
    if len(lines) > _SHOWN:
        table.caption = f"and {len(lines) - _SHOWN:,} more; --json lists them all"
    return table


def folded(problems: Sequence[tuple[int, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Fold equal faults into one line each: first the columns of a row, then the rows with the same columns."""
    columns: dict[tuple[int, str, str], list[str]] = {}
    for row, column, problem, way_out in problems:
        columns.setdefault((row, problem, way_out), []).append(column)
    rows: dict[tuple[str, str, str], list[int]] = {}
    for (row, problem, way_out), named in columns.items():
        rows.setdefault((", ".join(named), problem, way_out), []).append(row)
    return [(_ranges(numbers), *line) for line, numbers in rows.items()]


def _ranges(numbers: Sequence[int]) -> str:
    """Write row numbers, those that follow one another as a range: `2 to 9, 14`."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
