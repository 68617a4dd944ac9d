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
/// Whether all elements are finite.
bool all_finite(const Tensor& y);

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
/// `divisor`: what `divisor_for` says of y.
Tensor norm_pull(const VectorNorm::Attr& attr, const Tensor& g, const Tensor& x, const Tensor& y,
                 const Tensor& divisor);

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

// Note [Tangents of roots]
// Where a root is 0 its tangent is 0 by choice, and what is made of it must not take that for a
// fact. Three things are said of such a root, each only where derivatives can still be taken:
// - To the tangent a `corner` of the root is added, 0 with the derivative NaN, whatever that is
//   multiplied by: reverse over forward sees no second derivative in cos(norm), where the factor
//   of the tangent is 0. Elements that a constant tangent does not move have no part in it.
// - The rule of the root, in forward over reverse or over forward, sees the tangent NaN instead.
// - The tangent of half its square, the sum of x t, travels beside it (`RootTangent`), and what
//   squares the root takes it: no order is lost in forward mode either.

/// What a root tells with its tangent.
struct RootTangent final : Object {
  Tensor x[2], t[2];  // its operands and their tangents; or the sum below itself, as x[0]
  Tensor for_rule;    // its tangent for its own rule, where that is another
  /// The tangent of half the square, or undefined.
  Tensor half_square() const;
};
/// `r` as its own rule sees it.
Tensor for_own_rule(const Tensor& r);

/// Whether a graph and all levels take `x` for a constant.
bool is_constant(const Tensor& x);
/// Whether derivatives of a tangent at `x` may still be taken: by a graph or another level.
bool is_followed(const Tensor& x);
/// The part of a tangent that `t` gives, without what is 0 as long as t is a constant.
Tensor moved(const Tensor& t, Tensor part);
/// The tangents of roots `r` some of which are 0, for everybody and for the root's own rule.
/// `moving`: the roots of which an element has a tangent that is not 0; `constant`: that is so
/// nearby too.
struct RootTangents {
  Tensor value, for_rule;
};
RootTangents at_corners(const Tensor& r, const Tensor& tangent, const Tensor& moving,
                        bool constant);

/// Whether the op (one that has `squares`) may be a square: of its first operand, if by itself.
bool squares_first(const ElementwiseInfo& op, std::span<const Operand> in);
/// Whether the op (one that has `squares`) squares a root that may be 0.
bool is_root_square(const ElementwiseInfo& op, std::span<const Operand> in);
Tensor root_square(const Tensor& r);

}  // namespace pyad
