// Linear algebra of matrices and stacks of them: Cholesky factors and triangular systems.
#pragma once

#include "ops/op.hpp"

namespace pyad {

/// The lower Cholesky factor of the last two dims, whose lower triangle is read, and of each matrix
/// the order of the first leading minor that is not positive (int32), or 0. Where `check` is set that
/// is an error.
///
/// Derivatives are those by a symmetric matrix (Murray, "Differentiation of the Cholesky
/// decomposition", 2016).
struct Cholesky : General<"cholesky", 1, 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_out(0);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    bool check = true;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensors jvp(const Attr& attr, Tangents& t);
};

/// x of A x = b for triangular A (..., n, n) and b (..., n, k), with the same leading dims; with
/// `transpose` of A^T x = b. What is outside of the triangle is not read, with `unit` nor is the
/// diagonal.
struct SolveTriangular : General<"solve_triangular", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(0) | save_out(0);
  struct Attr {
    bool upper = false;
    bool transpose = false;
    bool unit = false;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};

/// The factor and the orders of failed minors.
Tensors cholesky(const Tensor& a, bool upper, bool check);
/// A and b broadcast; with `left` false x of x A = b.
Tensor solve_triangular(const char* op, const Tensor& a, const Tensor& b, bool upper,
                        bool left = true, bool unit = false, bool transpose = false);
/// A^-1 b, and A^-1, of the Cholesky factor of A.
Tensor cholesky_solve(const Tensor& b, const Tensor& factor, bool upper);
Tensor cholesky_inverse(const Tensor& factor, bool upper);

}  // namespace pyad
