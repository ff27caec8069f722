"""`sightline tool publish`: an audit tool from its JSON document, through the audit service."""

import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from infra.cli.audit_service import Refusal, post
from infra.cli.show import console
from infra.errors import SightlineError
from shared.web.principal import Role

_SAYS_NO: Final = 1

app = typer.Typer(help="Audit tools: publish one, or its next version.", no_args_is_help=True)


@app.callback()
def tool() -> None:
    """Act on audit tools. docs/contracts/audit-tool.schema.json describes the document; infra/sample/tools has some."""


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="The tool's JSON document.")],
    authority: Annotated[str, typer.Option(help="Key of the authority it is published for.")],
) -> None:
    """Publish a tool, or its next version; the same document again changes nothing. Ends with 1 where it has faults."""
    answer = post("tools", authority, role=Role.QA_MANAGER, params={"authority": authority}, json=_document(file))
    if isinstance(answer, Refusal):
        console.print(answer.detail)
        for each in answer.problems:
            console.print(
                f"  {each['place'].removeprefix('body/')}: {each['message']}. {each['way_out']}", markup=False
            )
        raise typer.Exit(_SAYS_NO)
    console.print(f"{answer['tool']} is published as version {answer['version']}.")


def _document(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SightlineError(
            f"{file} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise SightlineError(f"{file} is not UTF-8: save it as UTF-8 and publish it again.") from error
    except json.JSONDecodeError as error:
        raise SightlineError(f"{file} is not JSON near line {error.lineno}: mend it and publish it again.") from error
