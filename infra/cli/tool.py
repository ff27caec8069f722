"""`sightline tool`: audit tools through their lifecycle, from their JSON documents, through the audit service.

What shows, exports and imports tools, workbooks (XLSForm) among them, is in `infra.cli.tool_books`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.table import Table

from infra.cli import tool_books
from infra.cli.audit_service import get, post, put
from infra.cli.show import console, print_json
from infra.cli.tool_answers import SAYS_NO, refuse, taken
from infra.cli.tool_words import comparison_lines
from infra.errors import SightlineError
from services.audit.domain.refusals import Problem, ToolInvalid
from services.audit.domain.tools.comparison import ToolComparison, compare
from services.audit.domain.tools.document import ToolDocument, read_tool
from shared.web.principal import Role
from shared.web.repeated import repeated_keys

_DRAFT: Final = "draft"

app = typer.Typer(
    help="Audit tools: draft, compare, publish, retire, list, show, import and export them.", no_args_is_help=True
)

Authority = Annotated[str, typer.Option(help="Key of the authority whose tool it is.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def tool() -> None:
    """Act on audit tools. docs/contracts/audit-tool.schema.json describes the document; services/audit/tools has some.

    Every command ends with 0 when it is done, 1 when it is refused (every fault is listed), 2 when it could not be
    asked.
    """


@app.command()
def publish(
    authority: Authority,
    file: Annotated[Path | None, typer.Argument(help="The tool's JSON document.")] = None,
    drafted: Annotated[str | None, typer.Option(help="Publish the saved draft of this tool instead.")] = None,
    as_json: AsJson = False,
) -> None:
    """Publish a tool, or its next version; the same document again changes nothing."""
    if (file is None) == (drafted is None):
        raise SightlineError("Name a document to publish, or a tool whose draft is to be: --drafted TOOL.")
    who: dict[str, Any] = {"role": Role.QA_MANAGER, "params": {"authority": authority}}
    if file is not None:
        answer = taken(post("tools", authority, json=_document(file), **who), as_json=as_json)
    else:
        answer = taken(post(f"tools/{drafted}/publication", authority, **who), as_json=as_json)
    if as_json:
        print_json(answer)
    else:
        console.print(f"{answer['tool']} is published as version {answer['version']}.")
        _show_warnings(answer)


@app.command()
def draft(
    file: Annotated[Path, typer.Argument(help="The tool's JSON document.")],
    authority: Authority,
    as_json: AsJson = False,
) -> None:
    """Save a draft of a tool's next version, in place of the one before, and show what it would change."""
    document = _document(file)
    name = _read(document, as_json=as_json).tool
    answer = taken(
        put(f"tools/{name}/draft", authority, role=Role.QA_MANAGER, params={"authority": authority}, json=document),
        as_json=as_json,
    )
    if as_json:
        print_json(answer)
        return
    console.print(f"The draft of {name} is saved.")
    if answer["comparison"] is not None:
        _show_comparison(ToolComparison.model_validate(answer["comparison"]))
    _show_warnings(answer)


@app.command("compare")
def compare_versions(
    old: Annotated[str, typer.Argument(help="A document, or the number of a published version.")],
    new: Annotated[str, typer.Argument(help="A document, the number of a published version, or `draft`.")],
    authority: Annotated[str | None, typer.Option(help="Key of the authority; not needed for two documents.")] = None,
    named: Annotated[str | None, typer.Option("--tool", help="The tool; not needed where a document says it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a new version adds, removes, re-means: which past answers carry over, which trends break.

    Ends with 1 where the new version is refused: an id that changes its meaning, or one that was used before.
    """
    comparison = _compared(old, new, authority, named, as_json=as_json)
    if as_json:
        print_json(comparison.model_dump(mode="json"))
    else:
        _show_comparison(comparison)
    if comparison.refused:
        raise typer.Exit(SAYS_NO)


@app.command()
def retire(
    name: Annotated[str, typer.Argument(metavar="TOOL", help="The tool.")],
    version: Annotated[int, typer.Argument(min=1, help="The published version.")],
    authority: Authority,
    as_json: AsJson = False,
) -> None:
    """Let no new audit begin with a version; audits under way finish on it."""
    path = f"tools/{name}/versions/{version}/retirement"
    answer = taken(post(path, authority, role=Role.QA_MANAGER, params={"authority": authority}), as_json=as_json)
    if as_json:
        print_json(answer)
    else:
        console.print(f"{name}, version {version}, is retired. Audits under way finish on it.")


@app.command("list")
def list_tools(
    authority: Authority,
    kind: Annotated[str | None, typer.Option(help="Only tools for this kind of audit.")] = None,
    status: Annotated[str | None, typer.Option(help="Only: draft, published or retired.")] = None,
    as_json: AsJson = False,
) -> None:
    """List an authority's tools: their standing, their versions, and which one new audits begin with."""
    rows = list(_rows(authority, kind, status))
    if as_json:
        print_json(rows)
        return
    if not rows:
        console.print("There are none. `sightline tool publish` publishes one.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Tool", "Title", "Standing", "Versions", "In use", "Kinds"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "Tool")  # it is typed after `show` or `export`
    for row in rows:
        standing = f"{row['status']}, with a draft" if row["has_draft"] and row["versions"] else row["status"]
        in_use = "none" if row["in_use"] is None else str(row["in_use"])
        cells = (row["tool"], row["title"], standing, str(row["versions"]), in_use, ", ".join(row["kinds"]))
        table.add_row(*cells)
    console.print(table, markup=False)


app.command("show")(tool_books.show_tool)
app.command("export")(tool_books.export_tool)
app.command("import")(tool_books.import_workbook)
app.command("shipped")(tool_books.shipped_tools)


def _compared(old: str, new: str, authority: str | None, named: str | None, *, as_json: bool) -> ToolComparison:
    number, newer = _number(old), _number(new)
    if number is None:
        if newer is not None or new == _DRAFT:
            raise SightlineError(
                "A published version or a draft is compared with a published version: give its number."
            )
        before = _read(_document(Path(old)), as_json=as_json)
        after = _read(_document(Path(new)), as_json=as_json)
        try:
            return compare(before, after)
        except ToolInvalid as invalid:
            _refuse(invalid, as_json=as_json)
    if authority is None:
        raise SightlineError("Say whose tool it is: --authority KEY.")
    who: dict[str, Any] = {"role": Role.QA_OFFICER, "params": {"authority": authority, "old": number}}
    if newer is None and new != _DRAFT:
        document = _document(Path(new))
        name = named or _read(document, as_json=as_json).tool
        answer = post(f"tools/{name}/comparison", authority, json=document, **who)
    elif named is None:
        raise SightlineError("Say which tool it is: --tool NAME.")
    else:
        if newer is not None:
            who["params"]["new"] = newer
        answer = get(f"tools/{named}/comparison", authority, **who)
    return ToolComparison.model_validate(taken(answer, as_json=as_json))


def _number(given: str) -> int | None:
    return int(given) if given.isdecimal() and int(given) > 0 else None


def _rows(authority: str, kind: str | None, status: str | None) -> Iterator[dict[str, Any]]:
    wanted = {"authority": authority, "kind": kind, "status": status, "limit": 500, "after": None}
    while True:
        params = {name: value for name, value in wanted.items() if value is not None}
        page = get("tools", authority, role=Role.QA_OFFICER, params=params)
        yield from page["tools"]
        wanted["after"] = page["after"]
        if wanted["after"] is None:
            return


def _show_comparison(comparison: ToolComparison) -> None:
    for line in comparison_lines(comparison):
        console.print(line, markup=False)


def _read(document: Any, *, as_json: bool) -> ToolDocument:
    """Return a document as a tool; its faults are shown as the service shows them."""
    try:
        if not isinstance(document, dict):
            whole = Problem("document", "it is no JSON object", "Write the tool as an object in braces.")
            raise ToolInvalid([whole])  # noqa: TRY301 - told as every other fault of the document
        return read_tool(document)
    except ToolInvalid as invalid:
        _refuse(invalid, as_json=as_json)


def _show_warnings(answer: dict[str, Any]) -> None:
    for warning in answer.get("warnings", ()):
        console.print(f"Look at this again: {warning}", soft_wrap=True)


def _refuse(invalid: ToolInvalid, *, as_json: bool) -> NoReturn:
    found = [
        {"place": each.place.replace(".", "/"), "message": each.message, "way_out": each.way_out}
        for each in invalid.problems
    ]
    refuse(invalid.code, invalid.sentence, found, as_json=as_json)


def _document(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        document = json.loads(text)
    except OSError as error:
        raise SightlineError(
            f"{file} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise SightlineError(f"{file} is not UTF-8: save it as UTF-8 and try again.") from error
    except json.JSONDecodeError as error:
        raise SightlineError(f"{file} is not JSON near line {error.lineno}: mend it and try again.") from error
    if places := repeated_keys(text):
        named = ", ".join("/".join(map(str, place)) for place in places)
        raise SightlineError(f"{file} has keys more than once in the same object ({named}): keep one of each.")
    return document
