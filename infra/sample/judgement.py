"""How good practice is in the made-up authority, and how differently people see it.

Practice has a hidden quality, drawn a case; each grader adds their own leniency and the day's chance. So auditors are
a little kinder than moderators (practice.md section 4: moderation mostly lowers), and agree with them about as often
as inspectors found auditors to (45 to 75%).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from infra.sample.plan import GRADES, Grade

_CUTS = (-1.5, -0.05, 1.45)
_MONTH_OF_THE_DIP = 5.0
_DEPTH_OF_THE_DIP = 1.0


@dataclass(frozen=True, slots=True)
class Grader:
    """An auditor or moderator: a staff number and how lenient they are, in units of quality."""

    number: str
    leniency: float
    unsteadiness: float

    def grade(self, quality: float, rng: random.Random) -> Grade:
        """Give the grade this person gives to practice of this hidden quality."""
        return grade_of(quality + self.leniency + rng.gauss(0, self.unsteadiness))


def grade_of(quality: float) -> Grade:
    """Give the grade of a quality: about 7% inadequate, 40% requires improvement, 45% good, 8% outstanding."""
    return GRADES[sum(quality >= cut for cut in _CUTS)]


def auditors(prefix: str, count: int, rng: random.Random) -> list[Grader]:
    """Make auditors, on the whole a little too kind."""
    return [Grader(f"{prefix}-A{number:03}", rng.gauss(0.28, 0.3), 0.35) for number in range(1, count + 1)]


def moderators(prefix: str, count: int, rng: random.Random) -> list[Grader]:
    """Make moderators, steadier and stricter than auditors."""
    return [Grader(f"{prefix}-M{number:03}", rng.gauss(0.0, 0.12), 0.2) for number in range(1, count + 1)]


def district_quality(level: float, *, dips: bool, month: float) -> float:
    """Give a district's mean quality in a month of the year (0 to 11); one district gets worse, then better."""
    if not dips:
        return level
    return level - _DEPTH_OF_THE_DIP * math.exp(-(((month - _MONTH_OF_THE_DIP) / 2.2) ** 2))
