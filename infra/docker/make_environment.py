"""Write the env file of docker-compose with passwords and a key of its own: `python3 infra/docker/make_environment.py`.

Needs nothing but Python. An existing file keeps every value; settings that an earlier version did not have are added.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXAMPLE = HERE / "environment.example"
TARGET = HERE.parents[1] / ".env"


def filled(example: str) -> str:
    """Return the example with a random value for every setting left empty."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        random = base64.b64encode(secrets.token_bytes(32)).decode() if name.endswith("KEY") else secrets.token_hex(24)
        return f"{name}={random}"

    return re.sub(r"^([A-Z_]+)=$", value, example, flags=re.MULTILINE)


def missing(example: str, existing: str) -> str:
    """Return the lines of the example that must be filled in and whose settings an existing file lacks."""
    named = re.compile(r"^([A-Z_]+)=", flags=re.MULTILINE)
    known = set(named.findall(existing))
    needed = re.findall(r"^([A-Z_]+)=$", example, flags=re.MULTILINE)
    return "".join(f"{name}=\n" for name in needed if name not in known)


def main() -> int:
    """Write the file for its owner alone, or add what it lacks; 0 when it is there and whole."""
    if TARGET.exists():
        existing = TARGET.read_text()
        added = missing(EXAMPLE.read_text(), existing)
        if added:
            with TARGET.open("a") as file:
                file.write(("" if existing.endswith("\n") else "\n") + filled(added))
            sys.stdout.write(f"Added to {TARGET.name} what it lacked: {', '.join(added.replace('=', '').split())}.\n")
        else:
            sys.stdout.write(f"{TARGET.name} is there already and was left as it is.\n")
        return 0
    descriptor = os.open(TARGET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(filled(EXAMPLE.read_text()))
    sys.stdout.write(
        f"Wrote {TARGET.name}. Keep a copy of it apart from the data: without its key no text can be read.\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
