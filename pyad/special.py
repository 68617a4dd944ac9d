"""Special functions under torch.special's names: the rows of the op table in this namespace.

Example:
    >>> import pyad
    >>> pyad.special.expit(pyad.tensor(0.0))
    tensor(0.5000)
"""

from pyad._core import special as _rows
from pyad._core.special import *  # noqa: F403  (its __all__)

__all__ = [*_rows.__all__]
