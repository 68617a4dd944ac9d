"""Traces of matrices that nobody writes down: exact, or estimated from products with vectors.

The matrix is a linear map, the Jacobian of a function at a point (its trace is the divergence), or
the Hessian of a number (its trace is the Laplacian). All of it differentiates in the point and in
what the function closes over, and takes batches of points. `docs/estimators.md` says which
estimator is for what.

Example:
    >>> import pyad
    >>> from pyad.estimators import divergence, hutchinson
    >>> x = pyad.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> divergence(lambda x: x**2, x, batch=True)
    tensor([ 6., 14.])
    >>> hutchinson(lambda x: x**2, x, 1, batch=True).value
    tensor([ 6., 14.])
"""

from pyad.estimators.exact import divergence
from pyad.estimators.traces import TraceEstimate, hutchinson, hutchpp, xtrace

__all__ = ["TraceEstimate", "divergence", "hutchinson", "hutchpp", "xtrace"]
