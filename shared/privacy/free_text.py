"""Free text of a child's file as it comes in, before it is sealed: of bounded length, and readable as it stands."""

import unicodedata
from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

LONGEST: Final = 20_000
"""So many characters a text may have; by this limit a box of free text is known in an OpenAPI document."""

_KEPT_CONTROLS: Final = "\n\t\r"
_KEPT_FORMATS: Final = "\u00ad\u200c\u200d"
"""Format characters that writing needs: the soft hyphen, and the joiners of Persian, Hindi and emoji."""


def plain_text(text: str) -> str:
    """Give a text back that people can read as it stands.

    Raises:
        ValueError: it holds a control character, half a character, or a mark that nobody sees, such as one that turns
            the direction of the text round. The sentence names the character and its place, nothing of the text.

    """
    for at, letter in enumerate(text, start=1):
        kind = unicodedata.category(letter)
        if kind in {"Cc", "Cs"} and letter not in _KEPT_CONTROLS:
            raise ValueError(f"the text holds a control character, at letter {at}: U+{ord(letter):04X}; take it out")
        if kind == "Cf" and letter not in _KEPT_FORMATS:
            raise ValueError(
                f"the text holds a character that cannot be seen, at letter {at}: U+{ord(letter):04X}; take it out"
            )
    return text


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST), AfterValidator(plain_text)
]
"""A text of a child's file; it is sealed before it goes any further."""
