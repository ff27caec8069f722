"""`sightline status`: what runs, in which version, and how each service stands with its work."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from infra.cli.addresses import address_of
from infra.cli.show import console, moment_in_words, parts_table, print_json, state_json
from infra.errors import SightlineError
from infra.stack.control import running
from infra.stack.home import Home, default_home
from infra.stack.leftovers import left_over
from infra.stack.part import SERVICES


def status(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what runs, its version, and each service's lag, outbox, parked and missing messages, overdue, notices."""
    home = Home(default_home())
    if home.root.exists() and not os.access(home.root, os.R_OK | os.X_OK):
        raise SightlineError(f"The folder {home.root} cannot be read: ask as the user who started Sightline.")
    state = running(home)
    asked = [name for name in SERVICES if state is None or name in state.parts]
    elsewhere = state is None and not home.environment_file.exists() and _named_by_hand()
    services = ask(home, asked) if state is not None or elsewhere else {}
    if as_json:
        print_json({**state_json(state, str(home.root)), "services": services})
        return
    if state is None and not elsewhere:
        left = left_over(home)
        console.print(
            f"Nothing is running in {home.root}. `sightline up` starts it."
            if not left
            else f"The supervisor was killed and left {', '.join(left)} running in {home.root}: "
            "`sightline down` ends that, `sightline up` starts anew with the data as it is.",
            soft_wrap=True,
        )
        return
    if state is not None:
        console.print(f"Sightline in {home.root}: {state.phase}{_since(state.started_at)}", soft_wrap=True)
        if state.failure:
            console.print(state.failure)
        versions = ", ".join(f"{name} {version}" for name, version in state.versions.items())
        console.print(parts_table(state))
        console.print(f"Versions: {versions}", soft_wrap=True)
    if services:
        console.print(services_table(services))
        for line in (*missing_in_words(services), *notices_in_words(services), *attention_in_words(services)):
            console.print(line, soft_wrap=True)


def _since(started_at: str) -> str:
    """Say when it was started; nothing where the state does not say so."""
    try:
        return f" (started {moment_in_words(datetime.fromisoformat(started_at), datetime.now(UTC))})"
    except ValueError:
        return ""


def _named_by_hand() -> bool:
    named = [f"SIGHTLINE_{name.upper()}_{what}" for name in SERVICES for what in ("PORT", "URL")]
    return any(os.environ.get(name) for name in named)


def ask(home: Home, names: list[str]) -> dict[str, dict[str, Any]]:
    """Ask each service for its `/operations/status`; one that does not answer is given as `{"error": ...}`."""
    if not names:
        return {}
    from shared.web.principal import WHOLE, Role  # noqa: PLC0415 - slow imports, needed only where services run
    from shared.web.tokens import LocalIssuer  # noqa: PLC0415

    token = os.environ.get("SIGHTLINE_TOKEN") or LocalIssuer(home.keys).issue(Role.OPERATOR, WHOLE, hours=0.1)
    with ThreadPoolExecutor(max_workers=len(names)) as pool:
        return dict(zip(names, pool.map(lambda name: _ask_one(name, token), names), strict=True))


def _ask_one(name: str, token: str) -> dict[str, Any]:
    import httpx  # noqa: PLC0415 - as above

    try:
        answer = httpx.get(
            f"{address_of(name)}/operations/status",
            headers={"Authorization": f"Bearer {token}"},
            timeout=5,
            trust_env=False,
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
    except httpx.HTTPStatusError as error:
        return {"error": f"answers {error.response.status_code}"}
    except (httpx.HTTPError, ValueError):
        return {"error": "does not answer"}
    return found


def services_table(services: dict[str, dict[str, Any]]) -> Table:
    """Lay out what the services said, one a row."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    table.add_column("service")
    for heading in ("version", "ready", "lag", "outbox", "oldest", "parked", "missing", "overdue", "notices"):
        table.add_column(heading, justify="right")
    for name, said in services.items():
        if "error" in said:
            table.add_row(name, *[""] * 8, f"[red]{said['error']}[/]")
            continue
        outbox = said.get("outbox") or {}
        table.add_row(
            name,
            str(said.get("version", "")),
            "yes" if said.get("ready") else "[red]no[/]",
            _lag(said.get("lag")),
            _number(outbox.get("depth")),
            f"{float(outbox.get('oldest_age_seconds') or 0):.0f} s",
            _warned(said.get("parked")),
            _warned(said.get("missing")),
            _warned(said.get("overdue")),
            _notices(said.get("notices")),
        )
    return table


def missing_in_words(services: dict[str, dict[str, Any]]) -> list[str]:
    """Say, a line a service, that messages never came to it, and what brings them in."""
    return [
        f"{name}: {said['missing']:,} messages never came though later ones did: `sightline parked holes` says of "
        "which topic; stop the service that writes to it, `sightline republish` it, and start it again."
        for name, said in services.items()
        if said.get("missing")
    ]


def notices_in_words(services: dict[str, dict[str, Any]]) -> list[str]:
    """Say, a line a service, that messages to people are not going out, and where to look."""
    lines = []
    for name, said in services.items():
        notices = said.get("notices") or {}
        failing, given_up = notices.get("failing", 0), notices.get("given_up", 0)
        if failing or given_up:
            because = f" ({notices['reason']})" if notices.get("reason") else ""
            lines.append(
                f"{name}: {failing:,} messages to people fail{because} and are tried again, {given_up:,} were given "
                "up: `sightline notices list`."
            )
    return lines


def attention_in_words(services: dict[str, dict[str, Any]]) -> list[str]:
    """Say what needs somebody, a line a thing, as the services say it."""
    return [f"{name}: {one['words']}" for name, said in services.items() for one in said.get("attention") or ()]


def _notices(notices: Any) -> str:
    """Show the messages that wait and, in red, those given up; a dash where the service tells nobody."""
    if not isinstance(notices, dict):
        return "-"
    waiting, given_up = notices.get("waiting", 0), notices.get("given_up", 0)
    shown = _warned(waiting) if notices.get("failing") else _number(waiting)
    return f"{shown} [red]+{given_up:,}[/]" if given_up else shown


def _lag(lag: Any) -> str:
    """Show the messages not handled yet, all topics together; a dash where the service reads none."""
    return _number(sum(lag.values()) if isinstance(lag, dict) else lag)


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:,}"


def _warned(value: Any) -> str:
    return f"[red]{value:,}[/]" if value else _number(value)
