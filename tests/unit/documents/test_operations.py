"""docs/operations.md says what the code says."""

import re
from pathlib import Path

from infra.documents import operations


def test_the_reference_is_up_to_date() -> None:
    written = operations.PAGE.read_text()
    assert written == operations.page(written), "python -m infra.documents.operations"


def test_every_setting_that_the_code_reads_by_name_is_listed() -> None:
    """Found by reading the source as text, apart from the settings models."""
    written = operations.PAGE.read_text()
    root = Path(operations.__file__).parents[2]
    named = set()
    for package in ("shared", "services", "infra"):
        for file in (root / package).rglob("*.py"):
            named |= set(re.findall(r"\"(SIGHTLINE_[A-Z]+(?:_[A-Z]+)*)\"", file.read_text()))
    missing = sorted(name for name in named if f"`{name}`" not in written)
    assert missing == []


def test_every_setting_says_what_it_is() -> None:
    silent = [
        f"{model.__name__}.{name}"
        for model in operations.settings_models()
        for name, field in model.model_fields.items()
        if not field.description
    ]
    assert silent == []
