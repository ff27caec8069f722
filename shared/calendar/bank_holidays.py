"""The bank holidays of England and Wales, within the years they are published for.

The `holidays` package computes any year without a word; the official list reaches to the end of 2028 only, and a year
beyond it can still get a day nobody foresaw (2022 and 2023 did). So the horizon is set here, on purpose: whoever moves
it compares the new years with the published list first and gives `DATA_VERSION` the next number.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType

import holidays

FIRST_DAY = date(2015, 1, 1)
LAST_DAY = date(2028, 12, 31)
DATA_VERSION = "england-and-wales/2026.1"


@cache
def bank_holidays() -> Mapping[date, str]:
    """Give every bank holiday from `FIRST_DAY` to `LAST_DAY` with its name, substitute days included."""
    years = range(FIRST_DAY.year, LAST_DAY.year + 1)
    return MappingProxyType(dict(sorted(holidays.country_holidays("GB", subdiv="ENG", years=years).items())))
