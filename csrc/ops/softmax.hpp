// softmax and log_softmax: one pass forward, one pass backward.
#pragma once

#include "core/tensor.hpp"
#include "ops/fused.hpp"

namespace pyad {

struct SoftmaxAttr {
  Axis dim;
};
/// Softmax, or its logarithm.
template <OpName NAME, bool LOG>
struct SoftmaxOp : Fused<SoftmaxOp<NAME, LOG>, NAME, 1> {
  static constexpr unsigned save = save_out(0);
  using Attr = SoftmaxAttr;
  static Tensor forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static void rule(const Attr& attr, Rule& b);
  static Tensor jvp(const Attr& attr, Tangents& t);
};
using Softmax = SoftmaxOp<"softmax", false>;
using LogSoftmax = SoftmaxOp<"log_softmax", true>;

Tensor softmax(const Tensor& x, int64_t dim);
Tensor log_softmax(const Tensor& x, int64_t dim);

}  // namespace pyad
