// softmax and log_softmax: one pass forward, one pass backward.
#pragma once

#include "core/tensor.hpp"
#include "ops/op.hpp"

namespace pyad {

struct SoftmaxAttr {
  Axis dim;
};
/// Softmax, or its logarithm.
template <OpName NAME, bool LOG>
struct SoftmaxOp : General<NAME> {
  static constexpr unsigned save = save_out(0);
  using Attr = SoftmaxAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
  static void plain_vjp(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};
using Softmax = SoftmaxOp<"softmax", false>;
using LogSoftmax = SoftmaxOp<"log_softmax", true>;

/// The fused rule, (g, y) -> gx: called where nobody differentiates it.
template <OpName NAME, bool LOG>
struct SoftmaxPullOp : Plain<NAME, 2> {
  using Attr = SoftmaxAttr;
  static Tensor forward(const Attr& attr, Inputs in);
};
using SoftmaxPull = SoftmaxPullOp<"softmax_backward", false>;
using LogSoftmaxPull = SoftmaxPullOp<"log_softmax_backward", true>;

Tensor softmax(const Tensor& x, int64_t dim);
Tensor log_softmax(const Tensor& x, int64_t dim);

}  // namespace pyad
