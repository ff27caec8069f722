"""How figures are written on pages: numbers, percentages, decimals, dates, and what stands where there is none."""

from __future__ import annotations

from services.reporting.reports.figures import Cell, Count, Decimal, Share

HIDDEN = "c"
NO_CASES = "none"
TOO_FEW = "n under 10"
REASONS = {
    "late-events": "events came late",
    "amendment": "audits were amended or withdrawn",
    "measure-changed": "a measure changed",
    "settings-changed": "settings of the authority changed",
    "other": "for another reason",
}
"""Why a published report has a successor, by its code."""


def count(figure: Count) -> str:
    """Return a count as it is printed: `1,204`, `0`, or `c`."""
    return HIDDEN if figure.value is None else f"{figure.value:,}"


def share(figure: Share) -> str:
    """Return a percentage as it is printed, or why there is none."""
    if figure.percent is not None:
        return f"{figure.percent}%"
    return {"suppressed": HIDDEN, "too-few": TOO_FEW}.get(figure.missing or "", NO_CASES)


def decimal(figure: Decimal) -> str:
    """Return a number with its decimals and its interval: `0.85 (0.82 to 0.88)`."""
    if figure.value is None:
        too_few = "n under 30" if figure.decimals > 1 else TOO_FEW  # a mean or coefficient; a median or percentage
        return {"suppressed": HIDDEN, "too-few": too_few}.get(figure.missing or "", NO_CASES)
    text = signed(figure.value, figure.decimals)
    if figure.low is not None and figure.high is not None:
        text += f" ({signed(figure.low, figure.decimals)} to {signed(figure.high, figure.decimals)})"
    return text


def signed(value: float, decimals: int) -> str:
    """Return a number with so many decimals and a true minus sign."""
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def cell(figure: Cell) -> str:
    """Return any cell of a table in words or figures."""
    match figure:
        case Count():
            return count(figure)
        case Share():
            return share(figure)
        case Decimal():
            return decimal(figure)
    return figure.text


def figure(cell: Cell | None) -> str:
    """Return a figure as a list of changes prints it: with what it is of, as two of them may differ in that alone."""
    match cell:
        case None:
            return "not there"
        case Share(part=part, of=of):
            return f"{share(cell)} ({count(part)} of {count(of)})"
        case Decimal(of=of):
            return f"{decimal(cell)}, n {count(of)}"
        case Count():
            return count(cell)
    return cell.text
