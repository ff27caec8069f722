"""What an address is asked with: a query parameter that it does not know is refused, not passed over.

`?overdu=true` would otherwise answer with everything, and whoever asked would take that for what is overdue.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.web.problems import FieldProblem, from_validation, invalid, safe_name

_NEAR: Final = 0.6
"""How alike two names are, from 0 to 1, for one to be meant by the other."""


def refuse_unknown(request: Request) -> None:
    """Refuse a request whose address has a parameter that its route does not take.

    What is wrong with those it takes is told with it, in the same answer.

    Raises:
        Problem: 422, with each unknown parameter and the nearest one that is known.

    """
    route = request.scope.get("route")
    if not request.query_params or not isinstance(route, APIRoute):
        return
    dependants = list(_with_dependencies(route.dependant))
    known = {name for one in dependants for field in one.query_params for name in _names(field)}
    unknown = [name for name in dict.fromkeys(request.query_params.keys()) if name not in known]
    if not unknown:
        return
    errors = [
        error for one in dependants for error in request_params_to_args(one.query_params, request.query_params)[1]
    ]
    raise invalid([*(_unknown(name, known) for name in unknown), *from_validation(errors).problems])


def _with_dependencies(dependant: Dependant) -> Iterable[Dependant]:
    yield dependant
    for one in dependant.dependencies:
        yield from _with_dependencies(one)


def _names(field: Any) -> Sequence[str]:
    """Return what a parameter is called in an address; a model of parameters stands for its fields."""
    model = field.field_info.annotation
    if isinstance(model, type) and issubclass(model, BaseModel):
        return [one.alias or name for name, one in model.model_fields.items()]
    return [field.alias]


def _unknown(name: str, known: Iterable[str]) -> FieldProblem:
    names = sorted(known)
    near = get_close_matches(name.lower(), names, n=1, cutoff=_NEAR)
    if not names:
        way_out = "Leave it out; this address takes none."
    elif near:
        way_out = f"Did you mean {near[0]}? This address takes {', '.join(names)}."
    else:
        way_out = f"Leave it out; this address takes {', '.join(names)}."
    shown = safe_name(name)
    return FieldProblem(
        field=shown, place=f"query/{shown}", message="This parameter is not known here.", way_out=way_out
    )
