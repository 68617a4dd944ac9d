"""Cases of special functions that are made of other ops."""

from __future__ import annotations

import numpy as np

from op_cases.tools import on


def special(name, *args):
    return lambda p, *xs: getattr(p.special, name)(*xs, *args)


ROWS: dict = {
    "ndtr": on([(3, 4)], special("ndtr"))
    + on([np.array([-12.0, -3.0, 0.0, 6.0])], special("ndtr")),
}
