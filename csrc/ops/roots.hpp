// What norms and standard deviations share: roots of sums of squares, at the ends of the range of
// numbers and at zero.
#pragma once

#include <functional>
#include <vector>

#include "core/tensor.hpp"
#include "ops/elementwise/info.hpp"
#include "ops/op.hpp"
#include "ops/reduce.hpp"

namespace pyad {

/// Whether an element of contiguous `y` is `v`.
bool any_equal(const Tensor& y, double v);

/// (sum |v|^p)^(1/p), in double and without overflow on the way.
double norm_of(const std::vector<double>& line, double p);
/// The order p, or that of the norm which is the same to the last digit for `n` numbers of a type:
/// the largest or smallest magnitude, where n^(1/p) rounds to 1.
double effective_order(double p, int64_t n, DType dtype);
/// The root of the sum of squared distances from the mean; 0 exactly for equal elements.
double deviation_of(std::vector<double> line);
/// Computes those elements of `y`, roots of sums over `dims` of `x`, again by `root` whose sums
/// left the range in which they have all their digits (Note [Roots of sums that overflow]). The
/// roots are those of order `order`.
void mend_roots(const Tensor& y, const Tensor& x, const Dims& dims,
                const std::function<double(const std::vector<double>&)>& root, double order = 2);

/// The cotangent, or the term of the tangent, of each element of `x`: g times the partial of its
/// norm `y`, both with their dims kept. An element that is 0 has a share of 0, as in PyTorch.
Tensor norm_pull(const VectorNorm::Attr& attr, const Tensor& g, const Tensor& x, const Tensor& y);

/// g x / r and 0 where r is 0: Note [Singular points] in elementwise/singular.hpp.
Tensor scaled_unit(const Tensor& g, const Tensor& x, const Tensor& r);
/// The roots `r` of `x` as divisors for the cotangent `g`: 1 where Note [Idle roots] says so.
Tensor divisor_for(const Tensor& g, const Tensor& r, const Tensor& x);

// Note [Squares of roots]
// The square of a root is smooth at 0, but its rule, 2 r g and then g x / r, is 0 / 0 there, and no
// value tells the limit of the quotient. So a node of roots one of which is 0 has a second output,
// which is the square as far as gradients go; nobody ever computes it. `r * r`, `r ** 2` and
// `r.square()` become the op below, whose cotangent goes to that output: 2 g, which the root's rule
// multiplies by x. All orders and both modes follow. Whoever watches the gradient of the root
// itself (a hook, `grad`) gets both parts, `fold_square`.
struct RootSquare : General<"square", 2> {
  static Tensor forward(const NoAttr& attr, Inputs in);
  static void vjp(const NoAttr& attr, Rule& b);
  static Tensor jvp(const NoAttr& attr, Tangents& t);
};

/// Whether the op (one that has `squares`) squares a root that may be 0.
bool is_root_square(const ElementwiseInfo& op, std::span<const Operand> in);
Tensor root_square(const Tensor& r);

}  // namespace pyad
