// Random tensors laid out as another tensor is, and dropout.
#pragma once

#include "core/tensor.hpp"
#include "ops/function.hpp"
#include "ops/op.hpp"

namespace pyad {

/// The dims of `x` from the widest step through memory to the narrowest: PyTorch's order of
/// visiting elements, by which numbers are dealt out.
Dims memory_order(const Tensor& x);
/// `x` with its dims in another order.
Tensor reordered(const Tensor& x, const Dims& order);
/// A tensor shaped like `model` that shows `drawn`, whose dims stand in `order`.
Tensor ordered_back(const Tensor& drawn, const Tensor& model, const Dims& order);

/// A tensor of the shape of `model` and dense in the order of its memory; `draw` fills it, seeing
/// it contiguous.
template <class F>
Tensor drawn_like(const Tensor& model, DType dtype, F&& draw) {
  if (model.is_contiguous()) {
    Tensor t = empty(model.sizes(), dtype);
    draw(t);
    return t;
  }
  Dims order = memory_order(model), sizes;
  for (int64_t d : order) sizes.push_back(model.size(static_cast<int>(d)));
  Tensor t = empty(sizes, dtype);
  draw(t);
  return ordered_back(t, model, order);
}

/// x times `scale` where input 1 (bool, of the same shape) is set, times 0 elsewhere.
struct Dropout : Linear<"dropout", 2> {
  static constexpr unsigned save = save_in(1);
  struct Attr {
    double scale;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

using RandomOps = List<Dropout>;

/// Elements are zeroed with probability p, the others scaled by 1 / (1 - p).
Tensor dropout(const Tensor& x, double p);

/// Whole features (x[i, j]) at once, and dropout that keeps mean and variance after SELU.
Tensor special_dropout(const char* op, const Tensor& x, double p, bool features, bool alpha);
/// x times a slope where it is not positive: uniform in [lower, upper) or their mean.
Tensor rrelu(const Tensor& x, double lower, double upper, bool training);

std::span<const Function> random_functions();

}  // namespace pyad
