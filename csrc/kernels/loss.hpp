// The fused losses on contiguous arrays of one floating dtype.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"
#include "kernels/loss_kernels.hpp"

namespace pyad {

/// A loss of the difference of two arrays: see `Difference` in loss_kernels.hpp.
struct DifferenceCase {
  Difference which;
  double delta;
  const Tensor& x;
  const Tensor& y;
};
/// Writes the sum of f(x - y) to the one element of `out`.
void sum_difference(const DifferenceCase& c, const Tensor& out);
/// out = scale f'(x - y), for squares half of it.
void difference_slope(const DifferenceCase& c, double scale, const Tensor& out);

/// Class-index cross entropy of logits x (rows, classes) and int64 targets (rows,), each in [0,
/// classes) or equal to `ignore`.
struct CrossEntropyCase {
  const Tensor& x;
  const Tensor& target;
  int64_t ignore;
  double smoothing;
};
/// Fills `loss` (rows,) and `stats` (2, rows): the largest logit, and the log of the sum of exp(x -
/// largest).
void cross_entropy_rows(const CrossEntropyCase& c, const Tensor& loss, const Tensor& stats);
/// Cotangent of x from that of the losses: `g` of shape (rows,), or of one element for all; times
/// `scale`.
void cross_entropy_rows_pull(const CrossEntropyCase& c, const Tensor& stats, const Tensor& g,
                             double scale, const Tensor& gx);
/// Writes the sum of the elements to the one element of `out`.
void sum_elements(const Tensor& x, const Tensor& out);

}  // namespace pyad
