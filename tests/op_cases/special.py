"""Cases of special functions that are made of other ops."""

from __future__ import annotations

import numpy as np

from op_cases.tools import on

_ZERO = np.array([0.0, 0.0, -2.0])


def special(name, *args):
    return lambda p, *xs: getattr(p.special, name)(*xs, *args)


ROWS: dict = {
    "ndtr": on([(3, 4)], special("ndtr"))
    + on([np.array([-12.0, -3.0, 0.0, 6.0])], special("ndtr")),
    "xlog1py": on([(3, 4), np.linspace(0.3, 2.0, 4)], special("xlog1py"))
    + on([_ZERO, np.array([0.5, 3.0, 0.25])], special("xlog1py"))
    + on([(3, 4)], special("xlog1py", 0.5)),
}
