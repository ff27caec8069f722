"""What the commands of `sightline tool` do with answers: show what was refused, never write over a file unasked."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from infra.cli.audit_service import Refusal
from infra.cli.show import console, print_json
from infra.errors import SightlineError
from services.audit.domain.tools.document import read_tool

SAYS_NO: Final = 1

Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def taken(answer: dict[str, Any] | Refusal, *, as_json: bool = False) -> dict[str, Any]:
    """Return what the service answered; what it refused is shown, and the command ends with 1."""
    if isinstance(answer, Refusal):
        refuse(answer.kind, answer.detail, answer.problems, as_json=as_json)
    return answer


def refuse(kind: str, detail: str, problems: Sequence[dict[str, str]], *, as_json: bool = False) -> NoReturn:
    """Show why something is refused, every fault at its place, and end with 1."""
    if as_json:
        print_json({"refused": kind, "detail": detail, "problems": list(problems)})
        raise typer.Exit(SAYS_NO)
    console.print(detail, markup=False)
    for each in problems:
        sentences = in_sentences(each["message"], each["way_out"])
        console.print(f"  {each['place'].removeprefix('body/')}: {sentences}", markup=False)
    raise typer.Exit(SAYS_NO)


def in_sentences(message: str, way_out: str) -> str:
    """Return a fault and its way out as sentences, each with one full stop."""
    return " ".join(f"{each.rstrip('.')}." for each in (message.strip(), way_out.strip()) if each)


def document_text(document: dict[str, Any]) -> str:
    """Return a document as the text of its file, without what is its default."""
    plain = read_tool(document).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def refuse_overwriting(files: Iterable[Path | None], *, force: bool) -> None:
    """Raise `SightlineError` where a file is there already and nobody asked to write over it."""
    there = [str(file) for file in files if file is not None and file.exists()]
    if there and not force:
        which = f"{there[0]} is" if len(there) == 1 else f"{' and '.join(there)} are"
        raise SightlineError(f"{which} there already: name another file, or add --force to write over it.")


def write(file: Path, content: bytes) -> None:
    """Write a file, and say so."""
    try:
        file.write_bytes(content)
    except OSError as error:
        raise SightlineError(f"{file} cannot be written ({error.strerror}): check the path.") from error
    console.print(f"{file} is written.", markup=False)
