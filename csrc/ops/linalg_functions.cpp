// Rows of linear algebra: signatures, documentation, and the calls behind them.
#include "ops/function.hpp"
#include "ops/linalg.hpp"

namespace pyad {

namespace {

#define PYAD_FACTOR                                                                              \
  "\n\nArgs:\n  input: (..., n, n), symmetric and positive definite; one triangle is read.\n"    \
  "  upper: whether the upper triangle is read and the upper factor returned.\nReturns:\n  The " \
  "factor, zeros in its other triangle.\nRaises:\n  RuntimeError: the input is no batch of "     \
  "square "                                                                                      \
  "matrices"

const Function kRows[] = {
    {"cholesky", "input: Tensor, upper: bool = False",
     "Cholesky factor L of a matrix L L^T, or U of U^T U." PYAD_FACTOR
     ", or one is not positive definite.\n",
     Kind::kGeneral, kEverywhere,
     [](Args& a) -> Answer { return cholesky(a.tensor(0), a.flag(1), true)[0]; },
     "L^-T P L^-1, P half of L^T g below and mirrored above", "smooth"},
    {"cholesky_ex",
     "input: Tensor, *, upper: bool = False, check_errors: bool = False -> (L: Tensor, info: "
     "Tensor)",
     "Cholesky factor, and where it failed." PYAD_FACTOR
     ", or with check_errors one is not positive definite.\n",
     Kind::kGeneral, in("linalg"),
     [](Args& a) -> Answer { return cholesky(a.tensor(0), a.flag(1), a.flag(2)); }, "as cholesky",
     "smooth"},
    {"solve_triangular",
     "input: Tensor, B: Tensor, *, upper: bool, left: bool = True, unitriangular: bool = False",
     "X of A X = B with a triangular A.\n\nArgs:\n  input: A, (..., n, n).\n  B: (..., n, "
     "k).\n  upper: which triangle of A is read.\n  left: whether A stands left of X; B is (..., "
     "k, n) otherwise.\n  unitriangular: whether the diagonal of A is taken for ones.\nReturns:\n  "
     "The shape of B, with leading dims broadcast.\nRaises:\n  RuntimeError: shapes or dtypes do "
     "not fit.\n",
     Kind::kGeneral, in("linalg"),
     [](Args& a) -> Answer {
       return solve_triangular("solve_triangular", a.tensor(0), a.tensor(1), a.flag(2), a.flag(3),
                               a.flag(4));
     },
     "by B: A^-T g; by A: the triangle of -A^-T g X^T", "smooth"},
    {"cholesky_solve", "input: Tensor, L: Tensor, upper: bool = False",
     "A^-1 B, of the Cholesky factor of A.\n\nArgs:\n  input: B, (..., n, k).\n  L: the factor, "
     "(..., n, n).\n  upper: whether it is the upper one.\nRaises:\n  RuntimeError: shapes or "
     "dtypes do not fit.\n",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return cholesky_solve(a.tensor(0), a.tensor(1), a.flag(2)); },
     "that of its parts", "smooth"},
    {"cholesky_inverse", "input: Tensor, upper: bool = False",
     "A^-1, of the Cholesky factor of A.\n\nArgs:\n  input: the factor, (..., n, n).\n  upper: "
     "whether it is the upper one.\nRaises:\n  RuntimeError: the input is no batch of square "
     "matrices.\n",
     Kind::kComposite, kEverywhere,
     [](Args& a) -> Answer { return cholesky_inverse(a.tensor(0), a.flag(1)); },
     "that of its parts", "smooth"},
};

#undef PYAD_FACTOR

const Rows rows(kRows);

}  // namespace

}  // namespace pyad
