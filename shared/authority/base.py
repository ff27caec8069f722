"""What every part of a settings document is made of."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Grade = Literal["outstanding", "good", "requires-improvement", "inadequate"]
Concern = Literal["practice", "safeguarding"]
Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """The base of every part: unknown fields are mistakes, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
