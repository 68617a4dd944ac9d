// Reductions: sums, products, extremes, counts, moments, norms, and `sum_to`, the inverse of
// broadcasting.
//
// Attributes hold dims that are wrapped and ascending; the functions below take them as users write
// them (none: all dims).
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

struct ReduceAttr {
  Axes dims;
  bool keepdim;
};

struct Sum : Linear<"sum"> {
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
struct Mean : Linear<"mean"> {
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Over one dim, or over all.
struct Prod : General<"prod"> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = ReduceAttr;
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};

/// Largest or smallest values; ties share the cotangent evenly.
template <OpName NAME, bool LARGEST>
struct Extreme : General<NAME> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
using AMax = Extreme<"amax", true>;
using AMin = Extreme<"amin", false>;

struct OneDimAttr {
  Axis dim;
  bool keepdim;
};
/// Extreme values along one dim and their places; the cotangent goes to the place.
template <OpName NAME, bool LARGEST>
struct ExtremeAt : General<NAME, 1, 2> {
  static constexpr unsigned save = save_out(1);
  static constexpr unsigned diff_outputs = 1;
  using Attr = OneDimAttr;
  static Tensors forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
using MaxAt = ExtremeAt<"max", true>;
using MinAt = ExtremeAt<"min", false>;

template <OpName NAME, bool LARGEST>
struct ArgExtreme : Plain<NAME> {
  using Attr = OneDimAttr;  // dim -1: of all elements
  static Tensor batch(const Attr& attr, const Examples& in);
  static Tensor forward(const Attr& attr, Inputs in);
};
using ArgMax = ArgExtreme<"argmax", true>;
using ArgMin = ArgExtreme<"argmin", false>;

struct All : Plain<"all"> {
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
};
struct Any : Plain<"any"> {
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
};
struct CountNonzero : Plain<"count_nonzero"> {
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
};

struct MomentAttr {
  Axes dims;
  bool keepdim;
  double correction;
};
struct Var : General<"var"> {
  static constexpr unsigned save = save_in(0);
  using Attr = MomentAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};
/// `has_square`: Note [Squares of roots].
struct Std : General<"std"> {
  static bool has_square(const MomentAttr& attr, const Tensor& y);
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = MomentAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensors jvp(const Attr& attr, Tangents& t);
};
struct LogSumExp : General<"logsumexp"> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  using Attr = ReduceAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
/// (sum |x|^p)^(1/p), with the limits p = 0, inf and -inf.
struct VectorNorm : General<"vector_norm"> {
  static constexpr unsigned save = save_in(0) | save_out(0);
  struct Attr {
    Axes dims;
    bool keepdim;
    double p;
  };
  static bool has_square(const Attr& attr, const Tensor& y);
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static Tensors jvp(const Attr& attr, Tangents& t);
};

/// Whether an element of a mask is true, in any example of a batch.
bool any_true(const Tensor& mask);
/// Integers and bools are summed as int64.
Tensor sum(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor mean(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// The one unbroadcast: sums what broadcasting to `g`'s shape repeated, so that the result has
/// shape `sizes`.
Tensor sum_to(const Tensor& g, const Dims& sizes);
Tensor prod(const Tensor& x);
Tensor prod(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor amax(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor amin(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
/// (values, int64 places).
Tensors max_at(const Tensor& x, int64_t dim, bool keepdim = false);
Tensors min_at(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor argmax(const Tensor& x, int64_t dim, bool keepdim = false);
Tensor argmin(const Tensor& x, int64_t dim, bool keepdim = false);
/// Place among all elements in row-major order.
Tensor argmax(const Tensor& x);
Tensor argmin(const Tensor& x);
Tensor all(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor any(const Tensor& x, const Dims& dims = {}, bool keepdim = false);
Tensor count_nonzero(const Tensor& x, const Dims& dims = {});
Tensor var(const Tensor& x, const Dims& dims = {}, double correction = 1, bool keepdim = false);
/// The square root of `var`; not named std, which is C++'s.
Tensor standard_deviation(const Tensor& x, const Dims& dims = {}, double correction = 1,
                          bool keepdim = false);
Tensor logsumexp(const Tensor& x, const Dims& dims, bool keepdim = false);
Tensor vector_norm(const Tensor& x, double p = 2, const Dims& dims = {}, bool keepdim = false);

/// `y`, reduced over `dims` of an array of `n` dims, with the reduced dims back as size 1 where
/// broadcasting needs them.
Tensor restore_dims(const Tensor& y, const Dims& dims, bool keepdim, int n);
/// Number of elements of each reduction.
int64_t reduced_count(const Dims& sizes, const Dims& dims);

}  // namespace pyad
