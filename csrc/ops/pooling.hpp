// Pooling over windows of one to three spatial dims: maxima, averages (fixed and adaptive), power
// averages, and the way back from maxima.
//
// Ranks share everything: a function takes the number of spatial dims `n`, and `op` for its errors.
#pragma once

#include <optional>

#include "core/tensor.hpp"
#include "kernels/bands.hpp"
#include "ops/op.hpp"

namespace pyad {

/// Outputs maxima and, where anybody may ask, their places in their planes (int32, or int64 for the
/// user).
struct MaxPool : General<"max_pool", 1, 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_out(1);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    SharedBands windows;
    Dims sizes;  // of the last dims of the result
    bool places;
    bool wide;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void vjp(const Attr& attr, Rule& b);
};
/// Elements of input 0 at the places (input 1) in their planes, the last `n` dims.
struct PlanePick : Linear<"max_pool_pick", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(1);
  struct Attr {
    int n;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};
/// Zeros of `sizes` with the elements of input 0 added at the places (input 1).
struct PlaneAdd : Linear<"max_pool_backward", 2> {
  static constexpr bool leading_free = true;
  static constexpr unsigned save = save_in(1);
  struct Attr {
    int n;
    Sizes sizes;
  };
  static Tensor forward(const Attr& attr, Inputs in);
  static Tensor transpose(const Attr& attr, Rule& b, int i);
};

/// Each of one number for all dims, or one for each; an empty stride is the kernel.
struct PoolWindow {
  const Dims& kernel;
  Dims stride = {};
  Dims padding = {0};
  Dims dilation = {1};
  bool ceil = false;
};

/// Maxima, and their places if `places` (else one tensor).
Tensors max_pool(const char* op, int n, const Tensor& x, const PoolWindow& window, bool places);
Tensor avg_pool(const char* op, int n, const Tensor& x, const PoolWindow& window,
                bool count_padding = true, std::optional<int64_t> divisor = {});
/// `size` of the result; INT64_MIN keeps the input's.
Tensor adaptive_avg_pool(const char* op, int n, const Tensor& x, const Dims& size);
Tensors adaptive_max_pool(const char* op, int n, const Tensor& x, const Dims& size, bool places);
/// (mean of x^p times the number of elements)^(1/p).
Tensor lp_pool(const char* op, int n, const Tensor& x, double p, const PoolWindow& window);
/// Zeros with the elements of `x` at their places. An empty `size`: what the window gives back; it
/// may have the leading dims too.
Tensor max_unpool(const char* op, int n, const Tensor& x, const Tensor& places,
                  const PoolWindow& window, const Dims& size);

}  // namespace pyad
