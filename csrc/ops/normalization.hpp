// Batch, group, instance and root-mean-square normalisation. Layer normalisation, whose rows are
// whole runs of memory, stands in layer.hpp.
#pragma once

#include "core/tensor.hpp"
#include "ops/fused.hpp"

namespace pyad {

/// (x - mean) / sqrt(variance + eps) * weight + bias, x being (outer, channels, ...).
/// Inputs x, weight, bias, and mean and variance where they are given; outputs y, and for the rules
/// and for running statistics mean, 1 / sqrt(variance + eps) and variance. All but x may be
/// undefined.
template <OpName NAME>
struct Normalize : Fused<Normalize<NAME>, NAME, 5, 4> {
  static constexpr unsigned save = 0b11111 | save_out(1) | save_out(2);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    int64_t
        groups;  // of channels, for each of outer; 0: a statistic is one channel in all of outer
    double eps;
    bool constant;  // mean and variance are given
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
  static Tensors batch(const Attr& attr, const Examples& in);
};
using BatchNorm = Normalize<"native_batch_norm">;
using GroupNorm = Normalize<"native_group_norm">;

/// x / sqrt(mean x^2 + eps) * weight over the last `dims` dims; weight may be undefined. Outputs y
/// and, for the rules, 1 / sqrt(mean x^2 + eps) of each row.
struct RmsNorm : Fused<RmsNorm, "rms_norm", 2, 2> {
  static constexpr unsigned save = 0b11 | save_out(1);
  static constexpr unsigned diff_outputs = 1;
  struct Attr {
    int dims;
    double eps;
  };
  static Tensors forward(const Attr& attr, Inputs in);
  static void pull(const Attr& attr, Rule& b);
  static Tensors compose(const Attr& attr, Inputs in);
  static Tensors batch(const Attr& attr, const Examples& in);
};

struct RunningStatistics {
  const Tensor& mean;  // one element a channel, or both undefined
  const Tensor& variance;
};
/// With `training` the statistics of x count, and the running ones move towards them by `momentum`;
/// else the running ones count.
Tensor batch_norm(const Tensor& x, const RunningStatistics& running, const Tensor& weight,
                  const Tensor& bias, bool training, double momentum, double eps);
Tensor instance_norm(const Tensor& x, const RunningStatistics& running, const Tensor& weight,
                     const Tensor& bias, bool use_input_stats, double momentum, double eps);
Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias,
                  double eps);
Tensor rms_norm(const Tensor& x, const Dims& normalized_shape, const Tensor& weight, double eps);
Tensor local_response_norm(const Tensor& x, int64_t size, double alpha, double beta, double k);

}  // namespace pyad
