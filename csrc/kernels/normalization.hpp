// Normalisation of contiguous arrays by means and variances over several runs of memory, and by the
// root mean square of rows.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

/// An array (outer, channels, inner) and what shares a mean and a variance: a channel in all of
/// outer (groups = 0), or one of `groups` groups of channels in one of outer.
struct NormLayout {
  int64_t outer, channels, inner;
  int64_t groups;
  int64_t statistics() const { return groups == 0 ? channels : outer * groups; }
  /// Elements behind each statistic.
  int64_t each() const { return groups == 0 ? outer * inner : channels / groups * inner; }
};

/// Fills mean and biased variance, one element a statistic.
void normalization_statistics(const NormLayout& l, const Tensor& x, const Tensor& mean,
                              const Tensor& variance);
/// What belongs to each statistic; rstd is 1 / sqrt(variance + eps). `constant`: they do not depend
/// on x.
struct Statistics {
  const Tensor &mean, &variance, &rstd;
  double eps;
  bool constant;
};
/// y = (x - mean) rstd weight + bias; weight and bias, one element a channel, may be undefined.
/// Statistics of x that are not ordinary are mended: Note [Rows of extreme numbers].
void normalization_apply(const NormLayout& l, const Statistics& s, const Tensor& x,
                         const Tensor& weight, const Tensor& bias, const Tensor& y);
/// Cotangents of x, weight and bias; undefined ones are not computed. The variance is not used.
void normalization_pull(const NormLayout& l, const Statistics& s, const Tensor& g, const Tensor& x,
                        const Tensor& weight, const Tensor& gx, const Tensor& gw, const Tensor& gb);

/// Rows of n elements; fills y and the reciprocal root mean squares. Weight may be undefined.
void rms_norm_rows(const Tensor& x, int64_t rows, int64_t n, const Tensor& weight, double eps,
                   const Tensor& y, const Tensor& rrms);
void rms_norm_rows_pull(const Tensor& g, const Tensor& x, const Tensor& rrms, const Tensor& weight,
                        int64_t rows, int64_t n, double eps, const Tensor& gx);

}  // namespace pyad
