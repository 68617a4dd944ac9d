// Random tensors laid out as another tensor is, and dropout.
#pragma once

#include "core/layout.hpp"
#include "ops/function.hpp"
#include "ops/op.hpp"

namespace pyad {

/// A tensor laid out as `model`; `draw` fills it in the order of its memory, seeing it contiguous.
template <class F>
Tensor drawn_like(const Tensor& model, DType dtype, F&& draw) {
  Tensor t = empty_like(model, dtype);
  draw(unrolled(t));
  return t;
}

/// x times `scale` where input 1 (bool, of the same shape) is set, times 0 elsewhere.
struct Dropout : Linear<"dropout", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(1);
  struct Attr {
    double scale;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Elements are zeroed with probability p, the others scaled by 1 / (1 - p).
Tensor dropout(const Tensor& x, double p);

/// Whole features (x[i, j]) at once, and dropout that keeps mean and variance after SELU.
Tensor special_dropout(const char* op, const Tensor& x, double p, bool features, bool alpha);
/// x times a slope where it is not positive: uniform in [lower, upper) or their mean.
Tensor rrelu(const Tensor& x, double lower, double upper, bool training);

std::span<const Function> random_functions();

}  // namespace pyad
