"""The cases, a file per family; here they are only joined, in the order of the table."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.case import Case
from benchmarks.cases import (
    convolution,
    data,
    elementwise,
    growth,
    imports,
    jacobian,
    mlp,
    models,
    optim,
    random,
    recurrent,
    scalar,
    scalar_program,
    script,
    transforms,
)

CASES: Mapping[str, Case] = {
    case.name: case
    for family in (
        elementwise,
        growth,
        scalar,
        scalar_program,
        jacobian,
        transforms,
        mlp,
        convolution,
        recurrent,
        models,
        script,
        optim,
        random,
        data,
        imports,
    )
    for case in family.CASES
}
