// Factorisations and solutions of small dense systems, row-major, by LAPACK and BLAS of the OpenBLAS
// that products use, and by plain loops where matrices are small or the library is not there.
#pragma once

#include <cstdint>

namespace pyad {

/// How a triangular matrix A is read.
struct Triangular {
  bool upper = false;
  bool transpose = false;  // A^T stands in the equation
  bool unit = false;       // ones on the diagonal, which is not read
};

/// Overwrites `count` matrices of size n, whose lower triangles are read, with their lower Cholesky
/// factors, zeros above. info[i] is 0, or the order of the first leading minor that is not positive.
template <class T>
void factor_cholesky(T* a, int64_t n, int64_t count, int32_t* info);

/// Overwrites `count` matrices b of (n, k) with the solutions x of A x = b.
template <class T>
void solve_triangles(const Triangular& how, const T* a, T* b, int64_t n, int64_t k, int64_t count);

}  // namespace pyad
