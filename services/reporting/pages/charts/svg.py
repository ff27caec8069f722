"""The few SVG elements that charts are made of; texts are escaped, numbers rounded, so that equal is equal.

Places across are in percent of the width. Heights and places down are given in pixels as at the usual size of letters
and written in rem: where a reader has letters larger, rows make room for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup, escape

_USUAL: Final = 16
"""A rem in pixels unless a reader has chosen larger letters."""


def place(value: float) -> str:
    """Return a place in percent of the chart's width."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


def length(value: float) -> str:
    """Return a height or distance down, given in pixels at the usual size of letters, as it grows with them."""
    return f"{value / _USUAL:.4f}".rstrip("0").rstrip(".") + "rem"


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> Markup:
    """Return a line of text; `x` in percent, `y` in pixels, `anchor` start, middle or end."""
    classes = Markup(' class="{}"').format(kind) if kind else Markup()
    return Markup('<text x="{}" y="{}" text-anchor="{}"{}>{}</text>').format(
        place(x), length(y), anchor, classes, words
    )


def box(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    """Return a rectangle; `x` and `width` in percent, `y` and `height` in pixels."""
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"/>').format(
        place(x), length(y), place(width), length(height), kind
    )


def filled(x: float, y: float, width: float, height: float, pattern: str) -> Markup:
    """Return a rectangle filled with a pattern, `url(#...)`, over whatever lies under it."""
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}" class="hatched"/>').format(
        place(x), length(y), place(width), length(height), pattern
    )


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """Return a line; `x` in percent, `y` in pixels."""
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
        place(x1), length(y1), place(x2), length(y2), kind
    )


def shape(x: float, y: float, path: str, kind: str) -> Markup:
    """Return a small shape drawn around a place; the path is in pixels from there."""
    return Markup('<svg x="{}" y="{}" class="shape"><path d="{}" class="{}"/></svg>').format(
        place(x), length(y), path, kind
    )


def dot(x: float, y: float, radius: float, kind: str) -> Markup:
    """Return a round point."""
    return Markup('<circle cx="{}" cy="{}" r="{}" class="{}"/>').format(place(x), length(y), length(radius), kind)


def picture(
    name: str, title: str, alternative: str, height: float, parts: Iterable[Markup], *, kind: str = ""
) -> Markup:
    """Return the SVG element: an image with a title and a description that says what it shows."""
    return Markup(
        '<svg class="chart{kind}" id="{id}" role="img" aria-labelledby="{id}-title {id}-description" '
        'width="100%" height="{height}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{id}-title">{title}</title><desc id="{id}-description">{alternative}</desc>{parts}</svg>'
    ).format(
        id=f"chart-{name}",
        title=title,
        alternative=alternative,
        height=length(height),
        parts=Markup().join(parts),
        kind=f" {kind}" if kind else "",
    )


def hatch(name: str, kind: str) -> Markup:
    """Return a pattern of diagonal lines, which tells a part apart in black and white."""
    return Markup(
        '<defs><pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" class="{}"/><line x1="0" y1="0" x2="0" y2="6" class="hatch-line"/></pattern></defs>'
    ).format(escape(name), escape(kind))
