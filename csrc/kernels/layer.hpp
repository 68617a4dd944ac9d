// Layer normalisation of contiguous arrays, seen as rows that are normalised one by one.
#pragma once

#include <cstdint>

#include "core/tensor.hpp"

namespace pyad {

/// The rows of an array whose last dims, n elements together, are normalised. Undefined weight and
/// bias: 1 and 0.
struct NormRows {
  const Tensor& x;
  int64_t rows;
  int64_t n;
  const Tensor& weight;
  double eps;
  bool centred = true;  // else the mean is given as 0
};
/// Fills y (as x), mean and rstd (one element a row).
void layer_norm_rows(const NormRows& r, const Tensor& bias, const Tensor& y, const Tensor& mean,
                     const Tensor& rstd);
/// Cotangents of x, weight and bias; undefined ones are not computed.
void layer_norm_rows_pull(const NormRows& r, const Tensor& g, const Tensor& mean,
                          const Tensor& rstd, const Tensor& gx, const Tensor& gw, const Tensor& gb);

}  // namespace pyad
