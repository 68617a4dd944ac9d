"""Cases of linear algebra: matrices that have factors, made inside the calls of random inputs."""

from __future__ import annotations

from op_cases.tools import on


def definite(p, x):
    """A symmetric positive definite matrix of any square one."""
    return x @ x.mT + 2 * p.eye(x.shape[-1], dtype=x.dtype)


def lower(x):
    """A lower triangular matrix with a diagonal away from 0."""
    return x.tril(-1) + (x.diagonal(dim1=-2, dim2=-1).abs() + 1).diag_embed()


SQUARES = [(2, 4, 4)]
SYSTEMS = [(2, 4, 4), (4, 3)]

ROWS: dict = {
    "cholesky": on(
        SQUARES,
        lambda p, x: p.linalg.cholesky(definite(p, x)),
        lambda p, x: p.linalg.cholesky(definite(p, x), upper=True),
    )
    + on([(30, 30)], lambda p, x: p.linalg.cholesky(definite(p, x)))
    + on([(0, 3, 3)], lambda p, x: p.linalg.cholesky(definite(p, x))),
    "cholesky_ex": on(
        SQUARES,
        lambda p, x: p.linalg.cholesky_ex(definite(p, x)),
        lambda p, x: p.linalg.cholesky_ex(definite(p, x), upper=True, check_errors=True)[0],
    ),
    "solve_triangular": on(
        SYSTEMS,
        lambda p, x, b: p.linalg.solve_triangular(lower(x), b, upper=False),
        lambda p, x, b: p.linalg.solve_triangular(lower(x).mT, b, upper=True),
        lambda p, x, b: p.linalg.solve_triangular(lower(x), b.mT, upper=False, left=False),
        lambda p, x, b: p.linalg.solve_triangular(x / 4, b, upper=False, unitriangular=True),
        lambda p, x, b: p.linalg.solve_triangular(x / 4, b, upper=True, unitriangular=True),
    )
    + on(
        [(30, 30), (2, 30, 5)],
        lambda p, x, b: p.linalg.solve_triangular(lower(x * 0.1), b, upper=False),
        lambda p, x, b: p.linalg.solve_triangular(lower(x * 0.1).mT, b, upper=True),
    ),
    "cholesky_solve": on(
        SYSTEMS,
        lambda p, x, b: p.cholesky_solve(b.expand(2, 4, 3), lower(x)),
        lambda p, x, b: b.expand(2, 4, 3).cholesky_solve(lower(x).mT, True),
    ),
    "cholesky_inverse": on(
        SQUARES,
        lambda p, x: p.cholesky_inverse(lower(x)),
        lambda p, x: lower(x).mT.cholesky_inverse(upper=True),
    ),
}
# Twice through a triangular system, in another order than PyTorch.
RTOL = {"cholesky_solve": {"float32": 1e-5}}
