"""Reads a settings document as YAML: dates stay text, for the settings to judge, and a key that stands twice is told.

YAML itself lets the last of two equal keys win, so that half of somebody's settings would be passed over in silence.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

_FAST: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
_TIMESTAMP: Final = "tag:yaml.org,2002:timestamp"


class NotYaml(ValueError):
    """The text cannot be read; the sentence goes on after the document's name."""


class _Loader(_FAST):  # type: ignore[misc]  # PyYAML is untyped
    """The safe loader without dates: a 30 February would end it, and hide every other fault of the document."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the name and shape are PyYAML's
        first: [(tag, pattern) for tag, pattern in found if tag != _TIMESTAMP]
        for first, found in _FAST.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.repeated: list[tuple[str, int]] = []

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                self.repeated.append((key.value, key.start_mark.line + 1))
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> tuple[Any, list[tuple[str, int]]]:
    """Return what the document says, and each key that stands twice in one part, with its line.

    Raises:
        NotYaml: it is no YAML; the sentence says near which line.

    """
    loader = _Loader(text)
    try:
        return loader.get_single_data(), sorted(loader.repeated, key=lambda one: one[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" near line {mark.line + 1}" if mark else ""
        raise NotYaml(f"is not readable YAML{line}. Check the indentation and the colons.") from error
    finally:
        loader.dispose()
