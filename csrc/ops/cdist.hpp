// Distances of all pairs of rows, where the differences of all pairs would not fit.
//
// Note [All pairs of rows]
// The 1-norm, the Euclidean and the largest difference have loops over pairs, which keep no
// differences (`kernels/distance`). Euclidean distances of many rows of many columns are
// |x|^2 - 2 x y + |y|^2, a matrix product, about a common centre, for the size of the numbers is
// what the rounding errors are relative to. Where the result is small against its terms, digits
// have cancelled: those pairs are computed again from their differences, and so is what they give
// to the gradients. Other norms subtract a few rows from each other as they stand (`vector_norm` of
// a broadcast difference), and more of them as many rows at a time as fit into the cache. Orders
// beyond the first come from the expression.
#pragma once

#include "core/tensor.hpp"
#include "ops/fused.hpp"

namespace pyad {

/// x (..., p, m) and y (..., r, m), of equal leading sizes, give (..., p, r).
struct CDist : Fused<CDist, "cdist", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(0) | save_in(1) | save_out(0);
  struct Attr {
    double p;
    bool products;
  };
  static bool has_square(const Attr& attr, const Tensor& y);
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensors jvp(const Attr& attr, Tangents& t);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
};

}  // namespace pyad
