"""`sightline tool import|export|show|shipped`: tools as workbooks, as text, and those that come with Sightline."""

import difflib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

import typer
from rich.table import Table

from infra.cli.audit_service import download, get, post
from infra.cli.show import console
from infra.cli.tool_answers import SAYS_NO, Force, document_text, refuse_overwriting, taken, write
from infra.errors import SightlineError
from services.audit.app.tools.shipped import shipped, shipped_names
from services.audit.domain.tools.document import read_tool
from shared.web.principal import Role

_SHOWN: Final = 50
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_Authority = Annotated[str, typer.Option(help="Key of the authority whose tool it is.")]
_Version = Annotated[int | None, typer.Option(min=1, help="The newest version in use, if left out.")]


def import_workbook(
    file: Annotated[Path, typer.Argument(help="An XLSForm workbook (.xlsx); docs/tools.md describes it.")],
    authority: Annotated[str | None, typer.Option(help="Key of the authority whose draft it becomes.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check it: needs no authority and no server.")] = False,
    to_json: Annotated[Path | None, typer.Option("--json", help="Also write the tool's JSON document here.")] = None,
    force: Force = False,
) -> None:
    """Read a tool from a workbook and save it as a draft; publishing it is a step of its own. Ends with 1 on faults."""
    refuse_overwriting([to_json], force=force)
    content = _read(file)
    if check:
        answer = _checked(content)
    elif authority is None:
        raise SightlineError("Say whose draft it becomes (--authority KEY), or only check the workbook (--check).")
    else:
        answer = _sent(content, authority, draft=False)
        if not answer["faults"]:
            answer = _sent(content, authority, draft=True)
    if answer["faults"]:
        console.print(_table(answer["faults"]), markup=False)
        count = len(answer["faults"])
        console.print(f"The workbook is no audit tool yet: {count} {'fault' if count == 1 else 'faults'}.")
        raise typer.Exit(SAYS_NO)
    if answer["notes"]:
        console.print(_table(answer["notes"]), markup=False)
        console.print("What is listed above is not kept; the rest is.")
    tool = read_tool(answer["document"])
    ending = (
        f"is saved as a draft: `sightline tool publish --drafted {tool.tool}` publishes it."
        if answer["draft"]
        else "is sound."
    )
    console.print(f"{tool.title} ({tool.tool}) {ending}", markup=False)
    if to_json is not None:
        write(to_json, document_text(answer["document"]).encode())


def export_tool(
    tool: Annotated[str, typer.Argument(help="The tool's name, such as standard-case-file-audit.")],
    *,
    authority: _Authority,
    version: _Version = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write it as an XLSForm workbook here.")] = None,
    to_json: Annotated[Path | None, typer.Option("--json", help="Write its JSON document here.")] = None,
    force: Force = False,
) -> None:
    """Write a published version as a workbook, as JSON, or both; prints the JSON where neither is asked for."""
    refuse_overwriting([xlsx, to_json], force=force)
    document = _published(tool, authority, version)
    if xlsx is not None:
        path = f"tools/{tool}/versions/{document['version']}.xlsx"
        write(xlsx, download(path, authority, role=Role.QA_OFFICER, params={"authority": authority}))
    if to_json is not None:
        write(to_json, document_text(document).encode())
    if xlsx is None and to_json is None:
        console.file.write(document_text(document))


def show_tool(
    tool: Annotated[str, typer.Argument(help="The tool's name, such as standard-case-file-audit.")],
    authority: _Authority,
    version: _Version = None,
    drafted: Annotated[bool, typer.Option("--draft", help="Show the draft of the next version.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Show its JSON document.")] = False,
) -> None:
    """Show a tool as text: in the order of the form, with its conditions and limits in words."""
    if drafted and version is not None:
        raise SightlineError("A draft has no version yet: leave out --version, or --draft.")
    if drafted:
        params = {"authority": authority}
        document = get(f"tools/{tool}/draft", authority, role=Role.QA_OFFICER, params=params)
    else:
        document = _published(tool, authority, version)
    if as_json:
        console.file.write(document_text(document))
    else:
        _print_text(document)


def shipped_tools(
    name: Annotated[str | None, typer.Argument(help="Show this one; all are listed if left out.")] = None,
    publish_for: Annotated[
        str | None, typer.Option("--publish", help="Publish it for the authority of this key.")
    ] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write it as an XLSForm workbook here.")] = None,
    to_json: Annotated[Path | None, typer.Option("--json", help="Write its JSON document here.")] = None,
    force: Force = False,
) -> None:
    """List the tools that come with Sightline; show, write or publish one to start from."""
    refuse_overwriting([xlsx, to_json], force=force)
    if name is None:
        table = Table(box=None, pad_edge=False)
        for heading in ("Tool", "Title", "Kinds", "Questions", "Free text"):
            table.add_column(heading, overflow="fold", no_wrap=heading == "Tool")  # it is typed after `shipped`
        for each in shipped_names():
            tool = read_tool(shipped(each))
            count = str(len(tool.asked))
            table.add_row(each, tool.title, ", ".join(tool.kinds), count, str(tool.free_text_boxes))
        console.print(table)
        return
    if name not in shipped_names():
        near = difflib.get_close_matches(name, shipped_names(), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise SightlineError(f"No tool {name!r} comes with Sightline.{meant} `sightline tool shipped` lists them.")
    document = shipped(name)
    if xlsx is not None:
        from services.audit.app.tools.xlsform.workbook import write_workbook  # noqa: PLC0415 - openpyxl only where it is needed

        write(xlsx, write_workbook(read_tool(document)))
    if to_json is not None:
        write(to_json, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
    if publish_for is not None:
        params = {"authority": publish_for}
        answer = taken(post("tools", publish_for, role=Role.QA_MANAGER, params=params, json=document))
        console.print(f"{answer['tool']} is published as version {answer['version']}.")
    elif xlsx is None and to_json is None:
        _print_text(document)


def _sent(content: bytes, authority: str, *, draft: bool) -> dict[str, Any]:
    """Send a workbook to the service: to be checked, or to be saved as a draft.

    The key is new each time: the same workbook sent again, after another one, becomes the draft again.
    """
    params = {"authority": authority, "draft": draft}
    headers = {"Content-Type": _XLSX, "Idempotency-Key": str(uuid4())}
    return taken(
        post("tools/xlsform", authority, role=Role.QA_MANAGER, params=params, content=content, headers=headers)
    )


def _checked(content: bytes) -> dict[str, Any]:
    """Check a workbook here, as the service does it."""
    from services.audit.app.tools.xlsform.faults import WorkbookRefused  # noqa: PLC0415 - pyxform only where it is needed
    from services.audit.app.tools.xlsform.reading import read_workbook  # noqa: PLC0415 - the same

    try:
        read = read_workbook(content)
    except WorkbookRefused as refused:
        return {"document": None, "draft": False, "faults": [fault.model_dump() for fault in refused.faults]}
    document = read.tool.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    notes = [note.model_dump() for note in read.notes]
    return {"document": document, "draft": False, "faults": [], "notes": notes}


def _published(tool: str, authority: str, version: int | None) -> dict[str, Any]:
    params = {"authority": authority, **({} if version is None else {"version": version})}
    return get(f"tools/{tool}", authority, role=Role.QA_OFFICER, params=params)


def _print_text(document: dict[str, Any]) -> None:
    from services.audit.app.tools.text import tool_text  # noqa: PLC0415 - only where it is shown

    console.file.write(tool_text(read_tool(document)))


def _table(faults: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("Sheet", "Cell", "Column", "Problem", "Way out"):
        table.add_column(heading, overflow="fold")
    for each in faults[:_SHOWN]:
        row = each["cell"] or (f"row {each['row']}" if each["row"] else "")
        table.add_row(each["sheet"], row, each["column"], each["message"], each["way_out"])
    if len(faults) > _SHOWN:
        table.caption = f"and {len(faults) - _SHOWN:,} more: mend these first"
    return table


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SightlineError(
            f"{file} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error
